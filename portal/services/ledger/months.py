"""Changes of months by differences, rolled into every later month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from portal.services.store.statements import day_of

from . import hot
from .figures import BEGINNING, LastMeasured, MonthChange, MonthFigures, Totals
from .tables import name_parameters


def change(
    session: Session, *, delivery_point_id: int, month: date, change: MonthChange, latest: Row[*tuple[Any, ...]]
) -> None:
    """Change the month that begins on ``month``, and roll the difference into the later ones with one UPDATE.

    ``latest`` has the columns of the last month up to it (``queries.Stands``). Creates the row if needed: it opens
    where the latest earlier one closed. Months without rows stay without.
    """
    had = None if latest.month_month is None else _figures(latest, "month_")
    if had is not None and day_of(latest.month_month) == month:
        values = name_parameters({**had.changed(change).columns(), "revision": latest.month_revision + 1})
        hot.UPDATE_MONTH.run(session, point=delivery_point_id, at=month, **values)
    else:
        before = BEGINNING if had is None else had
        values = name_parameters({**before.following(Totals()).changed(change).columns(), "revision": 1})
        hot.INSERT_MONTH.run(session, point=delivery_point_id, at=month, **values)
    by_m3, by_mbtu = change.by.movement
    if by_m3 or by_mbtu or change.by.measured_days:
        by_what = {"by_m3": by_m3, "by_mbtu": by_mbtu, "by_days": change.by.measured_days}
        hot.ROLL.run(session, point=delivery_point_id, at=month, **by_what)


def change_many(session: Session, *, delivery_point_id: int, changes: Mapping[date, MonthChange]) -> None:
    """Add a difference to each of several months, as ``change``; read and write every later month once."""
    first = min(changes)
    earlier = hot.LATEST.first(session, point=delivery_point_id, at=first)
    kept = {day_of(row.month): row for row in hot.AFTER.rows(session, point=delivery_point_id, at=first)}
    before = BEGINNING
    if earlier is not None and day_of(earlier.month) == first:
        kept[first] = earlier
        before = _figures(earlier)
        # Compared with the row's own opening.
        before = MonthFigures(Totals(), before.opening_m3, before.opening_mbtu, before.measured_before)
    elif earlier is not None:
        before = _figures(earlier)
    made: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for month in sorted(kept.keys() | changes.keys()):
        row = kept.get(month)
        had = None if row is None else _figures(row)
        right = had or MonthFigures(Totals())
        if month in changes:
            right = right.changed(changes[month])
        before = before.following(right.totals, right.last, right.strain)
        if row is None or month in changes or had != before:
            revision = 1 if row is None else row.revision + 1
            (made if row is None else changed).append(
                {"point": delivery_point_id, "at": month, **name_parameters({**before.columns(), "revision": revision})}
            )
    hot.INSERT_MONTH.run_many(session, made)
    hot.UPDATE_MONTH.run_many(session, changed)


def _figures(row: Row[*tuple[Any, ...]], prefix: str = "") -> MonthFigures:
    """Return the figures of a row that has the columns of ``monthly_balances``, each with ``prefix``."""

    def of(name: str) -> Any:
        return getattr(row, f"{prefix}{name}")

    totals = Totals(*[of(name) for name in Totals._fields])
    last = None
    if of("last_measured_on") is not None:
        last = LastMeasured(day_of(of("last_measured_on")), of("last_imbalance_m3"), of("last_imbalance_mbtu"))
    return MonthFigures(totals, of("opening_m3"), of("opening_mbtu"), of("measured_before"), last, of("strain"))
