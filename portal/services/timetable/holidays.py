"""The public holidays of Colombia: rows that staff may edit, and what the calendar library newly knows (adr/0096)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from time import monotonic
from weakref import WeakKeyDictionary

import holidays as calendar_library
from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from portal.domain import audit_events
from portal.domain.gas_day import GasDay
from portal.models import AuditEvent, Holiday
from portal.services.store.acts import Act

FIRST_YEAR, LAST_YEAR = 2014, 2035
# So many years ahead of today there are always holidays.
YEARS_AHEAD = 9
NAME_LENGTH = 80
# How long another process may show holidays as they were before staff edited them.
KEPT_SECONDS = 60.0


class Known(dict[date, str]):
    """The holidays by day, read only; equal ``content`` means the same holidays, and is quick to hash."""

    def __init__(self, names: Mapping[date, str]) -> None:
        super().__init__(names)
        self.content = frozenset(names.items())


_kept: WeakKeyDictionary[Engine | Connection, tuple[float, Known]] = WeakKeyDictionary()


def read(session: Session, *conditions: ColumnElement[bool]) -> Known:
    """Return the holidays with their names as the rows have them now: every term and forecast follows from these."""
    rows = session.execute(select(Holiday.day, Holiday.name).where(Holiday.is_observed, *conditions))
    return Known({row.day: row.name for row in rows})


def between(session: Session, *, first: date, last: date) -> Known:
    """Return the holidays from ``first`` to ``last``, both included, with their names."""
    return read(session, Holiday.day.between(first, last))


def known(session: Session) -> Known:
    """Return every holiday with its name; a change in another process shows within a minute."""
    bind, now = session.get_bind(), monotonic()
    found = _kept.get(bind)
    if found is None or now - found[0] > KEPT_SECONDS:
        found = _kept[bind] = (now, read(session))
    return found[1]


def forget(session: Session) -> None:
    """Let the next ``known`` read the rows again: after a change."""
    _kept.pop(session.get_bind(), None)


def last_year(now: datetime) -> int:
    """Return the last year whose holidays are kept."""
    return max(LAST_YEAR, now.year + YEARS_AHEAD)


def dropped(act: Act) -> Sequence[Holiday]:
    """Return the holidays to come that the library does not know any more and nobody was told of.

    Those that staff added are theirs: no library need know them. Nothing is withdrawn by itself.
    """
    now = act.now
    names = calendar_library.country_holidays("CO", years=range(now.year, last_year(now) + 1), language="es")
    rows = act.session.scalars(
        select(Holiday).where(Holiday.is_observed, Holiday.day >= GasDay.of(now).date).order_by(Holiday.day)
    )
    unknown = [row for row in rows if row.day not in names]
    if not unknown:
        return []
    about = select(AuditEvent.subject).where(
        AuditEvent.event.in_([audit_events.AuditEvent.HOLIDAY_ADDED, audit_events.AuditEvent.HOLIDAY_DROPPED]),
        AuditEvent.subject.in_([row.day.isoformat() for row in unknown]),
    )
    settled = set(act.session.scalars(about))
    return [row for row in unknown if row.day.isoformat() not in settled]


def learn(act: Act) -> Sequence[date]:
    """Add what the library knows and no row says, inside the caller's transaction; return the days to be told of.

    A day that staff withdrew has its row and stays withdrawn. Of a year that had no row at all nobody is told: its
    turn had come. A day in a year that had rows is news, of a new law or decree.
    """
    session = act.session
    have = set(session.scalars(select(Holiday.day)))
    years = {day.year for day in have}
    names = calendar_library.country_holidays("CO", years=range(FIRST_YEAR, last_year(act.now) + 1), language="es")
    new = sorted(set(names) - have)
    news = [day for day in new if day.year in years]
    session.add_all(
        Holiday(day=day, name=names[day][:NAME_LENGTH], learnt_at=act.now if day.year in years else None) for day in new
    )
    session.flush()
    if new:
        forget(session)
    return news
