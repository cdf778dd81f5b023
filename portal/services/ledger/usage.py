"""Daily nominations and consumptions of points: basis of suggestions and of a month's outlook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, String, bindparam, case, select, type_coerce
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import ReadingState
from portal.domain.suggestions import Usage
from portal.models import DailyBalance, DeliveryPoint
from portal.services.timetable import holidays


def _own(name: str) -> ColumnElement[Any]:
    """Return the figure of this name in the unit of the point."""
    in_m3, in_mbtu = [getattr(DailyBalance, f"{name}_{unit.name.lower()}") for unit in (Unit.M3, Unit.MBTU)]
    return type_coerce(case((DeliveryPoint.unit == Unit.M3, in_m3), else_=in_mbtu), BigInteger)


# Hundreds of days a point: read in stored form, millionths and dates.
_ROWS = (
    select(
        DailyBalance.delivery_point_id,
        type_coerce(DailyBalance.gas_day, Date),
        type_coerce(DailyBalance.reading_state, String),
        _own("nominated"),
        _own("authorised"),
        _own("consumed"),
    )
    .join(DeliveryPoint, DeliveryPoint.id == DailyBalance.delivery_point_id)
    .where(
        DailyBalance.delivery_point_id.in_(bindparam("points", expanding=True)),
        DailyBalance.gas_day.between(bindparam("first"), bindparam("last")),
    )
)


@dataclass(frozen=True, slots=True)
class PointDays:
    """Days of a point in its unit, in millionths: nominated, due, consumed, and measured.

    ``due`` is the authorised quantity, else the nominated one; ``measured`` is a consumption that is no estimate.
    """

    unit: Unit
    nominated: dict[date, int] = field(default_factory=dict)
    due: dict[date, int] = field(default_factory=dict)
    consumed: dict[date, int] = field(default_factory=dict)
    measured: dict[date, int] = field(default_factory=dict)

    def quantity(self, kept: dict[date, int], day: GasDay) -> Quantity | None:
        """Return the figure of a day in one of these, None without one."""
        micro = kept.get(day.date)
        return None if micro is None else Quantity(micro, self.unit)


def load_days_of_points(
    session: Session, *, points: Sequence[DeliveryPoint], first: GasDay, last: GasDay
) -> dict[int, PointDays]:
    """Return the days from ``first`` to ``last``, both included, of each of these points, by one query."""
    found = {point.id: PointDays(point.unit) for point in points}
    if not found:
        return found
    rows = session.connection().execute(_ROWS, {"points": list(found), "first": first.date, "last": last.date}).all()
    for point_id, day, state, nominated, authorised, consumed in rows:
        days = found[point_id]
        if nominated is not None:
            days.nominated[day] = nominated
        if authorised is not None or nominated is not None:
            days.due[day] = nominated if authorised is None else authorised
        if consumed is not None:
            days.consumed[day] = consumed
            if state != ReadingState.ESTIMATED:
                days.measured[day] = consumed
    return found


def load_measured(session: Session, *, days: PointDays) -> Usage:
    """Return the measured days, with the public holidays from the process's cache."""
    return Usage(days.unit, days.measured, holidays.load_known(session))
