"""Counters of attempts: rows locked while they are charged, windows that begin with the first attempt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import and_, bindparam, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.models import AttemptCounter

from .statements import Statement, moment_of

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


@dataclass(slots=True)
class Tally:
    """A locked counter without the ORM, for what is charged with every signature; ``write`` keeps what was changed."""

    scope: str
    subject: str
    count: int
    window_started_at: datetime
    last_at: datetime
    blocked_until: datetime | None
    opened_at: datetime | None


_COLUMNS = [AttemptCounter.__table__.c[name] for name in Tally.__slots__]
_WRITE = Statement(
    update(AttemptCounter)
    .where(AttemptCounter.scope == bindparam("the_scope"), AttemptCounter.subject == bindparam("the_subject"))
    .values({column: bindparam(f"new_{column.name}") for column in _COLUMNS if not column.primary_key})
)


@cache
def _tallied(how_many: int) -> Statement:
    these = [
        and_(AttemptCounter.scope == bindparam(f"scope_{n}"), AttemptCounter.subject == bindparam(f"subject_{n}"))
        for n in range(how_many)
    ]
    ordered = select(*_COLUMNS).where(or_(*these)).order_by(AttemptCounter.scope, AttemptCounter.subject)
    return Statement(ordered.with_for_update())


def tallies(session: Session, *, subjects: Mapping[str, str], now: datetime) -> dict[str, Tally]:
    """Return the counter of each (scope, subject), made when missing and locked, as ``locked_all`` does."""
    found = _read(session, subjects)
    if len(found) < len(subjects):
        locked_all(session, subjects=subjects, now=now)
        found = _read(session, subjects)
    return found


def _read(session: Session, subjects: Mapping[str, str]) -> dict[str, Tally]:
    wanted: dict[str, str] = {}
    for n, (scope, subject) in enumerate(subjects.items()):
        wanted |= {f"scope_{n}": scope, f"subject_{n}": subject}
    return {
        scope: Tally(scope, subject, count, moment_of(began), moment_of(last), _moment(blocked), _moment(opened))
        for scope, subject, count, began, last, blocked, opened in _tallied(len(subjects)).tuples(session, **wanted)
    }


def _moment(value: datetime | str | None) -> datetime | None:
    return None if value is None else moment_of(value)


def write(session: Session, tallied: Iterable[Tally]) -> None:
    """Write tallies that were changed, inside the transaction that locked them."""
    _WRITE.run_many(
        session,
        [
            {"the_scope": tally.scope, "the_subject": tally.subject}
            | {f"new_{name}": value for name, value in asdict(tally).items()}
            for tally in tallied
        ],
    )


def roll(counter: AttemptCounter | Tally, *, period: timedelta, now: datetime) -> datetime:
    """Begin a new window when the last one is over; return when the present one ends."""
    if now >= counter.window_started_at + period or counter.count == 0:
        counter.count = 0
        counter.window_started_at = now
    return counter.window_started_at + period


def add(counter: AttemptCounter | Tally, *, now: datetime) -> None:
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
