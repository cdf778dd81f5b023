"""The public holidays of Colombia, seeded into a table that staff may edit (domain.md §8)."""

from __future__ import annotations

from datetime import date

import holidays as calendar_library
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Holiday

FIRST_YEAR, LAST_YEAR = 2014, 2035


def between(session: Session, *, first: date, last: date) -> dict[date, str]:
    """Return the holidays from ``first`` to ``last``, both included, with their names."""
    rows = session.execute(select(Holiday.day, Holiday.name).where(Holiday.day.between(first, last)))
    return {row.day: row.name for row in rows}


def seed(session: Session) -> None:
    """Write the holidays of 2014–2035 when the table is empty, inside the caller's transaction."""
    if session.scalar(select(Holiday.day).limit(1)) is not None:
        return
    known = calendar_library.country_holidays("CO", years=range(FIRST_YEAR, LAST_YEAR + 1), language="es")
    session.add_all(Holiday(day=day, name=name[:80]) for day, name in sorted(known.items()))
