"""The heating value that converts m³ and MBTU of a point on a gas day."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import HeatingValue
from portal.models import DailyHeatingValue, DeliveryPoint, ExitPoint

from .statements import Statement, day_of

# Used only where an exit point has no value at all yet (docs/rules.md, "Units and heating value").
REFERENCE = HeatingValue.of("1130")
# How many days back a missing value is looked for.
LOOKED_BACK = 31
_LATEST = Statement(
    select(DailyHeatingValue.heating_value, DailyHeatingValue.gas_day)
    .where(DailyHeatingValue.exit_point_id == bindparam("exit_point"), DailyHeatingValue.gas_day <= bindparam("day"))
    .order_by(DailyHeatingValue.gas_day.desc(), DailyHeatingValue.version.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class HeatingValueInForce:
    """A heating value, the day it was measured, and whether it stands in for a missing one ("PC provisional")."""

    value: HeatingValue
    measured_on: GasDay | None
    provisional: bool


def in_force(session: Session, *, exit_point_id: int, gas_day: GasDay) -> HeatingValueInForce:
    """Return the heating value of the day; the last known before it, marked provisional, when it has none."""
    row = _LATEST.first(session, exit_point=exit_point_id, day=gas_day.date)
    if row is None:
        return HeatingValueInForce(REFERENCE, None, True)
    measured_on = GasDay(day_of(row.gas_day))
    return HeatingValueInForce(HeatingValue(row.heating_value), measured_on, measured_on != gas_day)


def newest(session: Session) -> list[tuple[ExitPoint, GasDay | None, HeatingValue | None]]:
    """Return each exit point in the order of the codes with its newest day and value; None where it has none yet."""
    last = (
        select(DailyHeatingValue.exit_point_id, func.max(DailyHeatingValue.gas_day).label("day"))
        .group_by(DailyHeatingValue.exit_point_id)
        .subquery()
    )
    rows = session.execute(
        select(ExitPoint, DailyHeatingValue.gas_day, DailyHeatingValue.heating_value)
        .outerjoin(last, last.c.exit_point_id == ExitPoint.id)
        .outerjoin(
            DailyHeatingValue,
            (DailyHeatingValue.exit_point_id == ExitPoint.id) & (DailyHeatingValue.gas_day == last.c.day),
        )
        .order_by(ExitPoint.code, DailyHeatingValue.version)
    )
    # The newest version comes last and stays.
    return list({gate.id: (gate, day, value) for gate, day, value in rows}.values())


class History:
    """Every heating value of an exit point, to ask about many days at once: the rule of ``in_force`` in memory."""

    def __init__(self, session: Session, *, exit_point_id: int) -> None:
        rows = session.execute(
            select(DailyHeatingValue.gas_day, DailyHeatingValue.heating_value)
            .where(DailyHeatingValue.exit_point_id == exit_point_id)
            .order_by(DailyHeatingValue.gas_day, DailyHeatingValue.version)
        )
        # The newest version comes last and stays.
        known = {row.gas_day: row.heating_value for row in rows}
        self._days = [day.date for day in known]
        self._values = [value.milli for value in known.values()]
        self._of_day = {day.date: value.milli for day, value in known.items()}

    def at(self, day: date) -> tuple[int, bool]:
        """Return the heating value of the day in thousandths of BTU/ft³, and whether it is provisional."""
        own = self._of_day.get(day)
        if own is not None:
            return own, False
        place = bisect_right(self._days, day) - 1
        return (self._values[place] if place >= 0 else REFERENCE.milli), True


class MissingValue(NamedTuple):
    """A gas day that is over, of an exit point that delivers, without a heating value of its own."""

    code: str
    name: str
    gas_day: GasDay


def missing(session: Session, *, now: datetime) -> list[MissingValue]:
    """Return the days of the last 31 without a heating value, the oldest first; by two queries.

    Their gas is converted with the last value known, marked "PC provisional".
    """
    today = GasDay.of(now)
    first, last = today.plus(-LOOKED_BACK), today.plus(-1)
    known = {
        (row.exit_point_id, row.gas_day)
        for row in session.execute(
            select(DailyHeatingValue.exit_point_id, DailyHeatingValue.gas_day).where(
                DailyHeatingValue.gas_day.between(first, last)
            )
        )
    }
    served: dict[tuple[str, str, int], list[tuple[GasDay, GasDay | None]]] = {}
    points = select(ExitPoint.code, ExitPoint.name, ExitPoint.id, DeliveryPoint.starts_on, DeliveryPoint.ends_on)
    for row in session.execute(points.join(DeliveryPoint).order_by(ExitPoint.code)):
        served.setdefault((row.code, row.name, row.id), []).append((row.starts_on, row.ends_on))
    days = [first.plus(n) for n in range(LOOKED_BACK)]
    return [
        MissingValue(code, name, day)
        for day in days
        for (code, name, gate_id), lives in served.items()
        if (gate_id, day) not in known and any(begins <= day and (not ends or day < ends) for begins, ends in lives)
    ]
