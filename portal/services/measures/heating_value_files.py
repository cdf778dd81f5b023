"""A file of heating values taken in: all of it or nothing (docs/rules.md, "Units and heating value")."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.domain.codes import index_of, keys_of, may_be_changed
from portal.domain.gas_day import GasDay
from portal.domain.quantities import HeatingValue
from portal.models import DailyHeatingValue, ExitPoint
from portal.services import ledger
from portal.services.files.cells import BadCell, bare_key, has_no_value, parse_figure, parse_measured_day
from portal.services.files.delimited_files import read_table
from portal.services.files.problems import Problem, Rule
from portal.services.files.questions import NOTHING_KNOWN, Answers
from portal.services.files.sheet_tables import Row, Seen, Table
from portal.services.files.workbook_files import read_any
from portal.services.ledger import closings, updates
from portal.services.store.actors import Actor
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.names import comparable
from portal.services.store.refusals import Conflict
from portal.services.store.transactions import transaction
from portal.services.trace import audit, row_seals

from .heating_value_columns import COLUMNS, DAY, EXIT_POINT, VALUE

MOST_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file did: days that had no value before, days whose value changed, rows that say nothing new."""

    rows: int
    new: int
    changed: int
    unchanged: int
    seen: Seen = field(default_factory=Seen, compare=False)


