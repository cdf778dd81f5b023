"""Import of a file of heating values, all of it or nothing, and one value written by hand.

Source: docs/rules.md, "Units and heating value".
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.domain.jobs import UploadKind
from portal.domain.quantities import HeatingValue, plain
from portal.models import DailyHeatingValue, ExitPoint
from portal.services import ledger
from portal.services.files import held_rows, intake
from portal.services.files.cells import BadCell, has_no_value, parse_figure, parse_measured_day, strip_key
from portal.services.files.held_rows import HeldText
from portal.services.files.intake import Form, Imported, Kind, Taking
from portal.services.files.problems import BadFile, Problem, Rule
from portal.services.files.sheet_columns import Column, Holds, spell_titles
from portal.services.files.sheet_tables import Row, Seen, Table
from portal.services.files.units import FileUnit
from portal.services.ledger import closings, updates
from portal.services.points.gate_names import GateNames
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.permissions import require
from portal.services.store.transactions import transaction
from portal.services.trace import audit, sealed_rows

EXIT_POINT, DAY, VALUE = "exit point", "gas day", "heating value"

COLUMNS = (
    Column(
        EXIT_POINT,
        spell_titles(
            *(EXIT_POINT, "punto de salida", "punto salida", "código", "salida", "puerta", "city gate", "punto"),
            *("puerta de ciudad", "estación", "nodo", "código punto de salida", "stream", "corriente", "gate"),
            *("cromatógrafo", "analizador", "exit", "delivery", "station"),
        ),
        required=True,
        holds=Holds.KEY,
    ),
    Column(
        DAY,
        spell_titles(DAY, "date", "fecha", "fecha gas", "día", "día de gas", "día gas"),
        required=True,
        holds=Holds.DAY,
    ),
    Column(
        VALUE,
        spell_titles(
            VALUE,
            *("poder calorífico", "pc", "pcs", "pcs btu/ft3", "pcs (btu/ft³)", "poder calorífico (btu/ft³)", "valor"),
            *("btu/ft3", "btu/pc", "poder calorífico (btu/pc)", "poder calorífico superior", "hhv", "ghv", "gcv"),
            *("poder calorífico bruto", "poder calorífico del gas", "gross heating value", "gross calorific value"),
        ),
        required=True,
        elsewhere=spell_titles("poder calorífico (mj/m3)", "pcs (mj/m3)", "poder calorífico mj/m3", "mj/m3", "kcal/m3"),
        unit=FileUnit.HEATING_VALUE,
        holds=Holds.FIGURE,
    ),
    Column(
        "hour",
        spell_titles("hora", "hour", "hora gas", "hora de gas", "time", "periodo", "período"),
        refuses=Rule.HOURLY,
        holds=Holds.HOUR,
    ),
)


MOST_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Change:
    """A heating value from the file, beside the value in force before (None: the day had none of its own)."""

    exit_point: ExitPoint
    gas_day: GasDay
    value: HeatingValue
    version: int
    before: HeatingValue | None


class Left(NamedTuple):
    """A row that cannot be taken, and its problems."""

    row: Row
    problems: list[Problem]


@dataclass(frozen=True, slots=True)
class Plan:
    """Effect of a file; ``fingerprint`` is the digest of its changes."""

    rows: int
    changes: tuple[Change, ...]
    seen: Seen = field(default_factory=Seen, compare=False)
    # Rows that cannot be taken: the others may be (adr/0126).
    left: tuple[Left, ...] = ()

    @property
    def new(self) -> int:
        """Number of days that have no value of their own yet."""
        return sum(change.before is None for change in self.changes)

    @property
    def changed(self) -> int:
        """Number of days that get another value."""
        return len(self.changes) - self.new

    @property
    def is_empty(self) -> bool:
        """True when the file changes nothing."""
        return not self.changes

    @property
    def unchanged(self) -> int:
        """Number of rows that repeat the value in force."""
        return self.rows - len(self.changes)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the changes in their order."""
        said = [
            (each.exit_point.id, each.gas_day.date.toordinal(), each.value.milli, each.version) for each in self.changes
        ]
        left = [(each.row.line, [problem.rule.value for problem in each.problems]) for each in self.left]
        return hashlib.sha256(repr([said, left] if left else said).encode()).hexdigest()


