"""Deadlines of the distributor's own work, and the counts by which the public sees how they were kept.

Source: docs/rules.md, "Timetable", "Punctuality".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from .gas_day import GasDay, Month

# Days from the gas day, and Colombian hour: the moment itself is in time.
AUTHORISED_BY = (-1, dt.time(20, 30))
MEASURED_BY = (1, dt.time(6))
# Months shown, the one in course included.
MONTHS_SHOWN = 12
# Figures about what customers got are withheld where they are about fewer points: none may be recognised.
LEAST_POINTS = 5


def authorised_by(gas_day: GasDay) -> dt.datetime:
    """Return the moment (aware, UTC) by which every quantity asked for ``gas_day`` is to be authorised."""
    return gas_day.at(*AUTHORISED_BY)


def measured_by(gas_day: GasDay) -> dt.datetime:
    """Return the moment (aware, UTC) by which every reading of ``gas_day`` is to be loaded."""
    return gas_day.at(*MEASURED_BY)


class MonthCounts(NamedTuple):
    """Counts of a month: deadlines that came, and those that were kept.

    ``days`` are gas days with something asked by their deadline, ``days_kept`` those whose every quantity was
    authorised by it. ``requests`` are points with something asked, day by day, ``points`` how many different ones.
    ``readings`` are those due of them, ``readings_kept`` those loaded by their deadline. ``corrections`` were approved
    in the month for a month that was closed. ``terms`` of cases ended in the month, ``terms_kept`` with an answer.
    """

    days: int = 0
    days_kept: int = 0
    requests: int = 0
    points: int = 0
    readings: int = 0
    readings_kept: int = 0
    corrections: int = 0
    terms: int = 0
    terms_kept: int = 0

    def plus(self, other: MonthCounts) -> MonthCounts:
        """Return the sum; ``points`` is the greater of both, since points of two months may be the same."""
        added = [mine + theirs for mine, theirs in zip(self, other, strict=True)]
        return MonthCounts(*added)._replace(points=max(self.points, other.points))

    @property
    def shows_customers(self) -> bool:
        """True when it is about enough points to show what they got."""
        return self.points >= LEAST_POINTS


class CutCounts(NamedTuple):
    """Cuts for one reason in twelve months: gas days with one, points cut day by day, and different points."""

    days: int
    requests: int
    points: int


def list_shown_months(until: GasDay) -> list[Month]:
    """Return the months that are shown once everything before ``until`` is counted, the newest first."""
    months = [Month.of(until)]
    while len(months) < MONTHS_SHOWN:
        months.append(months[-1].previous)
    return months


def sum_months(months: Sequence[MonthCounts]) -> MonthCounts:
    """Return the sum of months; all zero for none."""
    total = MonthCounts()
    for each in months:
        total = total.plus(each)
    return total


def find_per_mille(part: int, whole: int) -> int | None:
    """Return a share in thousandths, rounded down so that only all is 1,000; None of nothing."""
    return part * 1000 // whole if whole else None
