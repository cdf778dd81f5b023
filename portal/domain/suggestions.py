"""Suggested quantities for a day: an earlier nomination or the usual consumption, and their record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property, cmp_to_key
from typing import NamedTuple

from .balance import is_out_of_tolerance
from .gas_day import GasDay
from .quantities import Quantity, Unit, half_up, round_typed

# Weekdays averaged, weeks searched, and the fewest weekdays that allow a suggestion.
SAME_WEEKDAYS, WEEKS_BACK, LEAST_WEEKDAYS = 4, 10, 3
# The holiday factor comes from a little more than a year.
HOLIDAY_DAYS_BACK, LEAST_HOLIDAYS = 380, 3
# Measured days in a record, and the days searched for them.
RECORD_DAYS, RECORD_DAYS_BACK = 30, 45
# A request for tomorrow is made with measurements up to yesterday: two days before its gas day.
KNOWN_DAYS_BEFORE = 2
# Oldest day any result here depends on, counted back from today.
HISTORY_DAYS = RECORD_DAYS_BACK + HOLIDAY_DAYS_BACK + 7 * WEEKS_BACK

_SUNDAY = 6
_WEEK = timedelta(weeks=1)


class Basis(StrEnum):
    """Basis of an offered quantity."""

    YESTERDAY = "ayer"
    LAST_WEEK = "semana-pasada"
    SUGGESTED = "sugerida"


class Ratio(NamedTuple):
    """Whole numbers over each other; ``below`` is positive."""

    above: int
    below: int

    def compare(self, other: Ratio) -> int:
        """Return a number below, of or above zero as this one is less than, equal to or more than another."""
        return self.above * other.below - other.above * self.below


@dataclass(frozen=True)
class Usage:
    """Measured consumption of a point (no estimates) in millionths of ``unit`` by day, and holidays by name."""

    unit: Unit
    taken: Mapping[date, int]
    holidays: Mapping[date, str]

    @cached_property
    def holiday_ratios(self) -> Mapping[date, Ratio]:
        """Ratio of each measured holiday to its own weekday before it, where both are known, the smallest first."""
        found: list[tuple[date, Ratio]] = []
        for day in self.holidays:
            taken = self.taken.get(day)
            if taken is not None and _is_holiday(day, self.holidays):
                base = _sum_of_middle(self, day, day)
                if base:
                    found.append((day, Ratio(2 * taken, base)))
        in_order = cmp_to_key(Ratio.compare)
        return dict(sorted(found, key=lambda each: in_order(each[1])))


@dataclass(frozen=True, slots=True)
class Record:
    """Record of the suggestion: ``right`` of ``days`` measured days.

    ``error`` is the sum of the misses in percent of the consumption, half-up to one decimal; None without consumption.
    """

    days: int
    right: int
    error: Decimal | None


def find_repeated_day(basis: Basis, gas_day: GasDay, today: GasDay) -> GasDay | None:
    """Return the day whose nomination is repeated for ``gas_day``; None for a suggestion.

    Yesterday is the day before ``today``; last week's is seven days before ``gas_day``.
    """
    if basis is Basis.YESTERDAY:
        return today.plus(-1)
    return gas_day.plus(-7) if basis is Basis.LAST_WEEK else None


def compute_usual(usage: Usage, gas_day: GasDay, known: GasDay) -> Quantity | None:
    """Return the usual consumption of ``gas_day`` from days measured up to ``known``, half-up to a millionth.

    The median of the last four days of the same weekday within ten weeks, holidays left out; None with fewer than
    three. For a holiday, times the holiday factor: the median over about a year's holidays of consumption against their
    own weekday's; one with fewer than three holidays. A holiday on a Sunday is a Sunday.
    """
    base = _sum_of_middle(usage, gas_day.date, known.date)
    if base is None:
        return None
    factor = _holiday_factor(usage, known.date) if _is_holiday(gas_day.date, usage.holidays) else _AS_IT_IS
    return Quantity.from_micro(half_up(base * factor.above, 2 * factor.below), usage.unit)


def suggest(usage: Usage, gas_day: GasDay, today: GasDay) -> Quantity | None:
    """Return the suggested quantity for ``gas_day`` as of ``today``: the usual, in the decimals of typed quantities."""
    known = min(today, gas_day).plus(-1)
    found = compute_usual(usage, gas_day, known)
    return None if found is None else round_typed(found)


def record(usage: Usage, today: GasDay, tolerance_basis_points: int) -> Record:
    """Return the record of the suggestion over the last 30 measured days before ``today``.

    Each suggestion uses only measurements known when its day was nominated; it is right when the day would have stayed
    within the contract's tolerance. Days without a suggestion do not count.
    """
    right = strayed = taken = days = 0
    for day in _measured(usage, today):
        gas_day = GasDay(day)
        found = compute_usual(usage, gas_day, gas_day.plus(-KNOWN_DAYS_BEFORE))
        if found is None:
            continue
        asked, consumed = round_typed(found), Quantity(usage.taken[day], usage.unit)
        days += 1
        right += _holds(asked, consumed, tolerance_basis_points)
        strayed += abs(asked.micro - consumed.micro)
        taken += consumed.micro
    return Record(days, right, _percent(strayed, taken))


def _measured(usage: Usage, today: GasDay) -> list[date]:
    """Return the last 30 measured days before ``today``, newest first."""
    looked_at = [today.date - timedelta(days=ago) for ago in range(1, RECORD_DAYS_BACK + 1)]
    return [day for day in looked_at if day in usage.taken][:RECORD_DAYS]


def _holds(asked: Quantity, consumed: Quantity, tolerance_basis_points: int) -> bool:
    """Tell whether the day stays in tolerance; with nothing asked, only when nothing is taken."""
    if asked.micro == 0:
        return consumed.micro == 0
    return not is_out_of_tolerance(asked, consumed, tolerance_basis_points)


def _sum_of_middle(usage: Usage, day: date, known: date) -> int | None:
    """Return twice the median of the last days of this weekday before ``day``, holidays left out; None with too few."""
    found: list[int] = []
    for _ in range(WEEKS_BACK):
        day -= _WEEK
        amount = usage.taken.get(day) if day <= known else None
        if amount is not None and not _is_holiday(day, usage.holidays):
            found.append(amount)
            if len(found) == SAME_WEEKDAYS:
                break
    if len(found) < LEAST_WEEKDAYS:
        return None
    found.sort()
    # Counted from either end: for an odd number both are the same.
    middle = len(found) // 2
    return found[middle] + found[-middle - 1]


_AS_IT_IS = Ratio(1, 1)


def _holiday_factor(usage: Usage, known: date) -> Ratio:
    since = known - timedelta(days=HOLIDAY_DAYS_BACK)
    # In the order of the ratios.
    found = [ratio for day, ratio in usage.holiday_ratios.items() if since <= day <= known]
    if len(found) < LEAST_HOLIDAYS:
        return _AS_IT_IS
    one, other = found[len(found) // 2], found[-(len(found) // 2) - 1]
    return Ratio(one.above * other.below + other.above * one.below, 2 * one.below * other.below)


def _is_holiday(day: date, holidays: Collection[date]) -> bool:
    """Tell whether ``day`` counts as a holiday: a Sunday stays a Sunday."""
    return day in holidays and day.weekday() != _SUNDAY


def _percent(strayed: int, taken: int) -> Decimal | None:
    if taken == 0:
        return None if strayed else Decimal(0)
    return Decimal(f"{half_up(1000 * strayed, taken)}e-1")
