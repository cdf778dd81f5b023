"""Copies on a schedule: taken when due by whichever process comes first, verified, thinned out, told when they fail."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.engine import make_url

from portal.domain.accounts import Function, Role, may
from portal.domain.copies import Retention, list_superfluous, usual_interval
from portal.domain.gas_day import GasDay
from portal.models import User
from portal.services.mail import outbox
from portal.services.ops.limits import Limit
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction

from . import postgresql_dumps, runs, sqlite_copies
from .copies import BadBackup, Kept, list_kept, remove_drafts
from .figures import place_of_note, read_note
from .postgresql_dumps import AlreadyRunning

KIND = "backup-failed"
# Loss is bounded by the interval, so that a copy is begun a little before it is over.
EARLY = timedelta(seconds=30)
AGAIN_AFTER = timedelta(minutes=5)
# Without a schedule here some timer makes copies, perhaps every night.
NIGHTLY = timedelta(days=1)
MOST_SLACK = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Plan:
    """Database that is copied, folder of its copies, how often they are taken and how long they are kept.

    ``every`` is None where no worker takes copies. ``programs`` is the folder of PostgreSQL's, if it was named.
    """

    database_url: str
    folder: Path
    every: timedelta | None
    retention: Retention
    programs: Path | None = None

    @property
    def is_sqlite(self) -> bool:
        """True for a SQLite database."""
        return self.database_url.startswith("sqlite")

    @property
    def is_elsewhere(self) -> bool:
        """True where the server of the database makes its copies, which are not seen from here."""
        return self.every is None and not self.is_sqlite

    @property
    def interval(self) -> timedelta:
        """Age from which a copy is due, also for a timer where no worker takes any."""
        return self.every or usual_interval(is_sqlite=self.is_sqlite)

    @property
    def late_after(self) -> timedelta:
        """Age from which the newest copy is too old: one turn, and two more or two hours for a turn that failed."""
        turn = self.every or NIGHTLY
        return turn + min(2 * turn, MOST_SLACK)

    @property
    def critical_after(self) -> timedelta:
        """Age from which one more turn was missed."""
        return self.late_after + (self.every or NIGHTLY)

    @property
    def limit(self) -> Limit:
        """Limit of the age of the newest copy, in seconds."""
        return Limit(self.late_after.total_seconds(), self.critical_after.total_seconds())


@dataclass(frozen=True, slots=True)
class Taken:
    """A copy that was taken and verified, and how many older ones were removed."""

    path: Path
    bytes: int
    rows: int
    removed: int


def is_late(plan: Plan, newest_at: datetime | None, *, now: datetime) -> bool:
    """Tell whether the newest copy is too old, or there is none."""
    return newest_at is None or newest_at < now - plan.late_after


def newest_of(kept: Sequence[Kept], logged_at: datetime | None) -> datetime | None:
    """Return the moment of the newest copy, of those in a folder (newest first) and the last of any host by the log."""
    moments = [*(copy.made_at for copy in kept[:1]), *([logged_at] if logged_at else [])]
    return max(moments, default=None)


def take(act: Act, plan: Plan) -> Taken:
    """Take a copy now, verify it, record it and thin out the older ones; commits.

    ``BadBackup`` when it cannot be taken, which is recorded and mailed; ``AlreadyRunning`` while another process does.
    """
    with _alone(plan.folder):
        return _take(act, plan)


def take_due(act: Act, plan: Plan) -> Taken | None:
    """Take a copy if one is due, as ``take``; None when there is a recent one, or another process is at it."""
    if not _is_due(act, plan):
        return None
    try:
        with _alone(plan.folder):
            # Another process may have taken it since.
            return _take(act, plan) if _is_due(act, plan) else None
    except AlreadyRunning:
        return None


def _is_due(act: Act, plan: Plan) -> bool:
    newest = runs.find_newest(act.session)
    newest_at = newest_of(list_kept(plan.folder), newest.made_at)
    act.session.rollback()
    every, failed = plan.interval, newest.failed
    if newest_at is not None and newest_at > act.now - every + min(EARLY, every / 10):
        return False
    just_failed = failed is not None and failed.ended_at > act.now - min(AGAIN_AFTER, every)
    return newest.problem is None or not just_failed


def _take(act: Act, plan: Plan) -> Taken:
    # The copy reads by a connection of its own.
    act.session.rollback()
    try:
        path = copy(plan, now=act.now)
    except (BadBackup, OSError) as error:
        _tell(act, str(error))
        raise BadBackup(str(error)) from error
    note = read_note(path)
    taken = Taken(path, path.stat().st_size, note.total if note else 0, remove_superfluous(plan, now=act.now))
    runs.record(
        Act.of_system(act.session, max(act.now, act.clock())),
        began_at=act.now,
        file_name=path.name,
        size=taken.bytes,
        rows=taken.rows,
    )
    return taken


def copy(plan: Plan, *, now: datetime, purpose: str = "") -> Path:
    """Copy the database of the plan and return the path; nothing is recorded or removed. ``BadBackup``."""
    if plan.is_sqlite:
        database = find_database_file(plan.database_url)
        if database is None:
            raise BadBackup("a database in memory cannot be copied")
        try:
            return sqlite_copies.create(database=database, folder=plan.folder, now=now, purpose=purpose)
        except sqlite3.Error as error:
            raise BadBackup(f"the database cannot be copied now: {error}") from error
    return postgresql_dumps.create(
        url=plan.database_url, folder=plan.folder, now=now, programs=plan.programs, purpose=purpose
    )


def find_database_file(url: str) -> Path | None:
    """Return the file of a SQLite database, None for PostgreSQL."""
    parsed = make_url(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


def remove_superfluous(plan: Plan, *, now: datetime) -> int:
    """Remove the copies that the retention gives up, each with its note; return how many.

    One that was taken before an upgrade or a restore is kept as long as one of a day.
    """
    since = now - timedelta(days=plan.retention.days)
    kept = [each for each in list_kept(plan.folder) if "-before-" not in each.name or each.made_at <= since]
    superfluous = list_superfluous(kept, retention=plan.retention, now=now, made_at=_moment)
    for each in superfluous:
        path = plan.folder / each.name
        path.unlink(missing_ok=True)
        place_of_note(path).unlink(missing_ok=True)
    return len(superfluous)


def _moment(kept: Kept) -> datetime:
    return kept.made_at


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder against the other processes of this host; the lock ends with the process that holds it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning from error
        remove_drafts(folder)
        yield
    finally:
        os.close(lock)


def _tell(act: Act, problem: str) -> None:
    """Record a failure, and mail it to the administrators once a day."""
    session = act.session
    runs.record(act, began_at=act.now, problem=problem)
    day = GasDay.of(act.now)
    recipients = session.scalars(
        select(User.email).where(
            User.role.in_([role for role in Role if may(role, Function.ADMINISTER)]), User.disabled_at.is_(None)
        )
    ).all()
    with transaction(session):
        for recipient in recipients:
            key = f"{KIND}:{day.isoformat()}:{recipient}"
            if not outbox.was_posted(session, dedup_key=key):
                body = BODY.format(problem=problem)
                outbox.post(act, kind=KIND, recipient=recipient, subject=SUBJECT, body=body, dedup_key=key)


SUBJECT = "No se pudo copiar la base de datos del portal"
BODY = (
    "La copia programada de la base de datos no se pudo hacer.\n\n{problem}\n\n"
    "El portal sigue atendiendo y lo intenta de nuevo; las copias anteriores siguen donde estaban. "
    "Este aviso sale una vez al día. En el servidor, portal doctor dice qué hacer.\n"
)
