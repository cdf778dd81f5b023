"""A file of readings taken in: all of it or nothing, each row against what is already known.

Source: docs/rules.md, "Readings".
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, BinaryIO

from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.readings import ReadingState
from portal.models import Base, DeliveryPoint, Reading, ReadingImport
from portal.services.files.delimited_files import read_table
from portal.services.files.questions import NOTHING_KNOWN, Answers
from portal.services.files.sheet_tables import UPLOAD, Limits, Seen, Table
from portal.services.files.workbook_files import read_any
from portal.services.ledger import updates
from portal.services.store.actors import Actor
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.refusals import Conflict
from portal.services.store.statements import Statement, Stored
from portal.services.store.transactions import transaction
from portal.services.trace import audit, row_seals

from . import corrections
from .fingerprints import Fingerprint
from .intake import Change, Intake, Progress
from .shapes import COLUMNS, POINT

# A preview shows so many changes; it counts all.
MOST_SHOWN = 50_000

_WRITTEN = (
    "delivery_point_id",
    "gas_day",
    "version",
    "state",
    "volume_m3",
    "reason",
    "import_id",
    "import_line",
    "recorded_at",
    "recorded_by_id",
)
_TABLE = Base.metadata.tables[Reading.__tablename__]
_INSERT = Statement(insert(_TABLE).values({_TABLE.c[name]: bindparam(f"new_{name}") for name in _WRITTEN}))
_NAMES = tuple([f"new_{name}" for name in _WRITTEN])


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would do: the readings it adds, those it changes, and how many of its rows say nothing new.

    ``changes`` holds the first 50,000 of the former two, ``fingerprint`` tells all of them from any others. ``already``
    is when the same bytes were taken in before.
    """

    changes: tuple[Change, ...]
    new: int
    changed: int
    unchanged: int
    fingerprint: str = field(default="")
    already: datetime | None = field(default=None)
    seen: Seen = field(default_factory=Seen)


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file did. ``already`` is when the same bytes were taken in before, None when they are new."""

    rows: int
    new: int
    changed: int
    unchanged: int
    already: datetime | None = field(default=None)
    seen: Seen = field(default_factory=Seen, compare=False)


@dataclass(frozen=True, slots=True)
class Told:
    """Who hears how far an import is: rows read, then days of accounts brought up to date, each (done, total)."""

    rows: Progress | None = None
    days: Progress | None = None


def preview(
    session: Session,
    *,
    content: bytes | BinaryIO,
    now: datetime,
    role: Role | None = None,
    limits: Limits = UPLOAD,
    answers: Answers = NOTHING_KNOWN,
) -> Plan:
    """Return what the file would do in the hands of ``role`` (None: the system), writing nothing.

    ``BadFile`` names every row that breaks a rule, ``Unanswered`` what has to be asked first.
    """
    table = table_of(content, limits=limits, answers=answers)
    intake = Intake(session, table, now=now, lock=False, role=role)
    shown: list[Change] = []
    fingerprint = Fingerprint()
    for changes in intake.changes():
        shown += changes[: MOST_SHOWN - len(shown)]
        fingerprint.add(changes)
    earlier = _earlier(session, table)
    return Plan(
        tuple(shown),
        intake.new,
        intake.changed,
        intake.unchanged,
        fingerprint.text,
        None if earlier is None else earlier.already,
        table.seen,
    )


def import_file(
    session: Session,
    *,
    actor: Actor,
    name: str,
    content: bytes | BinaryIO,
    now: datetime,
    limits: Limits = UPLOAD,
    told: Told | None = None,
    answers: Answers = NOTHING_KNOWN,
) -> Imported:
    """Take in a file of readings, m³ a point and gas day, and bring the account of each touched day up to date.

    All or nothing: ``BadFile`` names every row that breaks a rule, ``Unanswered`` what ``answers`` lacks. The same
    bytes a second time change nothing. A
    reading gets a new version only where its value or state changes. ``Conflict`` when another import was faster on
    the same day. A file of any length is read in parts, in memory that does not grow with it. Commits.
    """
    table = table_of(content, limits=limits, answers=answers)
    try:
        with transaction(session):
            return take_in(session, actor=actor, name=name, table=table, now=now, told=told)
    except IntegrityError as error:
        # Two files at once: the loser sees what the winner wrote.
        earlier = _earlier(session, table)
        session.rollback()
        if earlier is not None:
            return earlier
        with meaning_of_constraints():
            raise error


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Let the garbage collector look less often: rows come and go by the million, and none of them is a cycle.

    It took a quarter of the time of a large import.
    """
    usual = gc.get_threshold()
    gc.set_threshold(max(usual[0], 200_000), *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def table_of(content: bytes | BinaryIO, *, limits: Limits = UPLOAD, answers: Answers = NOTHING_KNOWN) -> Table:
    """Return a file of readings as a table: text or, given as bytes, a workbook; ``BadFile`` when it is neither."""
    if isinstance(content, bytes):
        return read_any(content, COLUMNS, limits=limits, listed=POINT, answers=answers)
    return read_table(content, COLUMNS, limits=limits, listed=POINT, answers=answers)


def take_in(
    session: Session,
    *,
    actor: Actor,
    name: str,
    table: Table,
    now: datetime,
    told: Told | None = None,
    shown: str | None = None,
) -> Imported:
    """Do what ``import_file`` does, inside the caller's transaction.

    ``Conflict`` when ``shown``, the fingerprint of a preview, is of other changes than these.
    """
    earlier = _earlier(session, table)
    if earlier is not None:
        return earlier
    with _seldom_collected():
        return _take_in(session, actor, name, table, now, told or Told(), shown)


def _take_in(
    session: Session, actor: Actor, name: str, table: Table, now: datetime, told: Told, shown: str | None
) -> Imported:
    fingerprint = Fingerprint()
    intake = Intake(session, table, now=now, lock=True, role=actor.role)
    batch = ReadingImport(
        file_name=name[-200:],
        file_hash=table.digest,
        rows=table.length,
        imported_at=now,
        imported_by_id=actor.user_id,
    )
    session.add(batch)
    session.flush()
    written = _Written(session, batch.id, actor, now)
    for changes in intake.changes(progress=told.rows):
        # The rest of a bad file is looked at as well, but no longer written.
        if intake.is_sound:
            written.write(changes)
            if shown is not None:
                fingerprint.add(changes)
    if shown is not None and shown != fingerprint.text:
        raise Conflict("readings-changed")
    updates.rewrite_days(session, changed=written.days, progress=told.days)
    audit.record(
        session,
        event="readings:imported",
        actor=actor,
        now=now,
        subject=name[-120:],
        details={
            "sha256": table.digest.hex(),
            "rows": table.length,
            "new": intake.new,
            "changed": intake.changed,
            "unchanged": intake.unchanged,
            row_seals.DETAIL: row_seals.of_import(session, import_id=batch.id),
        },
    )
    written.corrected.tell(session, now=now)
    return Imported(table.length, intake.new, intake.changed, intake.unchanged, seen=table.seen)


class _Written:
    """Writes versions of readings, and remembers what follows from them."""

    def __init__(self, session: Session, import_id: int, actor: Actor, now: datetime) -> None:
        self.days = updates.ChangedDays()
        self.corrected = corrections.CorrectedDays()
        self._session = session
        self._stored = Stored(session.connection())
        self._import_id = import_id
        self._recorded = (self._stored.moment(now), actor.user_id)

    def write(self, changes: Iterable[Change]) -> None:
        """Add a version for each change."""
        by_point: dict[int, tuple[DeliveryPoint, list[date]]] = {}
        rows: list[tuple[Any, ...]] = []
        stored_day, (recorded_at, recorded_by) = self._stored.day, self._recorded
        for place, gas_day, row, before in changes:
            day, state = gas_day.date, row.state
            by_point.setdefault(place.row_id, (place.point, []))[1].append(day)
            if state is ReadingState.CORRECTED:
                self.corrected.add(place.point, day)
            rows.append(
                (
                    place.row_id,
                    stored_day(day),
                    1 if before is None else before.version + 1,
                    state,
                    row.micro,
                    row.reason,
                    self._import_id,
                    row.row.line,
                    recorded_at,
                    recorded_by,
                )
            )
        _INSERT.run_rows(self._session, _NAMES, rows)
        for point, days in by_point.values():
            self.days.add(point, days)


def _earlier(session: Session, table: Table) -> Imported | None:
    batch = session.scalars(select(ReadingImport).where(ReadingImport.file_hash == table.digest)).one_or_none()
    return None if batch is None else Imported(batch.rows, 0, 0, batch.rows, already=batch.imported_at)
