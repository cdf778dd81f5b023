"""Import of authorised quantities: the exported book with two more columns, all of it or nothing."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.authorisations import AuthorisationProblem, find_problem
from portal.domain.codes import index_of, keys_of, may_be_changed
from portal.domain.gas_day import GasDay
from portal.domain.jobs import UploadKind
from portal.domain.nominations import CutReason
from portal.domain.quantities import CUBIC_METRES_PER_KPC, Gas, Quantity, Unit, convert, half_up, in_kpc, plain
from portal.domain.searched import comparable
from portal.services.files.cells import BadCell, parse_day, parse_figure, strip_key
from portal.services.files.intake import Form, Kind, Taking
from portal.services.files.problems import Problem, Rule
from portal.services.files.sheet_columns import Column, Holds, spell_titles
from portal.services.files.sheet_tables import Row, Seen, Table
from portal.services.files.units import CONVERTED_WORDS, FileUnit
from portal.services.ledger import closings
from portal.services.points import point_codes
from portal.services.store.acts import Act
from portal.services.store.permissions import require

from .authorisations import Recorded, is_published, write
from .days_above import find_other_day_above
from .files import COLUMNS as BOOK_COLUMNS
from .lines import Line, list_lines

POINT, QUANTITY, REASON, DAY, UNIT, REVISION = "punto", "autorizada", "motivo", "fecha_gas", "unidad", "version"
NAME = "punto_consumo"
# The other columns of the exported book are recognised, so that the file can come back as it is, and not read.
_READ = {"codigo_transportador", "fecha_gas", "unidad", "version", NAME}
COLUMNS = (
    Column(
        POINT,
        spell_titles(
            *("código transportador", "código", "punto", "código del punto", "código punto", "id", "eds", "estación"),
            *("punto de entrega", "código eds", "cod punto", "cod. punto", "station", "point", "nodo", "código sic"),
        ),
        required=True,
        holds=Holds.KEY,
    ),
    Column(
        QUANTITY,
        spell_titles(
            *("autorizada", "cantidad autorizada", "confirmada", "cantidad confirmada", "autorizado", "confirmado"),
            *("cantidad aprobada", "aprobada", "aprobado", "asignada", "asignado", "cantidad asignada", "authorised"),
            *("authorized", "confirmed", "volumen autorizado", "volumen confirmado", "energía autorizada"),
            *("energía confirmada", "cantidad a entregar"),
        ),
        required=True,
        holds=Holds.FIGURE,
        converts=frozenset({FileUnit.M3, FileUnit.KPC, FileUnit.MBTU}),
    ),
    Column(REASON, spell_titles("motivo", "motivo del recorte", "motivo recorte", "causa", "razón", "justificación")),
    Column(DAY, spell_titles("fecha gas", "día de gas", "fecha", "día", "día gas", "fecha de gas"), holds=Holds.DAY),
    Column(UNIT, spell_titles("unidad", "unidades", "unidad de medida"), holds=Holds.UNIT),
    Column(REVISION, spell_titles("versión")),
    Column(
        NAME,
        spell_titles("punto consumo", "punto de consumo", "nombre", "nombre del punto", "nombre eds", "cliente"),
        holds=Holds.NAME,
    ),
    *[Column(name, spell_titles(name.replace("_", " "))) for name in BOOK_COLUMNS if name not in _READ],
)
_KPC_BILLIONTHS = int(CUBIC_METRES_PER_KPC * 10**9)
_RULES = {
    AuthorisationProblem.NOTHING_NOMINATED: (Rule.NOTHING_NOMINATED, POINT),
    AuthorisationProblem.ABOVE_ASKED: (Rule.ABOVE_ASKED, QUANTITY),
    AuthorisationProblem.REASON_MISSING: (Rule.CUT_REASON_MISSING, REASON),
    AuthorisationProblem.REASON_NOT_WANTED: (Rule.CUT_REASON_NOT_WANTED, REASON),
}


@dataclass(frozen=True)
class FileDone:
    """Effect of a file, planned or done: quantities recorded, rows without news, and the understood columns."""

    recorded: tuple[Recorded, ...]
    unchanged: int
    seen: Seen

    @property
    def is_empty(self) -> bool:
        """True when the file records nothing."""
        return not self.recorded

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the records in their order, and of the revisions that they answer."""
        said = [
            (each.line.point_id, each.line.revision, each.gas.m3.micro, each.gas.mbtu.micro, each.cut_reason)
            for each in self.recorded
        ]
        return hashlib.sha256(repr(said).encode()).hexdigest()


