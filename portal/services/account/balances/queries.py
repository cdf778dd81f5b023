"""Rows behind a sheet, in one unit, as stored (millionths)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.domain.gas_day import Month
from portal.domain.quantities import Unit
from portal.services.store.statements import day_of

from . import hot

# With more concurrent writers than this on a month of a point, days and opening may be of different moments.
ATTEMPTS = 5


class Stamp(NamedTuple):
    """A month's row, or that of the latest month before it: everything behind a sheet of the month besides its days.

    Any change of a day changes ``revision`` here, so that equal stamps mean equal sheets.
    """

    month: date
    revision: int
    opening: int
    closing: int
    nominated: int
    authorised: int
    consumed: int
    imbalance: int
    adjustment: int
    measured_days: int
    measured_before: int


class DayRow(NamedTuple):
    """A day of the projection; ``revision`` is that of its month at the moment of reading.

    ``judged_due`` and ``judged_consumed`` are in the unit in which the contract's tolerance is judged.
    """

    day: date
    nominated: int | None
    authorised: int | None
    consumed: int | None
    adjustment: int
    reading_state: str | None
    cut_reason: str | None
    heating_value: int | None
    heating_value_provisional: bool
    judged_due: int | None
    judged_consumed: int | None
    revision: int

    @property
    def has_figures(self) -> bool:
        """True if the day has a quantity or an adjustment."""
        return bool(self.adjustment) or (self.nominated, self.authorised, self.consumed) != (None, None, None)


_NONE: Sequence[hot.DayColumns] = ()


def find_stamp(session: Session, *, delivery_point_id: int, unit: Unit, month: Month) -> Stamp | None:
    """Return the stamp of a month; None when the point has no figures in it or before it."""
    row = hot.STAMPS[unit].first(session, point=delivery_point_id, first=month.first.date)
    return None if row is None else Stamp(**{**row._asdict(), "month": day_of(row.month)})


def list_month_rows(
    session: Session, *, delivery_point_id: int, unit: Unit, judged: Unit, month: Month, stamped: Stamp | None
) -> tuple[Stamp | None, list[DayRow]]:
    """Return the days of a month with figures, and their stamp.

    ``stamped`` is tried first. When a write fell between the two queries, both run again: that happens on
    PostgreSQL only, as a transaction of SQLite reads one moment.
    """
    known, rows = stamped, _NONE
    for _ in range(ATTEMPTS):
        known = known or find_stamp(session, delivery_point_id=delivery_point_id, unit=unit, month=month)
        rows = hot.DAYS[unit, judged].named(
            session, hot.DayColumns, point=delivery_point_id, first=month.first.date, last=month.last.date
        )
        of_rows = rows[0].revision if rows else None
        if of_rows == (known.revision if known is not None and known.month == month.first.date else None):
            break
        known = None
    return known, [_day(row) for row in rows]


def _day(row: hot.DayColumns) -> DayRow:
    return DayRow(
        day_of(row.day),
        row.nominated,
        row.authorised,
        row.consumed,
        row.adjustment,
        row.reading_state,
        row.cut_reason,
        row.heating_value,
        row.heating_value_provisional,
        row.judged_due,
        row.judged_consumed,
        row.revision,
    )
