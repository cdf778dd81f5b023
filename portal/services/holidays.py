"""The public holidays of Colombia, seeded into a table that staff may edit (domain.md §8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from time import monotonic
from weakref import WeakKeyDictionary

import holidays as calendar_library
from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session

from portal.models import Holiday

FIRST_YEAR, LAST_YEAR = 2014, 2035
# How long a process may show holidays as they were before staff edited them.
KEPT_SECONDS = 300.0


class Known(dict[date, str]):
    """The holidays by day, read only; equal ``content`` means the same holidays, and is quick to hash."""

    def __init__(self, names: Mapping[date, str]) -> None:
        super().__init__(names)
        self.content = frozenset(names.items())


_kept: WeakKeyDictionary[Engine | Connection, tuple[float, Known]] = WeakKeyDictionary()


def between(session: Session, *, first: date, last: date) -> dict[date, str]:
    """Return the holidays from ``first`` to ``last``, both included, with their names."""
    rows = session.execute(select(Holiday.day, Holiday.name).where(Holiday.day.between(first, last)))
    return {row.day: row.name for row in rows}


def known(session: Session) -> Known:
    """Return every holiday with its name, as of at most five minutes ago: for pages that only mark them."""
    bind, now = session.get_bind(), monotonic()
    found = _kept.get(bind)
    if found is None or now - found[0] > KEPT_SECONDS:
        names = {row.day: row.name for row in session.execute(select(Holiday.day, Holiday.name))}
        found = _kept[bind] = (now, Known(names))
    return found[1]


def seed(session: Session) -> None:
    """Write the holidays of 2014–2035 when the table is empty, inside the caller's transaction."""
    if session.scalar(select(Holiday.day).limit(1)) is not None:
        return
    known = calendar_library.country_holidays("CO", years=range(FIRST_YEAR, LAST_YEAR + 1), language="es")
    session.add_all(Holiday(day=day, name=name[:80]) for day, name in sorted(known.items()))
