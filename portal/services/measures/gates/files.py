"""Import of what gates measured, all of the file or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import FIRST_GAS_DAY, GasDay
from portal.domain.jobs import UploadKind
from portal.domain.quantities import CUBIC_METRES_PER_KPC, Quantity, Unit, half_up, micro_m3
from portal.models import ExitPoint
from portal.services.files.cells import BadCell, has_no_value, parse_figure, parse_measured_day, strip_key
from portal.services.files.intake import Form, Kind, Taking
from portal.services.files.problems import Problem, Rule
from portal.services.files.sheet_columns import Column, Holds, spell_titles
from portal.services.files.sheet_tables import Row, Seen, Table
from portal.services.files.units import FileUnit
from portal.services.files.workbook_parts import ERROR
from portal.services.ledger import heating_values
from portal.services.points.gate_names import GateNames
from portal.services.store.acts import Act
from portal.services.trace import audit

from .entries import MOST, NOTHING, NewVolume, find_volumes, write_volumes

GATE, DAY, VOLUME, UNIT, NAME = "gate", "gas day", "volume", "unit", "gate name"
GATE_TITLES = spell_titles(
    *("punto de salida", "punto salida", "salida", "puerta", "puerta de ciudad", "city gate", "código", "punto"),
    *("código punto de salida", "estación", "punto_salida", "nodo", "gate", "exit point", "delivery point", "code"),
    *("código puerta", "código de la puerta", "código nodo", "punto de entrega", "cod puerta", "cod. puerta"),
)
GATE_NAME_TITLES = spell_titles(
    *("nombre", "nombre punto de salida", "nombre del punto de salida", "nombre puerta", "nombre de la puerta"),
    *("descripción", "gate name", "name", "nombre nodo", "nombre del punto"),
)
_CONVERTED = (FileUnit.M3, FileUnit.THOUSAND_M3, FileUnit.KPC, FileUnit.MBTU)
COLUMNS = (
    Column(GATE, GATE_TITLES, required=True, holds=Holds.KEY),
    Column(
        DAY,
        spell_titles("fecha", "día", "día de gas", "fecha gas", "día gas", "date", "fecha_gas"),
        required=True,
        holds=Holds.DAY,
    ),
    Column(
        VOLUME,
        spell_titles(
            *("volumen", "cantidad", "medido", "medida", "medición", "volumen medido", "cantidad medida", "consumo"),
            *("entregado", "cantidad entregada", "volumen entregado", "energía", "energía medida", "energía entregada"),
        ),
        required=True,
        holds=Holds.FIGURE,
        converts=frozenset(_CONVERTED),
    ),
    Column(UNIT, spell_titles("unidad", "unidades", "unidad de medida"), holds=Holds.UNIT),
    Column(NAME, GATE_NAME_TITLES, holds=Holds.NAME),
)
_KPC_BILLIONTHS = int(CUBIC_METRES_PER_KPC * 10**9)


class GateChange(NamedTuple):
    """Volume of the file beside the one that counts now, None without one; how it was converted, empty if not."""

    new: NewVolume
    before: Quantity | None
    converted: str


@dataclass(frozen=True)
class GatePlan:
    """Effect of a file, planned or done."""

    rows: int
    changes: tuple[GateChange, ...]
    seen: Seen

    @property
    def is_empty(self) -> bool:
        """True when the file changes nothing."""
        return not self.changes

    @property
    def unchanged(self) -> int:
        """The number of rows that repeat what counts."""
        return self.rows - len(self.changes)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the changes in their order."""
        said = [
            (each.new.gate.id, each.new.gas_day.date.toordinal(), each.new.volume.micro, each.new.version)
            for each in self.changes
        ]
        return hashlib.sha256(repr(said).encode()).hexdigest()


def find_gate(table: Table, names: GateNames, row: Row, code: str, name: str) -> ExitPoint | Problem:
    """Return the gate of a row by its code or its name, or the problem where it has none or the two contradict."""
    text, beside = strip_key(row.text(code)), strip_key(row.text(name))
    column = code if text or not beside else name
    meant = names.find(text or beside)
    if meant.gate is None:
        rule = Rule.SEVERAL_POINTS if meant.codes else Rule.UNKNOWN_EXIT_POINT
        return table.problem(rule if text or beside else Rule.EMPTY, row, column, ", ".join(meant.codes) or None)
    other = names.find(beside).gate if text and beside else None
    if other is not None and other is not meant.gate:
        return table.problem(Rule.OTHER_NAME, row, name, meant.gate.code)
    if meant.resembles:
        table.seen.resembled[text or beside] = meant.gate.code
    return meant.gate


def leave_in_error(table: Table, row: Row, column: str) -> bool:
    """Note a row whose figure is in error, which says nothing of its gate; False for any other row."""
    text = row.text(column)
    if not text.startswith(ERROR):
        return False
    table.seen.in_error.append(row.line)
    return True


