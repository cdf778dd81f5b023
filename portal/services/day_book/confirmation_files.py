"""Import of the transporter's answer for the gates of a day, all of the file or nothing."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.gas_day import GasDay
from portal.domain.jobs import UploadKind
from portal.domain.nominations import CutReason
from portal.domain.quantities import CUBIC_METRES_PER_KPC, UNIT_WORDS, Gas, Quantity, Unit, figure, half_up
from portal.models import ExitPoint
from portal.services.files.cells import BadCell, has_no_value, parse_day, parse_figure
from portal.services.files.intake import Form, Kind, Taking
from portal.services.files.problems import Problem, Rule
from portal.services.files.sheet_columns import Column, Holds, spell_titles
from portal.services.files.sheet_tables import Row, Seen, Table
from portal.services.files.units import CONVERTED_WORDS, FileUnit
from portal.services.measures.gates import GATE_NAME_TITLES, GATE_TITLES, find_gate, leave_in_error
from portal.services.points.gate_names import GateNames
from portal.services.store.acts import Act
from portal.services.store.permissions import require

from .confirmations import (
    LONGEST_NOTE,
    Confirmation,
    NewConfirmation,
    is_noticeable,
    load_gates,
    write_confirmations,
)
from .days_above import find_other_day_above

GATE, CONFIRMED, NOMINATED, REASON, NOTE, DAY, UNIT = (
    *("puerta", "confirmada", "nominada", "motivo", "observaciones", "fecha_gas"),
    "unidad",
)
NAME = "nombre de la puerta"
COLUMNS = (
    Column(GATE, GATE_TITLES, required=True, holds=Holds.KEY),
    Column(
        CONFIRMED,
        spell_titles(
            *("confirmada", "cantidad confirmada", "confirmado", "autorizada", "cantidad autorizada", "autorizado"),
            *("aprobada", "cantidad aprobada", "programada", "cantidad programada", "confirmed", "energía confirmada"),
            *("volumen confirmado", "energía autorizada", "volumen autorizado"),
        ),
        required=True,
        holds=Holds.FIGURE,
        converts=frozenset({FileUnit.M3, FileUnit.KPC, FileUnit.MBTU}),
    ),
    Column(
        NOMINATED,
        spell_titles(
            *("nominada", "cantidad nominada", "nominado", "nominación", "solicitada", "cantidad solicitada"),
            *("pedida", "nominated", "energía nominada", "volumen nominado"),
        ),
        beside=True,
    ),
    Column(REASON, spell_titles("motivo", "causa", "razón", "motivo del recorte", "justificación", "código motivo")),
    Column(NOTE, spell_titles("observaciones", "observación", "nota", "notas", "comentario", "comentarios")),
    Column(DAY, spell_titles("fecha gas", "día de gas", "fecha", "día", "día gas", "fecha de gas"), holds=Holds.DAY),
    Column(UNIT, spell_titles("unidad", "unidades", "unidad de medida"), holds=Holds.UNIT),
    Column(NAME, GATE_NAME_TITLES, holds=Holds.NAME),
)
_KPC_BILLIONTHS = int(CUBIC_METRES_PER_KPC * 10**9)


@dataclass(frozen=True)
class ConfirmationsDone:
    """Effect of a file, planned or done: answers that say something new, beside those that count, and what was seen."""

    answers: tuple[tuple[NewConfirmation, Confirmation | None, Gas], ...]
    unchanged: int
    seen: Seen

    @property
    def is_empty(self) -> bool:
        """True when the file says nothing new."""
        return not self.answers

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the answers in their order, and of what they replace."""
        said = [
            (new.gate.id, new.nominated, new.confirmed, new.cut_reason, new.note, new.seen, asked.m3.micro)
            for new, _, asked in self.answers
        ]
        return hashlib.sha256(repr(said).encode()).hexdigest()


class ConfirmationFiles(Kind[Table, ConfirmationsDone, ConfirmationsDone]):
    """Import files of what the transporter confirms for a day, gate by gate: nominated, confirmed, reason.

    The reason is one of the codes of a cut; other words are kept as a note beside ``CPR`` (confirmed less).
    """

    form = Form(COLUMNS, lenient=True)
    upload = UploadKind.CONFIRMATIONS

    def __init__(self, gas_day: GasDay) -> None:
        self.gas_day: GasDay = gas_day

    def parse(self, table: Table) -> Table:
        """Return the table unparsed: what is missing at a gate depends on the book."""
        return table

    def plan(self, act: Act, parsed: Table) -> ConfirmationsDone:
        """Return the answers that the rows give; ``BadFile`` lists every row that breaks a rule."""
        require(act, Function.AUTHORISE)
        planner = _Planner(act, self.gas_day, parsed)
        for row in parsed.rows:
            planner.take(row)
        planner.problems += find_other_day_above(parsed, self.gas_day)
        parsed.ask_about_days(today=self.gas_day)
        parsed.refuse(planner.problems)
        return ConfirmationsDone(tuple(planner.answers), planner.unchanged, parsed.seen)

    def take_in(self, act: Act, parsed: Table, taking: Taking) -> ConfirmationsDone:
        """Write all answers."""
        user_id = require(act, Function.AUTHORISE)
        done = self.plan(act, parsed)
        taking.agree(done.fingerprint, changed="gate-confirmed")
        write_confirmations(
            act, user_id=user_id, gas_day=self.gas_day, answers=[answer for answer, _, _ in done.answers]
        )
        return done


