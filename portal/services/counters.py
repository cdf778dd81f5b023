"""Counters of attempts: rows locked while they are charged, windows that begin with the first attempt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.models import AttemptCounter

# Ordered, so that two attempts that touch the same counters lock them in the same order and never wait in a ring.
_LOCKED = (
    select(AttemptCounter)
    .where(tuple_(AttemptCounter.scope, AttemptCounter.subject).in_(bindparam("wanted", expanding=True)))
    .order_by(AttemptCounter.scope, AttemptCounter.subject)
    .with_for_update()
    .execution_options(populate_existing=True)
)


def locked_all(session: Session, *, subjects: Mapping[str, str], now: datetime) -> dict[str, AttemptCounter]:
    """Return the counter of each (scope, subject), made when missing, locked until the caller's transaction ends."""
    found = _select(session, subjects)
    missing = [
        {"scope": scope, "subject": subject, "count": 0, "window_started_at": now, "last_at": now}
        for scope, subject in sorted(subjects.items())
        if scope not in found
    ]
    if missing:
        make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(make(AttemptCounter).values(missing).on_conflict_do_nothing())
        found = _select(session, subjects)
    return {scope: found[scope] for scope in subjects}


def locked(session: Session, *, scope: str, subject: str, now: datetime) -> AttemptCounter:
    """Return one counter as ``locked_all`` does."""
    return locked_all(session, subjects={scope: subject}, now=now)[scope]


def _select(session: Session, subjects: Mapping[str, str]) -> dict[str, AttemptCounter]:
    return {row.scope: row for row in session.scalars(_LOCKED, {"wanted": list(subjects.items())})}


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
