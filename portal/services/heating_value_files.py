"""A file of heating values taken in: all of it or nothing (domain.md §2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import HeatingValue
from portal.models import DailyHeatingValue, ExitPoint

from . import audit, closings, ledger, ledger_updates
from .actors import Actor
from .cells import BadCell, parse_day, parse_figure
from .delimited_files import Column, Row, Table, read_table, titles
from .file_problems import BadFile, Problem, Rule
from .names import comparable
from .refusals import Conflict
from .transactions import transaction

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
class _Change:
    exit_point: ExitPoint
    gas_day: GasDay
    value: HeatingValue
    version: int


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
    table = read_table(content, COLUMNS)
    try:
        with transaction(session):
            rows, changes = _plan(session, table, now)
            new = sum(change.version == 1 for change in changes)
            imported = Imported(rows, new, len(changes) - new, rows - len(changes))
            if changes:
                session.execute(insert(DailyHeatingValue), [_version(change, now) for change in changes])
            ledger_updates.rewrite_conversions(
                session,
                changes=[(change.exit_point.id, change.gas_day) for change in changes],
                progress=progress,
            )
            audit.record(
                session,
                event="heating-values:imported",
                actor=actor,
                now=now,
                subject=name[-120:],
                details={
                    "sha256": table.digest.hex(),
                    "rows": rows,
                    "new": imported.new,
                    "changed": imported.changed,
                },
            )
            return imported
    except IntegrityError as error:
        raise Conflict("heating-values-changed") from error


def _plan(session: Session, table: Table, now: datetime) -> tuple[int, list[_Change]]:
    exit_points = {comparable(each.code): each for each in session.scalars(select(ExitPoint))}
    # Held before the closings are looked at, in the order in which the accounts are rewritten.
    ledger.lock_all(session)
    frozen = closings.closed_exit_points(session)
    in_force = _in_force(session)
    problems: list[Problem] = []
    changes: list[_Change] = []
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
            changes.append(_Change(exit_point, day, value, version + 1))
    if problems:
        raise BadFile(problems)
    return table.length, changes


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


def _version(change: _Change, now: datetime) -> dict[str, object]:
    return {
        "exit_point_id": change.exit_point.id,
        "gas_day": change.gas_day,
        "version": change.version,
        "heating_value": change.value,
        "recorded_at": now,
    }
