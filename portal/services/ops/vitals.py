"""Vital signs of an installation, read from its database: what waits and since when, who works, what was tried.

For ``/metrics`` and ``portal status``: one statement a subject, each answered by an index or a table of few rows, so
that asking every few seconds costs the same after twelve years.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import case, func, select, text
from sqlalchemy.orm import Session

from portal.domain.jobs import JobState
from portal.domain.keys import KeyKind
from portal.models import Job, KeyAttempt, OutboxMessage, WorkerHeartbeat
from portal.services.mail.delivery import MOST_ATTEMPTS, may_leave

from . import anchors
from .backups import runs
from .heartbeats import SILENT_AFTER

HOUR = timedelta(hours=1)


class Try(NamedTuple):
    """Kind of a key, and how an attempt at it ended."""

    kind: KeyKind
    outcome: str


@dataclass(frozen=True, slots=True)
class Locks:
    """Sessions of the database that wait for a lock, and its deadlocks since its statistics began (PostgreSQL)."""

    waiting: int
    deadlocks: int


@dataclass(frozen=True, slots=True)
class Vitals:
    """State of an installation at a moment; an age is None where there is nothing to be old."""

    # Unsent mails: never tried, failing, given up; how long ago the longest overdue of them was due. A message without
    # a gateway is none of them: no mending of the server makes it leave.
    mails_new: int = 0
    mails_failing: int = 0
    mails_given_up: int = 0
    mail_overdue: timedelta | None = None
    jobs_waiting: int = 0
    jobs_running: int = 0
    job_waits: timedelta | None = None
    workers: int = 0
    worker_silent: timedelta | None = None
    duties_silent: timedelta | None = None
    # Attempts of the last hour.
    attempts: Mapping[Try, int] = field(default_factory=dict)
    anchor_age: timedelta | None = None
    # Last copy of the database by the log, of any host; the folder of this one may hold a newer one.
    copied_at: datetime | None = None
    locks: Locks | None = None


def read(session: Session, *, now: datetime, system_now: datetime) -> Vitals:
    """Return the vital signs; ends the session's transaction.

    ``now`` is a moment of the portal's clock, by which mails, jobs, attempts and anchors are dated; heartbeats follow
    the system's.
    """
    try:
        mails, jobs, beats = _mails(session, now), _jobs(session), _heartbeats(session, system_now)
        tries = session.execute(
            select(KeyAttempt.kind, KeyAttempt.outcome, func.count().label("tries"))
            .where(KeyAttempt.at > now - HOUR)
            .group_by(KeyAttempt.kind, KeyAttempt.outcome)
        ).all()
        anchor = anchors.find_newest(session)
        return Vitals(
            mails_new=mails.new or 0,
            mails_failing=mails.failing or 0,
            mails_given_up=mails.given_up or 0,
            mail_overdue=_age(mails.due_at, now),
            jobs_waiting=jobs.waiting or 0,
            jobs_running=jobs.running or 0,
            job_waits=_age(jobs.oldest_at, now),
            workers=beats.alive or 0,
            worker_silent=_age(beats.seen_at, system_now),
            duties_silent=_age(beats.duty_at, system_now),
            attempts={Try(row.kind, row.outcome): row.tries for row in tries},
            anchor_age=None if anchor is None else _age(anchor.at, now),
            copied_at=runs.find_made_at(session),
            locks=_locks(session),
        )
    finally:
        session.rollback()


class _Mails(NamedTuple):
    new: int | None
    failing: int | None
    given_up: int | None
    due_at: datetime | None


def _mails(session: Session, now: datetime) -> _Mails:
    attempts, due = OutboxMessage.attempts, OutboxMessage.next_attempt_at
    row = session.execute(
        select(
            func.sum(case((attempts == 0, 1), else_=0)).label("new"),
            func.sum(case(((attempts > 0) & (attempts < MOST_ATTEMPTS), 1), else_=0)).label("failing"),
            func.sum(case((attempts >= MOST_ATTEMPTS, 1), else_=0)).label("given_up"),
            func.min(case(((attempts < MOST_ATTEMPTS) & (due <= now), due))).label("due_at"),
        ).where(OutboxMessage.sent_at.is_(None), may_leave())
    ).one()
    return _Mails(row.new, row.failing, row.given_up, row.due_at)


class _Jobs(NamedTuple):
    waiting: int | None
    running: int | None
    oldest_at: datetime | None


def _jobs(session: Session) -> _Jobs:
    waits = Job.state == JobState.WAITING
    row = session.execute(
        select(
            func.sum(case((waits, 1), else_=0)).label("waiting"),
            func.sum(case((Job.state == JobState.RUNNING, 1), else_=0)).label("running"),
            func.min(case((waits, Job.requested_at))).label("oldest_at"),
        ).where(Job.state.in_((JobState.WAITING, JobState.RUNNING)))
    ).one()
    return _Jobs(row.waiting, row.running, row.oldest_at)


class _Heartbeats(NamedTuple):
    alive: int | None
    seen_at: datetime | None
    duty_at: datetime | None


def _heartbeats(session: Session, now: datetime) -> _Heartbeats:
    alive = WorkerHeartbeat.seen_at > now - SILENT_AFTER
    row = session.execute(
        select(
            func.sum(case((alive, 1), else_=0)).label("alive"),
            func.max(WorkerHeartbeat.seen_at).label("seen_at"),
            func.max(WorkerHeartbeat.last_duty_at).label("duty_at"),
        )
    ).one()
    return _Heartbeats(row.alive, row.seen_at, row.duty_at)


_LOCKS = text(
    "SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
    " AS waiting, deadlocks FROM pg_stat_database WHERE datname = current_database()"
)


def _locks(session: Session) -> Locks | None:
    if session.get_bind().dialect.name == "sqlite":
        return None
    row = session.execute(_LOCKS).one()
    return Locks(row.waiting, row.deadlocks)


def _age(moment: datetime | None, now: datetime) -> timedelta | None:
    return None if moment is None else max(now - moment, timedelta())