class AuthorisedFiles(Kind[Table, FileDone, FileDone]):
    """Import files of the authorised quantities of a day, previewed first; the role must be able to authorise.

    A point is named by the carrier's code or its name; the quantity is in its unit or converted from the unit that the
    file names, the reason one of the codes. Day, name and revision are compared with the book when the file has them.
    Points missing from the file stay unchanged; the row of a point without nomination may stay blank.
    """

    form = Form(COLUMNS, listed=POINT)
    upload = UploadKind.AUTHORISED

    def __init__(self, gas_day: GasDay) -> None:
        self.gas_day: GasDay = gas_day

    def parse(self, table: Table) -> Table:
        """Return the table unparsed: the meaning of a value depends on the line of its point."""
        return table

    def plan(self, act: Act, parsed: Table) -> FileDone:
        """Return the records that the rows make; ``BadFile`` lists every row that breaks a rule."""
        require(act, Function.AUTHORISE)
        planner = _Planner(act.session, self.gas_day, parsed)
        for row in parsed.rows:
            planner.take(row)
        planner.problems += find_other_day_above(parsed, self.gas_day)
        parsed.ask_about_days(today=self.gas_day)
        parsed.refuse(planner.problems)
        return FileDone(tuple(planner.recorded), planner.unchanged, parsed.seen)

    def take_in(self, act: Act, parsed: Table, taking: Taking) -> FileDone:
        """Write all records."""
        user_id = require(act, Function.AUTHORISE)
        done = self.plan(act, parsed)
        taking.agree(done.fingerprint, changed="authorisations-changed")
        write(act, gas_day=self.gas_day, recorded=done.recorded, user_id=user_id)
        return done


