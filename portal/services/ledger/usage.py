"""Daily nominations and consumptions of points: basis of suggestions and of a month's outlook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import ReadingState
from portal.domain.suggestions import Usage
from portal.models import DeliveryPoint
from portal.services.store.statements import RawDay, day_of
from portal.services.timetable import holidays

from . import hot


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
    """Return the days from ``first`` to ``last``, both included, of each of these points; one query for 25."""
    found = {point.id: PointDays(point.unit) for point in points}
    if not found:
        return found
    # Hundreds of days a point, and the same ones of each.
    known: dict[RawDay, date] = {}
    for point_id, gas_day, state, nominated, authorised, consumed in hot.USAGE.listed(
        session, hot.UsageRow, list(found), first=first.date, last=last.date
    ):
        day = known.get(gas_day) or known.setdefault(gas_day, day_of(gas_day))
        days = found[point_id]
        if nominated is not None:
            days.nominated[day] = nominated
        due = nominated if authorised is None else authorised
        if due is not None:
            days.due[day] = due
        if consumed is not None:
            days.consumed[day] = consumed
            if state != ReadingState.ESTIMATED:
                days.measured[day] = consumed
    return found


def load_measured(session: Session, *, days: PointDays) -> Usage:
    """Return the measured days, with the public holidays from the process's cache."""
    return Usage(days.unit, days.measured, holidays.load_known(session))