@dataclass(frozen=True, slots=True)
class Change:
    """A heating value that a file brings, beside what was in force before (None: nothing of the day's own)."""

    exit_point: ExitPoint
    gas_day: GasDay
    value: HeatingValue
    version: int
    before: HeatingValue | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would do; ``fingerprint`` tells its changes from any others."""

    rows: int
    changes: tuple[Change, ...]
    seen: Seen = field(default_factory=Seen, compare=False)

    @property
    def new(self) -> int:
        """How many days have no value of their own yet."""
        return sum(change.before is None for change in self.changes)

    @property
    def changed(self) -> int:
        """How many days get another value."""
        return len(self.changes) - self.new

    @property
    def unchanged(self) -> int:
        """How many rows say nothing new."""
        return self.rows - len(self.changes)

    @property
    def fingerprint(self) -> str:
        """A SHA-256 of the changes in their order."""
        said = [
            (each.exit_point.id, each.gas_day.date.toordinal(), each.value.milli, each.version) for each in self.changes
        ]
        return hashlib.sha256(repr(said).encode()).hexdigest()


def import_file(
    session: Session,
    *,
    actor: Actor,
    name: str,
    content: bytes | BinaryIO,
    now: datetime,
    progress: updates.Progress | None = None,
    answers: Answers = NOTHING_KNOWN,
) -> Imported:
    """Take in a file of heating values, BTU/ft³ from 700 to 1,500 an exit point and gas day.

    All or nothing: ``BadFile`` names every row that breaks a rule. A value that is in force already gets no new
    version, so the same file twice has no effect. The days that a value converts are brought up to date: its own, and
    those after it that have none of their own. ``Conflict`` when another import was faster. Commits.
    """
    table = table_of(content, answers=answers)
    with meaning_of_constraints(), transaction(session):
        return take_in(session, actor=actor, name=name, table=table, now=now, progress=progress)


def table_of(content: bytes | BinaryIO, *, answers: Answers = NOTHING_KNOWN) -> Table:
    """Return a file of heating values as a table: text or, given as bytes, a workbook; ``BadFile`` when it is none."""
    if isinstance(content, bytes):
        return read_any(content, COLUMNS, answers=answers)
    return read_table(content, COLUMNS, answers=answers)


def preview(session: Session, *, content: bytes, now: datetime, answers: Answers = NOTHING_KNOWN) -> Plan:
    """Return what the file would do, writing nothing; ``BadFile`` names every row that breaks a rule."""
    return plan_of(session, table_of(content, answers=answers), now)


def take_in(
    session: Session,
    *,
    actor: Actor,
    name: str,
    table: Table,
    now: datetime,
    progress: updates.Progress | None = None,
    shown: str | None = None,
) -> Imported:
    """Do what ``import_file`` does, inside the caller's transaction.

    ``Conflict`` when ``shown``, the fingerprint of a preview, is of other changes than these.
    """
    # Held before the closings are looked at, in the order in which the accounts are rewritten.
    ledger.lock_all(session)
    plan = plan_of(session, table, now)
    if shown is not None and shown != plan.fingerprint:
        raise Conflict("heating-values-changed")
    last = row_seals.last_id(session, "heating_values")
    if plan.changes:
        session.execute(insert(DailyHeatingValue), [row_of(change, now) for change in plan.changes])
    updates.rewrite_conversions(
        session, changes=[(change.exit_point.id, change.gas_day) for change in plan.changes], progress=progress
    )
    audit.record(
        session,
        event="heating-values:imported",
        actor=actor,
        now=now,
        subject=name[-120:],
        details={
            "sha256": table.digest.hex(),
            "rows": plan.rows,
            "new": plan.new,
            "changed": plan.changed,
            row_seals.DETAIL: row_seals.of_range(session, table="heating_values", after=last),
        },
    )
    return Imported(plan.rows, plan.new, plan.changed, plan.unchanged, plan.seen)


def plan_of(session: Session, table: Table, now: datetime) -> Plan:
    """Return what the table would do; ``BadFile`` names every row that breaks a rule."""
    intake = _Intake(session, table, now)
    for row in table.rows:
        intake.take(row)
    intake.conclude()
    return Plan(intake.rows, tuple(intake.changes), table.seen)


class _Intake:
    """The rows of a file against what is in force."""

    def __init__(self, session: Session, table: Table, now: datetime) -> None:
        self.rows = 0
        self.changes: list[Change] = []
        self._table, self._now = table, now
        self._problems: list[Problem] = []
        self._exit_points = {each.code: each for each in session.scalars(select(ExitPoint))}
        self._alike = index_of(self._exit_points)
        self._frozen = closings.closed_exit_points(session)
        self._in_force = _in_force(session)
        self._first: dict[tuple[int, GasDay], tuple[int, HeatingValue | None]] = {}
        self._blank: list[Row] = []

    def take(self, row: Row) -> None:
        """Look at a row: what it changes is kept, and so is what is wrong with it."""
        if has_no_value(row.text(VALUE)):
            self._table.seen.without_value.append(row.line)
            self._blank.append(row)
            return
        exit_point, day, value = self._exit_point(row), self._day(row), self._value(row)
        if exit_point is None or day is None:
            return
        first_line, first_value = self._first.setdefault((exit_point.id, day), (row.line, value))
        if first_line != row.line and value is not None and value == first_value:
            self._table.seen.again.append(row.line)
            return
        if first_line != row.line:
            self._problem(Rule.REPEATED_ROW, row, EXIT_POINT, str(first_line))
            return
        self.rows += 1
        version, before = self._in_force.get((exit_point.id, day), (0, None))
        if value is not None and value != before:
            closed = self._frozen.get(exit_point.id)
            if closed is not None and day <= closed.last:
                self._problem(Rule.MONTH_CLOSED, row, DAY, closed.first.isoformat()[:7])
            self.changes.append(Change(exit_point, day, value, version + 1, before))

    def conclude(self) -> None:
        """Refuse what was gathered, or ask about it."""
        if not self.rows and not self._problems:
            for row in self._blank:
                self._problem(Rule.EMPTY, row, VALUE)
        self._table.refuse(self._problems)
        seen = self._table.seen
        seen.stamp_ends = self._table.answers.stamp_ends if seen.has_hours else None

    def _exit_point(self, row: Row) -> ExitPoint | None:
        text = bare_key(row.text(EXIT_POINT))
        codes = {code for key in keys_of(text) for code in self._alike.get(key, [])} if text else set[str]()
        exact = next((code for code in codes if comparable(code) == comparable(text)), None)
        if exact is not None and (len(codes) == 1 or not may_be_changed(text)):
            return self._exit_points[exact]
        if len(codes) == 1:
            (code,) = codes
            self._table.seen.resembled[text] = code
            return self._exit_points[code]
        rule = Rule.SEVERAL_POINTS if codes else Rule.UNKNOWN_EXIT_POINT
        self._problem(rule if text else Rule.EMPTY, row, EXIT_POINT, ", ".join(sorted(codes)) or None)
        return None

    def _day(self, row: Row) -> GasDay | None:
        today = GasDay.of(self._now)
        try:
            day = parse_measured_day(row.text(DAY), reading=self._table.days)
        except BadCell as error:
            self._problem(error.rule, row, DAY, error.fact)
            return None
        if day > today:
            self._problem(Rule.FUTURE_DAY, row, DAY, today.isoformat())
        return day

    def _value(self, row: Row) -> HeatingValue | None:
        try:
            figure = parse_figure(row.text(VALUE), reading=self._table.figures, unit="BTU/ft3")
        except BadCell as error:
            self._problem(error.rule, row, VALUE, error.fact)
            return None
        if figure != round(figure, MOST_DECIMALS):
            self._problem(Rule.TOO_MANY_DECIMALS, row, VALUE, str(MOST_DECIMALS))
            return None
        try:
            return HeatingValue.of(figure)
        except ValueError:
            self._problem(Rule.OUT_OF_RANGE, row, VALUE, "700–1,500 BTU/ft³")
            return None

    def _problem(self, rule: Rule, row: Row, column: str, fact: str | None = None) -> None:
        self._problems.append(self._table.problem(rule, row, column, fact))


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


def row_of(change: Change, now: datetime) -> dict[str, object]:
    """Return the row of a change."""
    return {
        "exit_point_id": change.exit_point.id,
        "gas_day": change.gas_day,
        "version": change.version,
        "heating_value": change.value,
        "recorded_at": now,
    }
