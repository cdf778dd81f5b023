"""Many days of one point brought up to date at once: each table is read and written once, whatever they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.models import DeliveryPoint
from portal.services.store.statements import Statement, Stored, day_of

from . import months
from .figures import DayFigures, Totals
from .projection import lock
from .queries import kept_figures
from .recomputer import FIRST, LAST, Recomputer
from .tables import DAYS, INSERT_DAY, POINT, UPDATE_DAY, new

_KEPT = Statement(select(DAYS).where(DAYS.c.delivery_point_id == POINT, DAYS.c.gas_day.between(FIRST, LAST)))
_INSERTED = ("point", "at", *new(dict.fromkeys(DayFigures._fields)))


def rewrite_range(
    session: Session, *, delivery_point: DeliveryPoint, first: GasDay, last: GasDay, recomputer: Recomputer
) -> None:
    """Bring the account of a point up to date for every day from ``first`` to ``last``: as ``rewrite_day`` for each.

    Inside the caller's transaction, after its rows were written. ``recomputer`` remembers heating values: one for all
    the points of an import.
    """
    session.flush()
    point_id = delivery_point.id
    lock(session, point_id)
    right = recomputer.days(delivery_point, first=first.date, last=last.date)
    kept = {
        day_of(row.gas_day): kept_figures(row)
        for row in _KEPT.rows(session, point=point_id, first=first.date, last=last.date)
    }
    changed = {day: figures for day, figures in right.items() if kept.get(day) != figures} if kept else right
    if not changed:
        return
    insert_days(session, delivery_point, {day: figures for day, figures in changed.items() if day not in kept})
    UPDATE_DAY.run_many(
        session,
        ({"point": point_id, "at": day, **new(figures.columns())} for day, figures in changed.items() if day in kept),
    )
    now, before = _by_month(changed), _by_month({day: figures for day, figures in kept.items() if day in changed})
    by = {month: totals.minus(before.get(month, Totals())) for month, totals in now.items()}
    months.change_many(session, delivery_point_id=point_id, by=by)


def _by_month(days: Mapping[date, DayFigures]) -> dict[date, Totals]:
    found: dict[tuple[int, int], list[DayFigures]] = defaultdict(list)
    for day, figures in days.items():
        found[day.year, day.month].append(figures)
    return {date(*month, 1): Totals.sum_of(of_month) for month, of_month in found.items()}


def insert_days(session: Session, point: DeliveryPoint, days: Mapping[date, DayFigures]) -> None:
    """Write the rows of days that have none yet."""
    stored, point_id = Stored(session.connection()), point.id
    INSERT_DAY.run_rows(session, _INSERTED, [(point_id, stored.day(day), *figures) for day, figures in days.items()])