class _Planner:
    """Compare the rows of a file with the book and what was confirmed before."""

    def __init__(self, act: Act, gas_day: GasDay, table: Table) -> None:
        session: Session = act.session
        self.problems: list[Problem] = []
        self.answers: list[tuple[NewConfirmation, Confirmation | None, Gas]] = []
        self.unchanged = 0
        self._day, self._table = gas_day, table
        self._names = GateNames(session)
        self._gates = {each.code: each for each in load_gates(act, gas_day=gas_day)}
        self._lines: dict[int, tuple[int, tuple[Quantity, Quantity | None, str, str]]] = {}

    def take(self, row: Row) -> None:
        """Check one row; collect its answer or its problems."""
        if row.faults:
            self.problems += row.faults
        elif self._is_of_other_day(row):
            return
        elif has_no_value(row.text(CONFIRMED)):
            # Nothing was said of the gate: not that it gets nothing.
            self._table.seen.without_value.append(row.line)
        elif not leave_in_error(self._table, row, CONFIRMED):
            before = len(self.problems)
            gate, confirmed = self._gate(row), self._quantity(row, CONFIRMED)
            nominated = None if has_no_value(row.text(NOMINATED)) else self._quantity(row, NOMINATED)
            if gate is not None and confirmed is not None and len(self.problems) == before:
                self._answer(row, gate, confirmed, nominated)

    def _answer(self, row: Row, gate: ExitPoint, confirmed: Quantity, nominated: Quantity | None) -> None:
        meant = (confirmed, nominated, row.text(REASON).casefold(), row.text(NOTE).casefold())
        first_line, first = self._lines.setdefault(gate.id, (row.line, meant))
        if first_line != row.line:
            if meant == first:
                self._table.seen.again.append(row.line)
            else:
                self._problem(Rule.REPEATED_ROW, row, GATE, str(first_line))
            return
        of_book = self._gates.get(gate.code)
        asked = Gas.zero() if of_book is None else of_book.asked
        apart = confirmed - asked.in_unit(confirmed.unit)
        reason, note = self._reason(row)
        if len(note) > LONGEST_NOTE:
            self._problem(Rule.CELL_TOO_LONG, row, NOTE if row.text(NOTE) else REASON, str(LONGEST_NOTE))
            return
        if reason is None and apart.micro < 0 and is_noticeable(apart):
            if not note:
                of_gate = asked.in_unit(confirmed.unit)
                fact = f"{figure(of_gate)} {UNIT_WORDS[of_gate.unit]}"
                self._problem(Rule.CUT_REASON_MISSING, row, REASON, fact)
                return
            reason = CutReason.CPR
        known = None if of_book is None else of_book.confirmation
        said = (nominated, confirmed, reason, note)
        if known is not None and (known.nominated, known.confirmed, known.cut_reason, known.note) == said:
            self.unchanged += 1
        else:
            answer = NewConfirmation(gate, *said, known.version if known else 0)
            self.answers.append((answer, known, asked))

    def _is_of_other_day(self, row: Row) -> bool:
        if not (text := row.text(DAY)):
            return False
        try:
            other = parse_day(text, reading=self._table.days) != self._day
        except BadCell as error:
            self._problem(error.rule, row, DAY, error.fact)
            return True
        if other:
            self._table.seen.other_days.add(text)
        return other

    def _gate(self, row: Row) -> ExitPoint | None:
        meant = find_gate(self._table, self._names, row, GATE, NAME)
        if isinstance(meant, Problem):
            self.problems.append(meant)
            return None
        return meant

    def _quantity(self, row: Row, column: str) -> Quantity | None:
        unit, is_known = self._table.unit_of(row)
        if not is_known:
            self._problem(Rule.WRONG_UNIT, row, UNIT, CONVERTED_WORDS)
            return None
        unit = unit or FileUnit.MBTU
        try:
            said = parse_figure(row.text(column), reading=self._table.figures, unit=unit)
        except BadCell as error:
            self._problem(error.rule, row, column, error.fact)
            return None
        if unit is FileUnit.KPC:
            return Quantity.from_micro(half_up(int(said * 10**6) * _KPC_BILLIONTHS, 10**9), Unit.M3)
        return Quantity.of(said, Unit(unit.value))

    def _reason(self, row: Row) -> tuple[CutReason | None, str]:
        """Return the code of a reason, and what else was written: all of it where no code begins it."""
        text = " ".join(row.text(REASON).split())
        note = " ".join(row.text(NOTE).split())
        code = re.split(r"[^A-Za-z]", text, maxsplit=1)[0].upper()
        if code in CutReason.__members__:
            return CutReason(code), note
        return None, "; ".join(part for part in (text, note) if part)

    def _problem(self, rule: Rule, row: Row, column: str, fact: str | None = None) -> None:
        self.problems.append(self._table.problem(rule, row, column, fact))
