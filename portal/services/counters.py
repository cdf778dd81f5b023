"""Counters of attempts: rows locked while they are charged, windows that begin with the first attempt."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.models import AttemptCounter


def locked(session: Session, *, scope: str, subject: str, now: datetime) -> AttemptCounter:
    """Return the counter of ``subject``, made when missing, locked until the caller's transaction ends.

    Callers lock in one fixed order of scopes, so two of them never wait for each other.
    """
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(
        make(AttemptCounter)
        .values(scope=scope, subject=subject, count=0, window_started_at=now, last_at=now)
        .on_conflict_do_nothing()
    )
    return session.scalars(
        select(AttemptCounter)
        .where(AttemptCounter.scope == scope, AttemptCounter.subject == subject)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def roll(counter: AttemptCounter, *, period: timedelta, now: datetime) -> datetime:
    """Begin a new window when the last one is over; return when the present one ends."""
    if now >= counter.window_started_at + period or counter.count == 0:
        counter.count = 0
        counter.window_started_at = now
    return counter.window_started_at + period


def add(counter: AttemptCounter, *, now: datetime) -> None:
    """Charge one attempt."""
    counter.count += 1
    counter.last_at = now


def take(session: Session, *, scope: str, subject: str, limit: int, period: timedelta, now: datetime) -> bool:
    """Charge one of ``limit`` in each ``period``, inside the caller's transaction; False, uncharged, when spent."""
    counter = locked(session, scope=scope, subject=subject, now=now)
    roll(counter, period=period, now=now)
    if counter.count >= limit:
        return False
    add(counter, now=now)
    return True


def refund(counter: AttemptCounter) -> None:
    """Take one charged attempt back."""
    counter.count = max(0, counter.count - 1)
    counter.blocked_until = None
