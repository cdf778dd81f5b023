"""Estimates of a gas day without measurement.

Source: docs/rules.md, "Gaps and estimates"; contract, clauses 58 and 59.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from .gas_day import GasDay, Month
from .nominations import rounded_mean
from .quantities import Quantity, Unit, half_up

# Four days of the same weekday within eight weeks; else six normal months within two years.
WEEKS_BACK, SAME_WEEKDAYS = 8, 4
MONTHS_BACK, PERIODS = 24, 6
_WEEK = timedelta(weeks=1)
_CUBIC_METRE = 10**6

# Consumption of a point by day, in millionths of m³; None for an estimated day.
Known = Mapping[date, int | None]


class Estimate(NamedTuple):
    """Estimated consumption in whole m³, and the measured ``days`` or normal ``months`` it averages."""

    quantity: Quantity
    days: int = 0
    months: int = 0


def estimate_from_weekdays(known: Known, day: GasDay) -> Estimate | None:
    """Return the mean of the last four measured days of the same weekday before ``day``; None without any."""
    found: list[Quantity] = []
    for weeks in range(1, WEEKS_BACK + 1):
        micro = known.get(day.date - weeks * _WEEK)
        if micro is not None and len(found) < SAME_WEEKDAYS:
            found.append(Quantity.from_micro(micro, Unit.M3))
    return Estimate(rounded_mean(found), days=len(found)) if found else None


def estimate_from_periods(known: Known, day: GasDay) -> Estimate | None:
    """Return one day's part of the last six normal months before the month of ``day``; None without any.

    A month is normal when each of its days was measured, none estimated, and gas was taken in it.
    """
    month, normal = Month.of(day), list[Sequence[int]]()
    for _ in range(MONTHS_BACK):
        month = month.previous
        taken = [micro for each in month.days() if (micro := known.get(each.date)) is not None]
        if len(normal) < PERIODS and len(taken) == month.last.date.day and any(taken):
            normal.append(taken)
    if not normal:
        return None
    total, days = sum(map(sum, normal)), sum(map(len, normal))
    cubic_metres = half_up(total, days * _CUBIC_METRE)
    return Estimate(Quantity.from_micro(cubic_metres * _CUBIC_METRE, Unit.M3), months=len(normal))
