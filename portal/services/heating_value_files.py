"""A file of heating values taken in: all of it or nothing (domain.md §2)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import HeatingValue
from portal.models import DailyHeatingValue, ExitPoint

from . import audit, closings, ledger, ledger_updates, row_seals
from .actors import Actor
from .cells import BadCell, parse_day, parse_figure
from .delimited_files import Column, Row, Table, read_table, titles
from .file_problems import BadFile, Problem, Rule
from .names import comparable
from .refusals import Conflict
from .transactions import transaction
from .workbook_files import read_any

EXIT_POINT, DAY, VALUE = "exit point", "gas day", "heating value"
MOST_DECIMALS = 3

COLUMNS = (
    Column(EXIT_POINT, titles(EXIT_POINT, "punto de salida", "punto salida", "código", "salida"), required=True),
    Column(DAY, titles(DAY, "date", "fecha", "fecha gas", "día", "día de gas"), required=True),
    Column(
        VALUE,
        titles(VALUE, "poder calorífico", "pc", "pcs", "pcs btu/ft3", "poder calorífico (btu/ft³)", "valor", "btu/ft3"),
        required=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file did: days that had no value before, days whose value changed, rows that say nothing new."""

    rows: int
    new: int
    changed: int
    unchanged: int


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
    progress: ledger_updates.Progress | None = None,
) -> Imported:
    """Take in a file of heating values, BTU/ft³ from 700 to 1,500 an exit point and gas day.

    All or nothing: ``BadFile`` names every row that breaks a rule. A value that is in force already gets no new
    version, so the same file twice has no effect. The days that a value converts are brought up to date: its own, and
    those after it that have none of their own. ``Conflict`` when another import was faster. Commits.
    """
    table = table_of(content)
    try:
        with transaction(session):
            return take_in(session, actor=actor, name=name, table=table, now=now, progress=progress)
    except IntegrityError as error:
        raise Conflict("heating-values-changed") from error


def table_of(content: bytes | BinaryIO) -> Table:
    """Return a file of heating values as a table: text or, given as bytes, a workbook; ``BadFile`` when it is none."""
    return read_any(content, COLUMNS) if isinstance(content, bytes) else read_table(content, COLUMNS)


def preview(session: Session, *, content: bytes, now: datetime) -> Plan:
    """Return what the file would do, writing nothing; ``BadFile`` names every row that breaks a rule."""
    return plan_of(session, table_of(content), now)


def take_in(
    session: Session,
    *,
    actor: Actor,
    name: str,
    table: Table,
    now: datetime,
    progress: ledger_updates.Progress | None = None,
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
    ledger_updates.rewrite_conversions(
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
    return Imported(plan.rows, plan.new, plan.changed, plan.unchanged)


def plan_of(session: Session, table: Table, now: datetime) -> Plan:
    """Return what the table would do; ``BadFile`` names every row that breaks a rule."""
    exit_points = {comparable(each.code): each for each in session.scalars(select(ExitPoint))}
    frozen = closings.closed_exit_points(session)
    in_force = _in_force(session)
    problems: list[Problem] = []
    changes: list[Change] = []
    first_lines: dict[tuple[int, GasDay], int] = {}
    for row in table.rows:
        exit_point = exit_points.get(comparable(row.text(EXIT_POINT)))
        if exit_point is None:
            rule = Rule.UNKNOWN_EXIT_POINT if row.text(EXIT_POINT) else Rule.EMPTY
            problems.append(table.problem(rule, row, EXIT_POINT))
        day = _day(table, row, now, problems)
        value = _value(table, row, problems)
        if exit_point is None or day is None:
            continue
        first_line = first_lines.setdefault((exit_point.id, day), row.line)
        if first_line != row.line:
            problems.append(table.problem(Rule.REPEATED_ROW, row, EXIT_POINT, fact=str(first_line)))
        version, before = in_force.get((exit_point.id, day), (0, None))
        if value is not None and value != before:
            closed = frozen.get(exit_point.id)
            if closed is not None and day <= closed.last:
                problems.append(table.problem(Rule.MONTH_CLOSED, row, DAY, fact=closed.first.isoformat()[:7]))
            changes.append(Change(exit_point, day, value, version + 1, before))
    if problems:
        raise BadFile(problems)
    return Plan(table.length, tuple(changes))


def _day(table: Table, row: Row, now: datetime, problems: list[Problem]) -> GasDay | None:
    today = GasDay.of(now)
    try:
        day = parse_day(row.text(DAY))
    except BadCell as error:
        problems.append(table.problem(error.rule, row, DAY))
        return None
    if day > today:
        problems.append(table.problem(Rule.FUTURE_DAY, row, DAY, fact=today.isoformat()))
    return day


def _value(table: Table, row: Row, problems: list[Problem]) -> HeatingValue | None:
    try:
        figure = parse_figure(row.text(VALUE))
    except BadCell as error:
        problems.append(table.problem(error.rule, row, VALUE))
        return None
    exponent = figure.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > MOST_DECIMALS:
        problems.append(table.problem(Rule.TOO_MANY_DECIMALS, row, VALUE, fact=str(MOST_DECIMALS)))
        return None
    try:
        return HeatingValue.of(figure)
    except ValueError:
        problems.append(table.problem(Rule.OUT_OF_RANGE, row, VALUE, fact="700–1,500 BTU/ft³"))
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


def row_of(change: Change, now: datetime) -> dict[str, object]:
    """Return the row of a change."""
    return {
        "exit_point_id": change.exit_point.id,
        "gas_day": change.gas_day,
        "version": change.version,
        "heating_value": change.value,
        "recorded_at": now,
    }
