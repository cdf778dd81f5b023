"""Counters of attempts: rows locked while they are charged, windows that begin with the first attempt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.attempts import OPEN_FORM, OPEN_FORM_PERIOD, OPEN_FORMS
from portal.models import AttemptCounter
from portal.services.store.acts import Act

from . import hot
from .refusals import TooManyAttempts
from .statements import moment_of
from .transactions import transaction

# Ordered, so that attempts on the same counters lock them in the same order and cannot deadlock.
_LOCKED = (
    select(AttemptCounter)
    .where(tuple_(AttemptCounter.scope, AttemptCounter.subject).in_(bindparam("wanted", expanding=True)))
    .order_by(AttemptCounter.scope, AttemptCounter.subject)
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)


def lock_all(act: Act, *, subjects: Mapping[str, str]) -> dict[str, AttemptCounter]:
    """Return the counter of each (scope, subject), made when missing, locked until the caller's transaction ends."""
    _make_missing(act, subjects)
    found = _select(act.session, subjects)
    return {scope: found[scope] for scope in subjects}


def prepare(act: Act, *, subjects: Mapping[str, str]) -> None:
    """Create the missing counters; commits when there are any."""
    if _missing(act.session, subjects):
        with transaction(act.session):
            _make_missing(act, subjects)


def _make_missing(act: Act, subjects: Mapping[str, str]) -> None:
    """Create the missing counters in their order, before any is locked.

    Who made one holds it. Made after others were locked, it could be one that somebody waits for who holds those.
    """
    session = act.session
    if missing := _missing(session, subjects):
        make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        rows = [
            {"scope": scope, "subject": subject, "count": 0, "window_started_at": act.now, "last_at": act.now}
            for scope, subject in missing
        ]
        session.execute(make(AttemptCounter).values(rows).on_conflict_do_nothing())


def _missing(session: Session, subjects: Mapping[str, str]) -> list[tuple[str, str]]:
    wanted = sorted(subjects.items())
    found = {
        (row.scope, row.subject) for row in hot.select_known_counters(len(wanted)).rows(session, **_named(subjects))
    }
    return [each for each in wanted if each not in found]


def lock_one(act: Act, *, scope: str, subject: str) -> AttemptCounter:
    """Return one counter as ``lock_all`` does."""
    return lock_all(act, subjects={scope: subject})[scope]


def _select(session: Session, subjects: Mapping[str, str]) -> dict[str, AttemptCounter]:
    return {row.scope: row for row in session.scalars(_LOCKED, {"wanted": list(subjects.items())})}


@dataclass(slots=True)
class Tally:
    """A locked counter without the ORM, for charges of every signature; ``write`` stores the changes."""

    scope: str
    subject: str
    count: int
    window_started_at: datetime
    last_at: datetime
    blocked_until: datetime | None
    opened_at: datetime | None


def _named(subjects: Mapping[str, str]) -> dict[str, str]:
    named: dict[str, str] = {}
    for n, (scope, subject) in enumerate(subjects.items()):
        named |= {f"scope_{n}": scope, f"subject_{n}": subject}
    return named


class Missing(Exception):
    """A counter that was asked for does not exist yet: ``prepare`` makes it."""


def lock_tallies(session: Session, *, subjects: Mapping[str, str]) -> dict[str, Tally]:
    """Return the counter of each (scope, subject), locked until the transaction ends; raises ``Missing``."""
    found = {
        row.scope: Tally(
            row.scope,
            row.subject,
            row.count_,
            moment_of(row.window_started_at),
            moment_of(row.last_at),
            _moment(row.blocked_until),
            _moment(row.opened_at),
        )
        for row in hot.select_counters_to_lock(len(subjects)).named(session, hot.CounterRow, **_named(subjects))
    }
    if len(found) < len(subjects):
        raise Missing
    return found


def _moment(value: datetime | str | None) -> datetime | None:
    return None if value is None else moment_of(value)


def write(session: Session, tallied: Iterable[Tally]) -> None:
    """Write changed tallies, inside the transaction that locked them."""
    hot.WRITE_COUNTER.run_many(
        session,
        [
            {
                "the_scope": tally.scope,
                "the_subject": tally.subject,
                "new_count": tally.count,
                "new_window_started_at": tally.window_started_at,
                "new_last_at": tally.last_at,
                "new_blocked_until": tally.blocked_until,
                "new_opened_at": tally.opened_at,
            }
            for tally in tallied
        ],
    )


def roll(counter: AttemptCounter | Tally, *, period: timedelta, now: datetime) -> datetime:
    """Begin a new window when the last one is over; return the end of the present one (aware, UTC)."""
    if now >= counter.window_started_at + period or counter.count == 0:
        counter.count = 0
        counter.window_started_at = now
    return counter.window_started_at + period


def add(counter: AttemptCounter | Tally, *, now: datetime) -> None:
    """Charge one attempt."""
    counter.count += 1
    counter.last_at = now


def take(act: Act, *, scope: str, subject: str, limit: int, period: timedelta) -> bool:
    """Charge one of ``limit`` per ``period``, inside the caller's transaction; False, uncharged, when spent."""
    counter = lock_one(act, scope=scope, subject=subject)
    roll(counter, period=period, now=act.now)
    if counter.count >= limit:
        return False
    add(counter, now=act.now)
    return True


def reset(act: Act, *, scope: str, subject: str) -> None:
    """Begin counting anew, inside the caller's transaction, which holds the counter or takes it now."""
    lock_one(act, scope=scope, subject=subject).count = 0


SCOPE = "open-form"


def charge(session: Session, *, form: str, address: str, now: datetime) -> None:
    """Count one sending of ``form`` (the name of its endpoint) from a network address; commits.

    ``TooManyAttempts``, uncounted, beyond what the form takes in ten minutes.
    """
    with transaction(session):
        counter = lock_one(Act.of_system(session, now), scope=SCOPE, subject=f"{form} {address}")
        ends = roll(counter, period=OPEN_FORM_PERIOD, now=now)
        if counter.count >= OPEN_FORMS.get(form, OPEN_FORM):
            raise TooManyAttempts(ends, open_form=True)
        add(counter, now=now)