class Said(NamedTuple):
    """Values read from one row; None for a value that could not be read."""

    row: Row
    day: GasDay | None
    value: HeatingValue | None


@dataclass
class Parsed:
    """Rows with a value, rows without one, and problems of the rows' shape."""

    table: Table
    said: list[Said] = field(default_factory=list)
    blank: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    bad: dict[tuple[int, str], Left] = field(default_factory=dict)

    def blame(self, row: Row, rule: Rule, column: str, fact: str | None = None) -> None:
        """Note a problem of a row."""
        problem = self.table.problem(rule, row, column, fact)
        self.problems.append(problem)
        self.bad.setdefault(self.table.key_of(row), Left(row, [])).problems.append(problem)


class HeatingValueFiles(Kind[Parsed, Plan, Imported]):
    """Import files of heating values, BTU/ft³ from 700 to 1,500 per exit point and gas day.

    A value that is already in force gets no new version, so the same file twice has no effect. The affected days are
    converted anew: the day of the value, and the days after it that have no value of their own.
    """

    # A cell in error is a fault of its row: the others may be taken (adr/0126).
    form = Form(COLUMNS, lenient=True)
    upload = UploadKind.HEATING_VALUES

    def parse(self, table: Table) -> Parsed:
        """Parse the rows, each value on its own."""
        parsed = Parsed(table)
        for row in table.rows:
            if has_no_value(row.text(VALUE)):
                table.seen.without_value.append(row.line)
                parsed.blank.append(row)
            else:
                parsed.said.append(Said(row, _day(row, parsed), _value(row, parsed)))
        return parsed

    def plan(self, act: Act, parsed: Parsed) -> Plan:
        """Return the effect of the good rows, and the bad ones beside them; ``BadFile`` if no row is good."""
        planner = _Planner(act.session, parsed, act.now)
        for said in parsed.said:
            planner.take(said)
        changes, rows, left = planner.conclude()
        return Plan(rows, tuple(changes), parsed.table.seen, tuple(left))

    def hold(self, act: Act) -> None:
        """Lock all accounts before reading the closings, in the order of the rewrites, to avoid deadlock."""
        ledger.lock_all(act.session)

    def take_in(self, act: Act, parsed: Parsed, taking: Taking) -> Imported:
        """Write the values that are new or changed, and convert their days anew."""
        session = act.session
        plan = self.plan(act, parsed)
        if plan.left and not taking.partly:
            raise BadFile(parsed.problems)
        taking.agree(plan.fingerprint, changed="heating-values-changed")
        held_rows.hold(
            act,
            kind=self.upload,
            name=taking.name,
            digest=parsed.table.digest,
            rows=[HeldText(each.row.line, _texts_of(parsed.table, each.row), each.problems) for each in plan.left],
        )
        last = sealed_rows.find_last_id(session, "heating_values")
        if plan.changes:
            session.execute(insert(DailyHeatingValue), [make_row(change, act.now) for change in plan.changes])
        updates.rewrite_conversions(
            session,
            changes=[(change.exit_point.id, change.gas_day) for change in plan.changes],
            progress=taking.told.days,
        )
        audit.record(
            Act.at(session, act.actor, act.now),
            event=AuditEvent.HEATING_VALUES_IMPORTED,
            subject=taking.name[-120:],
            details={
                "sha256": parsed.table.digest.hex(),
                "rows": plan.rows,
                "new": plan.new,
                "changed": plan.changed,
                sealed_rows.DETAIL: sealed_rows.of_range(session, table="heating_values", after=last),
            },
        )
        return Imported(plan.rows, plan.new, plan.changed, plan.unchanged, seen=plan.seen, left=len(plan.left))