class GateReadingFiles(Kind[Table, GatePlan, GatePlan]):
    """Import files of what gates measured: gate by code or name, gas day, volume in m³, KPC or MBTU."""

    form = Form(COLUMNS, lenient=True)
    upload = UploadKind.GATE_READINGS

    def parse(self, table: Table) -> Table:
        """Return the table unparsed: a figure in MBTU needs the heating value of its gate and day."""
        return table

    def plan(self, act: Act, parsed: Table) -> GatePlan:
        """Return the effect of the rows; ``BadFile`` lists every row that breaks a rule."""
        planner = _Planner(act.session, parsed, GasDay.of(act.now))
        for row in parsed.rows:
            planner.take(row)
        parsed.ask_about_days(today=GasDay.of(act.now))
        parsed.refuse(planner.problems)
        changes = tuple(planner.list_changes())
        return GatePlan(planner.rows, changes, parsed.seen)

    def take_in(self, act: Act, parsed: Table, taking: Taking) -> GatePlan:
        """Write all volumes."""
        plan = self.plan(act, parsed)
        taking.agree(plan.fingerprint, changed="gate-measured")
        write_volumes(act, [each.new for each in plan.changes])
        audit.record(
            act,
            event=AuditEvent.GATE_READINGS_IMPORTED,
            subject=taking.name[-120:],
            details={"sha256": parsed.digest.hex(), "rows": plan.rows, "new": len(plan.changes)},
        )
        return plan


class _Planner:
    """Compare the rows of a file with what counts."""

    def __init__(self, session: Session, table: Table, today: GasDay) -> None:
        self.problems: list[Problem] = []
        self.rows = 0
        self._session, self._table, self._today = session, table, today
        self._names = GateNames(session)
        self._histories: dict[int, heating_values.History] = {}
        self._found: dict[tuple[int, GasDay], tuple[Row, ExitPoint, Quantity, str]] = {}

    def take(self, row: Row) -> None:
        """Check one row; keep its volume or its problems."""
        if row.faults:
            self.problems += row.faults
            return
        if has_no_value(row.text(VOLUME)):
            self._table.seen.without_value.append(row.line)
            return
        if leave_in_error(self._table, row, VOLUME):
            return
        gate, day = self._gate(row), self._day(row)
        if gate is None or day is None:
            return
        volume = self._volume(row, gate, day)
        if volume is None:
            return
        first = self._found.get((gate.id, day))
        if first is None:
            self._found[gate.id, day] = row, gate, *volume
            self.rows += 1
        elif first[2] == volume[0]:
            self._table.seen.again.append(row.line)
        else:
            self._problem(Rule.REPEATED_ROW, row, GATE, str(first[0].line))

    def list_changes(self) -> Iterator[GateChange]:
        """Yield what is new, by day and gate."""
        if not self._found:
            return
        days = [day for _, day in self._found]
        known = find_volumes(self._session, first=min(days), last=max(days))
        for (gate_id, day), (_, gate, volume, how) in sorted(
            self._found.items(), key=lambda each: (each[0][1].date, each[1][1].code)
        ):
            before = known.get((gate_id, day), NOTHING)
            if before.volume != volume:
                yield GateChange(NewVolume(gate, day, volume, before.version + 1), before.volume, how)

    def _gate(self, row: Row) -> ExitPoint | None:
        meant = find_gate(self._table, self._names, row, GATE, NAME)
        if isinstance(meant, Problem):
            self.problems.append(meant)
            return None
        return meant

    def _day(self, row: Row) -> GasDay | None:
        try:
            day = parse_measured_day(row.text(DAY), reading=self._table.days)
        except BadCell as error:
            self._problem(error.rule, row, DAY, error.fact)
            return None
        if day > self._today:
            self._problem(Rule.FUTURE_DAY, row, DAY, self._today.isoformat())
            return None
        if day < FIRST_GAS_DAY:
            self._problem(Rule.DAY_OUT_OF_RANGE, row, DAY, FIRST_GAS_DAY.isoformat())
            return None
        return day

    def _volume(self, row: Row, gate: ExitPoint, day: GasDay) -> tuple[Quantity, str] | None:
        unit, is_known = self._table.unit_of(row)
        if not is_known:
            self._problem(Rule.WRONG_UNIT, row, UNIT, ", ".join(_CONVERTED))
            return None
        unit = unit or FileUnit.M3
        try:
            figure = parse_figure(row.text(VOLUME), reading=self._table.figures, unit=unit)
        except BadCell as error:
            self._problem(error.rule, row, VOLUME, error.fact)
            return None
        micro, how = int(figure * 10**6), ""
        if unit is FileUnit.THOUSAND_M3:
            micro *= 1000
        elif unit is FileUnit.KPC:
            micro = half_up(micro * _KPC_BILLIONTHS, 10**9)
        elif unit is FileUnit.MBTU:
            history = self._histories.get(gate.id)
            if history is None:
                history = self._histories[gate.id] = heating_values.History(self._session, exit_point_id=gate.id)
            milli, provisional = history.at(day.date, delivery_point_id=0)
            if provisional:
                self._problem(Rule.HEATING_VALUE_MISSING, row, VOLUME, day.isoformat())
                return None
            micro, how = micro_m3(micro, milli), str(milli)
        volume = Quantity.from_micro(micro, Unit.M3)
        if volume > MOST:
            self._problem(Rule.TOO_LARGE, row, VOLUME, "100,000,000 m³")
            return None
        if unit is not FileUnit.M3:
            converted = self._table.seen.converted
            converted[unit] = converted.get(unit, 0) + 1
        return volume, how

    def _problem(self, rule: Rule, row: Row, column: str, fact: str | None = None) -> None:
        self.problems.append(self._table.problem(rule, row, column, fact))


FILES = GateReadingFiles()