class _Planner:
    """Compare the rows of a file with the lines of the book."""

    def __init__(self, session: Session, gas_day: GasDay, table: Table) -> None:
        self.problems: list[Problem] = []
        self.recorded: list[Recorded] = []
        self.unchanged = 0
        self._day = gas_day
        self._table = table
        self._seen: dict[int, tuple[int, tuple[Decimal | str, str]]] = {}
        self._by_code: dict[str, Line] = {}
        self._by_name: dict[str, list[Line]] = {}
        lines = list_lines(session, gas_day=gas_day)
        # A point that ended after its nomination still has a line: its code means the point now served.
        codes = {line.point_id: line.carrier_code for line in lines}
        passed_on = point_codes.find_passed_on(session, codes=codes, day=gas_day)
        lines = [line for line in lines if line.point_id not in passed_on]
        for line in lines:
            self._by_code[comparable(line.carrier_code)] = line
            self._by_name.setdefault(comparable(line.point), []).append(line)
        self._alike = index_of(line.carrier_code for line in lines)
        closed = closings.find_closed_months(session, delivery_point_ids=[line.point_id for line in lines])
        self._closed = {point_id: month for point_id, month in closed.items() if gas_day <= month.last}

    def take(self, row: Row) -> None:
        """Check one row; collect its record or its problems."""
        if row.faults:
            self.problems += row.faults
            return
        if self._table.is_titled(DAY) and self._is_of_other_day(row):
            self._table.seen.other_days.add(row.text(DAY))
            return
        line = self._line(row)
        if line is None or not self._fits(row, line) or self._is_repeated(row, line):
            return
        if line.asked is None and not row.text(QUANTITY):
            self.unchanged += 1
            return
        quantity, (known, reason) = self._quantity(row, line), self._reason(row)
        if quantity is None or not known:
            return
        problem = find_problem(asked=line.asked_micro, allowed=quantity.micro, cut_reason=reason)
        if problem is not None or line.asked is None:
            rule, column = _RULES[problem or AuthorisationProblem.NOTHING_NOMINATED]
            self._problem(rule, row, column, _said(line))
        elif is_published(line, quantity, reason) or self._is_recorded(line, quantity, reason):
            self.unchanged += 1
        elif line.point_id in self._closed:
            self._problem(Rule.MONTH_CLOSED, row, POINT, str(self._closed[line.point_id]))
        else:
            whole = quantity == line.asked.in_unit(line.unit)
            gas = line.asked if whole else Gas.of(quantity, line.heating_value)
            self.recorded.append(Recorded(line, gas, reason))

    def _line(self, row: Row) -> Line | None:
        text = row.text(POINT)
        if not text:
            self._problem(Rule.EMPTY, row, POINT)
            return None
        line, several = self._find(strip_key(text))
        if line is None:
            rule = Rule.SEVERAL_POINTS if several else Rule.UNKNOWN_POINT
            self._problem(rule, row, POINT, ", ".join(several))
            return None
        return line

    def _is_repeated(self, row: Row, line: Line) -> bool:
        """Note a row; tell whether its point had one before, which is a problem where the two differ."""
        meant = self._meant(row, line)
        first_line, first_meant = self._seen.setdefault(line.point_id, (row.line, meant))
        if first_line == row.line:
            return False
        if meant == first_meant:
            self._table.seen.again.append(row.line)
        else:
            self._problem(Rule.REPEATED_ROW, row, POINT, str(first_line))
        return True

    def _meant(self, row: Row, line: Line) -> tuple[Decimal | str, str]:
        """Return quantity and reason of a row as far as they can be read."""
        figure: Decimal | str = row.text(QUANTITY)
        with suppress(BadCell):
            figure = parse_figure(row.text(QUANTITY), reading=self._table.figures, unit=self._unit(row, line))
        return figure, row.text(REASON).casefold()

    def _find(self, text: str) -> tuple[Line | None, list[str]]:
        """Return the line that the text means; else None and the codes of all lines that it could mean."""
        key = comparable(text)
        exact = self._by_code.get(key)
        if exact is not None and not may_be_changed(text):
            return exact, []
        named = self._by_name.get(key, [])
        if exact is None and len(named) == 1:
            return named[0], []
        codes = sorted({code for each in keys_of(text) for code in self._alike.get(each, [])})
        codes = codes or sorted(each.carrier_code for each in named)
        if len(codes) != 1:
            return None, codes
        found = self._by_code[comparable(codes[0])]
        if found is not exact:
            self._table.seen.resembled[text] = found.carrier_code
        return found, []

    def _fits(self, row: Row, line: Line) -> bool:
        """Compare day, unit and revision of the row, where it has them, with the book."""
        before = len(self.problems)
        if text := row.text(DAY):
            try:
                if parse_day(text, reading=self._table.days) != self._day:
                    self._problem(Rule.OTHER_DAY, row, DAY, self._day.isoformat())
            except BadCell as error:
                self._problem(error.rule, row, DAY, error.fact)
        if not self._table.unit_of(row)[1]:
            self._problem(Rule.WRONG_UNIT, row, UNIT, CONVERTED_WORDS)
        if (name := row.text(NAME)) and line not in self._by_name.get(comparable(name), [line]):
            self._problem(Rule.OTHER_NAME, row, NAME, line.carrier_code)
        if (text := row.text(REVISION)) and text != str(line.revision):
            self._problem(Rule.OTHER_REVISION, row, REVISION, str(line.revision or "–"))
        return len(self.problems) == before

    def _is_of_other_day(self, row: Row) -> bool:
        try:
            return parse_day(row.text(DAY), reading=self._table.days) != self._day
        except BadCell:
            return False

    def _unit(self, row: Row, line: Line) -> FileUnit:
        return self._table.unit_of(row)[0] or FileUnit(line.unit_word)

    def _quantity(self, row: Row, line: Line) -> Quantity | None:
        """Return the quantity of a row in the unit of its point, converted with the nomination's heating value."""
        unit = self._unit(row, line)
        try:
            figure = parse_figure(row.text(QUANTITY), reading=self._table.figures, unit=unit)
        except BadCell as error:
            self._problem(error.rule, row, QUANTITY, error.fact)
            return None
        if unit == line.unit_word:
            return Quantity.of(figure, line.unit)
        asked = line.asked
        if asked is None:
            return Quantity.zero(line.unit)
        converted = self._table.seen.converted
        converted[unit] = converted.get(unit, 0) + 1
        whole = in_kpc(asked.m3) if unit is FileUnit.KPC else asked.in_unit(Unit(unit.value)).amount
        decimals = -int(figure.as_tuple().exponent) if isinstance(figure.as_tuple().exponent, int) else 0
        # All that was asked, as rounded by who confirms it.
        if round(whole, max(decimals, 0)) == figure:
            return asked.in_unit(line.unit)
        if unit is FileUnit.KPC:
            volume = Quantity.from_micro(half_up(int(figure * 10**6) * _KPC_BILLIONTHS, 10**9), Unit.M3)
            return convert(volume, line.unit, line.heating_value)
        return convert(Quantity.of(figure, Unit(unit.value)), line.unit, line.heating_value)

    def _reason(self, row: Row) -> tuple[bool, CutReason | None]:
        """Return whether the reason is known, and which it is: its code, alone or before other words."""
        text = row.text(REASON)
        if not text:
            return True, None
        code = re.split(r"[^A-Za-z]", text, maxsplit=1)[0].upper()
        if code in CutReason.__members__:
            return True, CutReason[code]
        self._problem(Rule.UNKNOWN_CUT_REASON, row, REASON, ", ".join(CutReason.__members__))
        return False, None

    def _is_recorded(self, line: Line, quantity: Quantity, reason: CutReason | None) -> bool:
        recorded = line.recorded
        return (
            recorded is not None
            and line.recorded_revision == line.revision
            and recorded.in_unit(line.unit) == quantity
            and line.cut_reason == reason
        )

    def _problem(self, rule: Rule, row: Row, column: str, fact: str | None = None) -> None:
        self.problems.append(self._table.problem(rule, row, column, fact))


def _said(line: Line) -> str:
    asked = line.asked
    return "" if asked is None else f"{plain(asked.in_unit(line.unit)).replace('.', ',')} {line.unit_word}"