FILES = HeatingValueFiles()


class _Planner:
    """Compare the rows of a file with the values in force."""

    def __init__(self, session: Session, parsed: Parsed, now: datetime) -> None:
        self.changes: list[Change] = []
        self._parsed, self._table, self._today = parsed, parsed.table, GasDay.of(now)
        self._names = GateNames(session)
        self._frozen = closings.find_closed_exit_points(session)
        self._in_force = _in_force(session)
        self._first: dict[tuple[int, GasDay], tuple[Row, HeatingValue | None]] = {}
        # Keys of the good rows, and of the changes among them.
        self._taken: list[tuple[int, str]] = []
        self._keys: list[tuple[int, str]] = []

    def take(self, said: Said) -> None:
        """Check one row; collect its change or its problems."""
        row, day, value = said
        exit_point = self._exit_point(row)
        if day is not None and day > self._today:
            self._problem(Rule.FUTURE_DAY, row, DAY, self._today.isoformat())
        if exit_point is None or day is None:
            return
        first = self._first.get((exit_point.id, day))
        if first is not None:
            if value is not None and value == first[1]:
                self._table.seen.again.append(row.line)
            else:
                # Neither of two different values is good.
                self._problem(Rule.REPEATED_ROW, row, EXIT_POINT, str(first[0].line))
                self._problem(Rule.REPEATED_ROW, first[0], EXIT_POINT, str(row.line), told=False)
            return
        self._first[exit_point.id, day] = row, value
        self._taken.append(self._table.key_of(row))
        version, before = self._in_force.get((exit_point.id, day), (0, None))
        if value is not None and value != before:
            closed = self._frozen.get(exit_point.id)
            if closed is not None and day <= closed.last:
                self._problem(Rule.MONTH_CLOSED, row, DAY, closed.first.isoformat()[:7])
            self.changes.append(Change(exit_point, day, value, version + 1, before))
            self._keys.append(self._table.key_of(row))

    def conclude(self) -> tuple[list[Change], int, list[Left]]:
        """Return the changes of the good rows, their number, and the bad rows; refuse the file if none is good."""
        problems, bad = self._parsed.problems, self._parsed.bad
        if not self._taken and not problems:
            for row in self._parsed.blank:
                self._problem(Rule.EMPTY, row, VALUE)
        self._table.ask_about_days(today=self._today)
        rows = sum(key not in bad for key in self._taken)
        if not rows or any(problem.rule is Rule.STAMP_UNSAID for problem in problems):
            self._table.refuse(problems)
        self._table.ask_about_figures(problems)
        seen = self._table.seen
        seen.stamp_ends = self._table.answers.stamp_ends if seen.has_hours else None
        changes = [change for key, change in zip(self._keys, self.changes, strict=True) if key not in bad]
        return changes, rows, [left for _, left in sorted(bad.items(), key=lambda item: item[0])]

    def _exit_point(self, row: Row) -> ExitPoint | None:
        text = strip_key(row.text(EXIT_POINT))
        meant = self._names.find(text)
        if meant.gate is not None:
            if meant.resembles:
                self._table.seen.resembled[text] = meant.gate.code
            return meant.gate
        rule = Rule.SEVERAL_POINTS if meant.codes else Rule.UNKNOWN_EXIT_POINT
        self._problem(rule if text else Rule.EMPTY, row, EXIT_POINT, ", ".join(meant.codes) or None)
        return None

    def _problem(self, rule: Rule, row: Row, column: str, fact: str | None = None, *, told: bool = True) -> None:
        self._parsed.blame(row, rule, column, fact)
        if not told:
            # The other of the two rows is told already.
            self._parsed.problems.pop()


