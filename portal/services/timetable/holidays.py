"""Public holidays of Colombia: rows that staff may edit, extended from the calendar library (adr/0096)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from time import monotonic
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from portal.domain import audit_events
from portal.domain.gas_day import GasDay
from portal.models import AuditEvent, Holiday
from portal.services.store.acts import Act

FIRST_YEAR, LAST_YEAR = 2014, 2035
# Rows are kept for so many years ahead of today.
YEARS_AHEAD = 9
NAME_LENGTH = 80
# The library's word for a holiday that the law moves to the Monday. Nobody here calls such a day otherwise.
_MOVED = " (observado)"
# Longest time that another process may show the holidays from before an edit.
KEPT_SECONDS = 4.0


class Known(dict[date, str]):
    """Holidays by day, read only; ``content`` is equal for the same holidays and quick to hash."""

    def __init__(self, names: Mapping[date, str]) -> None:
        super().__init__(names)
        self.content = frozenset(names.items())


_kept: WeakKeyDictionary[Engine | Connection, tuple[float, Known]] = WeakKeyDictionary()


def read(session: Session, *conditions: ColumnElement[bool]) -> Known:
    """Return the holidays with their names, read from the rows; every term and forecast uses them."""
    rows = session.execute(select(Holiday.day, Holiday.name).where(Holiday.is_observed, *conditions))
    return Known({row.day: row.name.removesuffix(_MOVED) for row in rows})


def list_between(session: Session, *, first: date, last: date) -> Known:
    """Return the holidays from ``first`` to ``last``, both included, with their names."""
    return read(session, Holiday.day.between(first, last))


def load_known(session: Session) -> Known:
    """Return every holiday with its name, from a cache: a change by another process shows within five seconds."""
    bind, now = session.get_bind(), monotonic()
    found = _kept.get(bind)
    if found is None or now - found[0] > KEPT_SECONDS:
        found = _kept[bind] = (now, read(session))
    return found[1]


def forget(session: Session) -> None:
    """Drop the cached holidays after a change, so that the next ``load_known`` reads the rows."""
    _kept.pop(session.get_bind(), None)


def find_last_year(now: datetime) -> int:
    """Return the last year whose holidays are kept."""
    return max(LAST_YEAR, now.year + YEARS_AHEAD)


def find_years(now: datetime) -> tuple[int, int]:
    """Return the first and the last year that the library is asked for."""
    return FIRST_YEAR, find_last_year(now)


def list_dropped(act: Act, *, library: Mapping[date, str]) -> Sequence[Holiday]:
    """Return the coming holidays that the library has dropped and that were not reported yet.

    Holidays added by staff are left out: the library need not know them. Nothing is withdrawn here.
    """
    now = act.now
    rows = act.session.scalars(
        select(Holiday).where(Holiday.is_observed, Holiday.day >= GasDay.of(now).date).order_by(Holiday.day)
    )
    unknown = [row for row in rows if row.day not in library]
    if not unknown:
        return []
    about = select(AuditEvent.subject).where(
        AuditEvent.event.in_([audit_events.AuditEvent.HOLIDAY_ADDED, audit_events.AuditEvent.HOLIDAY_DROPPED]),
        AuditEvent.subject.in_([row.day.isoformat() for row in unknown]),
    )
    settled = set(act.session.scalars(about))
    return [row for row in unknown if row.day.isoformat() not in settled]


def learn(act: Act, *, library: Mapping[date, str]) -> Sequence[date]:
    """Add the holidays of ``library`` that have no row, inside the caller's transaction; return the days to report.

    A day withdrawn by staff has its row and stays withdrawn. The days of a year without any row are not reported: that
    year is simply due. A new day in a year that has rows comes from a new law or decree, and is reported.
    """
    session = act.session
    have = set(session.scalars(select(Holiday.day)))
    years = {day.year for day in have}
    new = sorted(set(library) - have)
    news = [day for day in new if day.year in years]
    session.add_all(
        Holiday(day=day, name=library[day][:NAME_LENGTH], learnt_at=act.now if day.year in years else None)
        for day in new
    )
    session.flush()
    if new:
        forget(session)
    return news
