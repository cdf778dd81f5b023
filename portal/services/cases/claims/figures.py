"""The figures of a day that a claim is about, as they are in force."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from portal.domain.balance import imbalance
from portal.domain.gas_day import GasDay
from portal.domain.nominations import CutReason
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import ReadingState
from portal.models import DailyBalance


class DayFigures(NamedTuple):
    """A day in one unit; None is "not there". ``imbalance`` is positive for gas not taken, None without a reading."""

    nominated: Quantity | None
    authorised: Quantity | None
    consumed: Quantity | None
    imbalance: Quantity | None
    reading_state: ReadingState | None
    cut_reason: CutReason | None


NONE = DayFigures(None, None, None, None, None, None)
COLUMNS = (
    DailyBalance.nominated_m3,
    DailyBalance.nominated_mbtu,
    DailyBalance.authorised_m3,
    DailyBalance.authorised_mbtu,
    DailyBalance.consumed_m3,
    DailyBalance.consumed_mbtu,
    DailyBalance.reading_state,
    DailyBalance.cut_reason,
)
_DAY = select(*COLUMNS).where(
    DailyBalance.delivery_point_id == bindparam("point"), DailyBalance.gas_day == bindparam("day")
)


def day_figures(session: Session, *, delivery_point_id: int, gas_day: GasDay, unit: Unit) -> DayFigures:
    """Return the figures of a day in ``unit``; all None when it has none."""
    row = session.execute(_DAY, {"point": delivery_point_id, "day": gas_day}).one_or_none()
    return NONE if row is None else figures_of(row, unit)


def figures_of(row: Row[*tuple[Any, ...]], unit: Unit) -> DayFigures:
    """Return the figures of a row that has ``COLUMNS``; an outer join may have found none of them."""
    nominated, authorised, consumed = (
        getattr(row, f"{name}_{unit.name.lower()}") for name in ("nominated", "authorised", "consumed")
    )
    return DayFigures(
        nominated,
        authorised,
        consumed,
        imbalance(authorised, nominated, consumed),
        row.reading_state,
        row.cut_reason,
    )