def _texts_of(table: Table, row: Row) -> dict[str, str]:
    """Return the texts of a row, day and figure in a spelling that has one reading in whichever file."""
    texts = table.texts_of(row)
    with suppress(BadCell):
        texts[DAY] = parse_measured_day(row.text(DAY), reading=table.days).isoformat()
    with suppress(BadCell):
        figure = parse_figure(row.text(VALUE), reading=table.figures, unit=FileUnit.HEATING_VALUE)
        texts[VALUE] = plain(figure).replace(".", ",")
    return texts


def _day(row: Row, parsed: Parsed) -> GasDay | None:
    table = parsed.table
    try:
        return parse_measured_day(row.text(DAY), reading=table.days)
    except BadCell as error:
        parsed.blame(row, error.rule, DAY, error.fact)
        return None


def _value(row: Row, parsed: Parsed) -> HeatingValue | None:
    table = parsed.table
    rule: Rule = Rule.OUT_OF_RANGE
    fact: str | None = "700–1,500 BTU/ft³"
    try:
        figure = parse_figure(row.text(VALUE), reading=table.figures, unit=FileUnit.HEATING_VALUE)
        if figure == round(figure, MOST_DECIMALS):
            return HeatingValue.of(figure)
        rule, fact = Rule.TOO_MANY_DECIMALS, str(MOST_DECIMALS)
    except BadCell as error:
        rule, fact = error.rule, error.fact
    except ValueError:
        pass
    parsed.blame(row, rule, VALUE, fact)
    return None


def _in_force(session: Session) -> dict[tuple[int, GasDay], tuple[int, HeatingValue]]:
    rows = session.execute(
        select(
            DailyHeatingValue.exit_point_id,
            DailyHeatingValue.gas_day,
            DailyHeatingValue.version,
            DailyHeatingValue.heating_value,
        ).order_by(DailyHeatingValue.version)
    )
    return {(exit_point, day): (version, value) for exit_point, day, version, value in rows}


def make_row(change: Change, now: datetime) -> dict[str, object]:
    """Return the table row of a change."""
    return {
        "exit_point_id": change.exit_point.id,
        "gas_day": change.gas_day,
        "version": change.version,
        "heating_value": change.value,
        "recorded_at": now,
    }


def record(act: Act, *, exit_point: str, gas_day: GasDay, value: Decimal) -> None:
    """Write the heating value, BTU/ft³, of an exit point (its code) on a day, and convert its days anew. Commits.

    Raises ``BadFile`` for a broken rule of a file of heating values and for ``NOTHING_NEW``; ``Conflict`` when an
    import wrote first; ``NotAllowed`` for a role that may not load readings.
    """
    session, actor, now = act.session, act.actor, act.now
    require(act, Function.LOAD_READINGS)
    quoted = exit_point.replace('"', '""')
    parsed = intake.read(FILES, f'"{quoted}";{gas_day.isoformat()};{value:f}\n'.encode())
    with meaning_of_constraints(), transaction(session):
        FILES.hold(Act.at(session, actor, now))
        plan = FILES.plan(Act.at(session, actor, now), parsed)
        if not plan.changes:
            raise BadFile([Problem(Rule.NOTHING_NEW, column=VALUE)])
        (change,) = plan.changes
        last = sealed_rows.find_last_id(session, "heating_values")
        session.execute(insert(DailyHeatingValue), [make_row(change, now)])
        updates.rewrite_conversions(session, changes=[(change.exit_point.id, gas_day)])
        audit.record(
            act,
            event=AuditEvent.HEATING_VALUE_RECORDED,
            subject=change.exit_point.code,
            details={
                "gas_day": gas_day.isoformat(),
                "old_heating_value": None if change.before is None else f"{change.before.amount:f}",
                "new_heating_value": f"{change.value.amount:f}",
                sealed_rows.DETAIL: sealed_rows.of_range(session, table="heating_values", after=last),
            },
        )
