"""Leases of jobs: claimed for half a minute at a time, renewed while the work goes on, free when it ends."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType

import structlog
from sqlalchemy import Engine, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.models import JobLease
from portal.models.engine import WRITES
from portal.services.store.transactions import transaction

log = structlog.get_logger(__name__)
LEASE = timedelta(seconds=30)
RENEW_SECONDS = 8.0
# A job whose worker died so often is given up: the job may be the cause.
MOST_ATTEMPTS = 3

# Leases follow the system's clock: PORTAL_NOW may stand still.
Clock = Callable[[], datetime]


def make_claim() -> str:
    """Return a unique name for one attempt of this process."""
    return f"{socket.gethostname()[:200]}:{os.getpid()}:{secrets.token_hex(8)}"


def is_free(lease: JobLease | None, *, at: datetime) -> bool:
    """Tell whether a lease is free: never claimed, given back, expired, or of an ended process of this host."""
    if lease is None or lease.claimed_by is None or lease.claimed_until is None or lease.claimed_until < at:
        return True
    host, pid, _ = lease.claimed_by.rsplit(":", 2)
    return host == socket.gethostname()[:200] and not _lives(int(pid))


def take(session: Session, *, job_id: int, claim: str, at: datetime) -> JobLease | None:
    """Claim a job whose row the caller holds; None if it is claimed already. ``attempts`` counts this one."""
    lease = session.get(JobLease, job_id, populate_existing=True)
    if not is_free(lease, at=at):
        return None
    if lease is None:
        lease = JobLease(job_id=job_id, attempts=0, stage_done=0, stage_total=0)
        session.add(lease)
    lease.attempts += 1
    lease.claimed_by, lease.claimed_until, lease.stage = claim, at + LEASE, None
    session.flush()
    return lease


def is_held(session: Session, *, job_id: int, claim: str) -> bool:
    """Tell whether the attempt still holds the lease; called under the job's lock."""
    lease = session.get(JobLease, job_id, populate_existing=True)
    return lease is not None and lease.claimed_by == claim


def end(session: Session, *, job_id: int) -> None:
    """Free the job inside the caller's transaction, which ended it."""
    session.execute(
        update(JobLease).where(JobLease.job_id == job_id).values(claimed_by=None, claimed_until=None, stage=None)
    )


def begin_anew(session: Session, *, job_id: int) -> None:
    """Forget the attempts at a job, inside the caller's transaction, which lets it wait again."""
    session.execute(
        update(JobLease).where(JobLease.job_id == job_id).values(attempts=0, claimed_by=None, claimed_until=None)
    )


def give_back(session: Session, *, job_id: int, claim: str) -> None:
    """Return the job to the queue without counting this attempt: the worker was stopped, or the database was away.

    Commits. Without a database the lease expires by itself, and the attempt counts.
    """
    row = update(JobLease).where(JobLease.job_id == job_id, JobLease.claimed_by == claim)
    try:
        with transaction(session):
            session.execute(row.values(claimed_by=None, claimed_until=None, attempts=JobLease.attempts - 1))
    except SQLAlchemyError as error:
        log.warning("job not given back", job_id=job_id, error=type(error).__name__)


class Renewal:
    """Renews a claim while the block runs, from a thread with a connection of its own."""

    def __init__(self, engine: Engine, *, job_id: int, claim: str, clock: Clock) -> None:
        self._engine = engine
        self._row = update(JobLease).where(JobLease.job_id == job_id, JobLease.claimed_by == claim)
        self._clock = clock
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)

    def __enter__(self) -> Renewal:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _renew(self) -> None:
        while not self._over.wait(RENEW_SECONDS):
            try:
                with self._engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
                    connection.execute(self._row.values(claimed_until=self._clock() + LEASE))
            except SQLAlchemyError as error:
                # On SQLite the job's own transaction holds the write lock, so nobody else can claim either.
                log.debug("lease not renewed", error=type(error).__name__)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Tell whether the process is dead and only not yet reaped by its parent."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        return stat.rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False
