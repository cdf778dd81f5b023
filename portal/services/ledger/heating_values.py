"""Heating value that converts m³ and MBTU of a point on a gas day."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import HeatingValue
from portal.models import DailyHeatingValue, DeliveryPoint, ExitPoint, LateHeatingEffect, LateHeatingValue
from portal.services.store.acts import Act
from portal.services.store.statements import day_of

from . import hot

# Used only if an exit point has no value at all yet (docs/rules.md, "Units and heating value").
REFERENCE = HeatingValue.of("1130")
# Days to look back for a missing value.
LOOKED_BACK = 31


@dataclass(frozen=True, slots=True)
class HeatingValueInForce:
    """A heating value, the day it was measured, and whether it replaces a missing one ("PC provisional")."""

    value: HeatingValue
    measured_on: GasDay | None
    provisional: bool


def find_in_force(
    session: Session, *, exit_point_id: int, gas_day: GasDay, delivery_point_id: int = 0
) -> HeatingValueInForce:
    """Return the heating value of the day; if missing, the last one known before it, marked provisional.

    Callers that convert a day of a possibly closed month give the point: the newest version does not always count
    there.
    """
    row = hot.HEATING_VALUE.first(session, exit_point=exit_point_id, point=delivery_point_id, day=gas_day.date)
    if row is None:
        return choose(None, None, gas_day)
    return choose(HeatingValue(row.heating_value), GasDay(day_of(row.gas_day)), gas_day)


def choose(value: HeatingValue | None, measured_on: GasDay | None, gas_day: GasDay) -> HeatingValueInForce:
    """Return what converts a day: the last value measured up to it, the reference without any."""
    if value is None:
        return HeatingValueInForce(REFERENCE, None, True)
    return HeatingValueInForce(value, measured_on, measured_on != gas_day)


def select_in_force() -> Select[*tuple[Any, ...]]:
    """Return the SELECT of ``find_in_force``, as a part of another statement; value in thousandths, then its day."""
    return hot.IN_FORCE


def list_newest(session: Session) -> list[tuple[ExitPoint, GasDay | None, HeatingValue | None]]:
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
    # The newest version comes last and replaces earlier ones.
    return list({gate.id: (gate, day, value) for gate, day, value in rows}.values())


class History:
    """All heating values of an exit point, for many days at once: the rule of ``find_in_force`` in memory.

    ``as_charged`` follows a point's account instead, where a later value became an adjustment: it counts there,
    although the closed figures keep the earlier one.
    """

    def __init__(self, session: Session, *, exit_point_id: int, as_charged: bool = False) -> None:
        self._dates: list[date] = []
        self._values: list[int] = []
        self._kept: dict[int, dict[int, date]] = defaultdict(dict)
        effects = and_(
            LateHeatingEffect.late_heating_value_id == LateHeatingValue.id, LateHeatingEffect.kept_until.is_not(None)
        )
        if as_charged:
            effects = and_(effects, LateHeatingEffect.treatment.is_(None))
        rows = session.execute(
            select(
                DailyHeatingValue.id,
                DailyHeatingValue.gas_day,
                DailyHeatingValue.heating_value,
                LateHeatingEffect.delivery_point_id,
                LateHeatingEffect.kept_until,
            )
            .outerjoin(LateHeatingValue, LateHeatingValue.heating_value_id == DailyHeatingValue.id)
            .outerjoin(LateHeatingEffect, effects)
            .where(DailyHeatingValue.exit_point_id == exit_point_id)
            .order_by(DailyHeatingValue.gas_day, DailyHeatingValue.version)
        )
        last = None
        for row_id, day, value, point_id, until in rows:
            if row_id != last:
                self._dates.append(day.date)
                self._values.append(value.milli)
                last = row_id
            if until is not None:
                self._kept[len(self._dates) - 1][point_id] = until.date

    def at(self, day: date, *, delivery_point_id: int) -> tuple[int, bool]:
        """Return the value for a point on the day in thousandths of BTU/ft³, and whether it is provisional."""
        # The newest version of a day comes last.
        place = bisect_right(self._dates, day) - 1
        while place >= 0:
            until = self._kept[place].get(delivery_point_id) if place in self._kept else None
            if until is None or until < day:
                return self._values[place], self._dates[place] != day
            place -= 1
        return REFERENCE.milli, True

    def next_day(self, day: date, *, delivery_point_id: int) -> date | None:
        """Return the first day after this one with a value of its own that counts for the point."""
        for place in range(bisect_right(self._dates, day), len(self._dates)):
            at = self._dates[place]
            until = self._kept[place].get(delivery_point_id) if place in self._kept else None
            if until is None or until < at:
                return at
        return None


class MissingValue(NamedTuple):
    """A past gas day of a delivering exit point without a heating value of its own."""

    code: str
    name: str
    gas_day: GasDay


def list_missing(act: Act) -> list[MissingValue]:
    """Return the days of the last 31 without a heating value, oldest first; by two queries.

    Their gas is converted with the last value known, marked "PC provisional".
    """
    today = GasDay.of(act.now)
    first, last = today.plus(-LOOKED_BACK), today.plus(-1)
    known = {
        (row.exit_point_id, row.gas_day)
        for row in act.session.execute(
            select(DailyHeatingValue.exit_point_id, DailyHeatingValue.gas_day).where(
                DailyHeatingValue.gas_day.between(first, last)
            )
        )
    }
    served: dict[tuple[str, str, int], list[tuple[GasDay, GasDay | None]]] = {}
    points = select(ExitPoint.code, ExitPoint.name, ExitPoint.id, DeliveryPoint.starts_on, DeliveryPoint.ends_on)
    # Thousands of points share a few validities.
    for row in act.session.execute(points.join(DeliveryPoint).distinct().order_by(ExitPoint.code)):
        served.setdefault((row.code, row.name, row.id), []).append((row.starts_on, row.ends_on))
    days = [first.plus(n) for n in range(LOOKED_BACK)]
    return [
        MissingValue(code, name, day)
        for day in days
        for (code, name, gate_id), lives in served.items()
        if (gate_id, day) not in known and any(begins <= day and (not ends or day < ends) for begins, ends in lives)
    ]
