"""A file of readings taken in: all of it or nothing, each row against what is already known (domain.md §7)."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.readings import ReadingState
from portal.models import DeliveryPoint, Reading, ReadingImport
from portal.services import audit, closings, ledger_updates
from portal.services.actors import Actor
from portal.services.delimited_files import Table
from portal.services.file_problems import BadFile, Problem, Rule
from portal.services.refusals import Conflict
from portal.services.transactions import transaction

from . import corrections
from .parsing import DAY, ParsedRow, parse
from .points import Points
from .rules import InForce, row_problems, says_something_new


@dataclass(frozen=True, slots=True)
class Change:
    """A reading the file brings, beside what was in force before (None: nothing)."""

    point: DeliveryPoint
    gas_day: GasDay
    row: ParsedRow
    before: InForce | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would do: the readings it adds or changes, and how many of its rows say nothing new."""

    changes: tuple[Change, ...]
    unchanged: int

    @property
    def new(self) -> int:
        """How many days had no reading before."""
        return sum(change.before is None for change in self.changes)


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file did. ``already`` is when the same bytes were taken in before, None when they are new."""

    rows: int
    new: int
    changed: int
    unchanged: int
    already: datetime | None = field(default=None)


def preview(session: Session, *, content: bytes, now: datetime) -> Plan:
    """Return what the file would do, writing nothing; ``BadFile`` names every row that breaks a rule."""
    return _plan(session, content, now)


def import_file(
    session: Session,
    *,
    actor: Actor,
    name: str,
    content: bytes,
    now: datetime,
    progress: ledger_updates.Progress | None = None,
) -> Imported:
    """Take in a file of readings, m³ a point and gas day, and bring the account of each touched day up to date.

    All or nothing: ``BadFile`` names every row that breaks a rule. The same bytes a second time change nothing. A
    reading gets a new version only where its value or state changes. ``Conflict`` when another import was faster on
    the same day. ``progress(done, total)`` counts the days of the account that were brought up to date. Commits.
    """
    digest = hashlib.sha256(content).digest()
    try:
        with transaction(session):
            earlier = _earlier(session, digest)
            if earlier is not None:
                return earlier
            return _take_in(session, actor, name, content, digest, now, progress)
    except IntegrityError as error:
        # Two files at once: the loser sees what the winner wrote.
        earlier = _earlier(session, digest)
        session.rollback()
        if earlier is not None:
            return earlier
        raise Conflict("readings-changed") from error


def _take_in(
    session: Session,
    actor: Actor,
    name: str,
    content: bytes,
    digest: bytes,
    now: datetime,
    progress: ledger_updates.Progress | None,
) -> Imported:
    plan = _plan(session, content, now, lock=True)
    rows = len(plan.changes) + plan.unchanged
    batch = ReadingImport(
        file_name=name[-200:], file_hash=digest, rows=rows, imported_at=now, imported_by_id=actor.user_id
    )
    session.add(batch)
    session.flush()
    if plan.changes:
        session.execute(insert(Reading), [_version(change, batch.id, actor, now) for change in plan.changes])
    ledger_updates.rewrite_days(
        session, changes=[(change.point, change.gas_day) for change in plan.changes], progress=progress
    )
    imported = Imported(rows, plan.new, len(plan.changes) - plan.new, plan.unchanged)
    audit.record(
        session,
        event="readings:imported",
        actor=actor,
        now=now,
        subject=name[-120:],
        details={
            "sha256": digest.hex(),
            "rows": rows,
            "new": imported.new,
            "changed": imported.changed,
            "unchanged": imported.unchanged,
        },
    )
    corrections.tell(
        session,
        days=[(c.point, c.gas_day) for c in plan.changes if c.row.state is ReadingState.CORRECTED],
        now=now,
    )
    return imported


def _plan(session: Session, content: bytes, now: datetime, *, lock: bool = False) -> Plan:
    table, rows, problems = parse(content)
    points = Points(session)
    located = [_locate(table, row, points, problems) for row in rows]
    touched: dict[int, list[GasDay]] = defaultdict(list)
    for row, point in zip(rows, located, strict=True):
        if point is not None and row.gas_day is not None:
            touched[point.id].append(row.gas_day)
    if lock:
        points.lock(touched)
    in_force = _in_force(session, touched)
    closed = closings.closed_months(session, delivery_point_ids=touched)
    changes: list[Change] = []
    unchanged = 0
    first_lines: dict[tuple[int, GasDay], int] = {}
    for row, point in zip(rows, located, strict=True):
        if point is None or row.gas_day is None:
            continue
        before = in_force.get((point.id, row.gas_day))
        first_line = first_lines.setdefault((point.id, row.gas_day), row.row.line)
        problems += row_problems(table, row, point, before, now=now, first_line=first_line)
        if says_something_new(row, before):
            frozen = closed.get(point.id)
            if frozen is not None and row.gas_day <= frozen.last:
                problems.append(table.problem(Rule.MONTH_CLOSED, row.row, DAY, fact=frozen.first.isoformat()[:7]))
            changes.append(Change(point, row.gas_day, row, before))
        else:
            unchanged += 1
    if problems:
        raise BadFile(problems)
    return Plan(tuple(changes), unchanged)


def _locate(table: Table, row: ParsedRow, points: Points, problems: list[Problem]) -> DeliveryPoint | None:
    if row.point is None:
        return None
    found = points.find(row.point)
    if isinstance(found, DeliveryPoint):
        return found
    problems.append(table.problem(found.rule, row.row, "delivery point", fact=found.fact))
    return None


def _in_force(session: Session, touched: dict[int, list[GasDay]]) -> dict[tuple[int, GasDay], InForce]:
    """Return the newest version of every touched point and day."""
    found: dict[tuple[int, GasDay], InForce] = {}
    for point_id, days in touched.items():
        rows = session.execute(
            select(Reading.gas_day, Reading.version, Reading.state, Reading.volume_m3)
            .where(Reading.delivery_point_id == point_id, Reading.gas_day.between(min(days), max(days)))
            .order_by(Reading.gas_day, Reading.version)
        )
        for gas_day, version, state, volume in rows:
            found[point_id, gas_day] = InForce(version, state, volume)
    return found


def _version(change: Change, import_id: int, actor: Actor, now: datetime) -> dict[str, object]:
    return {
        "delivery_point_id": change.point.id,
        "gas_day": change.gas_day,
        "version": change.before.version + 1 if change.before else 1,
        "state": change.row.state,
        "volume_m3": change.row.volume,
        "reason": change.row.reason,
        "import_id": import_id,
        "import_line": change.row.row.line,
        "recorded_at": now,
        "recorded_by_id": actor.user_id,
    }


def _earlier(session: Session, digest: bytes) -> Imported | None:
    batch = session.scalars(select(ReadingImport).where(ReadingImport.file_hash == digest)).one_or_none()
    return None if batch is None else Imported(batch.rows, 0, 0, batch.rows, already=batch.imported_at)
