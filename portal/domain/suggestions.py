"""Quantities offered for a day: an earlier nomination or the usual consumption, the record of each, and the best."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache, cached_property, cmp_to_key
from typing import NamedTuple

from .balance import BASIS_POINTS, is_beyond
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
# The best is found by the last four weeks, and by three weeks around the same date of the year before (adr/0174).
RECENT_DAYS, SEASON_DAYS_AROUND, YEAR_DAYS = 28, 10, 365
# A miss counts in thousandths of the tolerance, up to twice it: one day of a stopped compressor must not decide.
TOLERANCE, MOST_MISSED = 1000, 2000
# What another must have missed less than the suggestion, and the fewest days that allow a comparison.
LEAD, LEAST_COMPARED = 4000, 14
# Oldest day any result here depends on, counted back from today.
HISTORY_DAYS = max(RECORD_DAYS_BACK + HOLIDAY_DAYS_BACK, YEAR_DAYS + SEASON_DAYS_AROUND) + 7 * WEEKS_BACK

_SUNDAY = 6
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)


class Basis(StrEnum):
    """Basis of an offered quantity."""

    TODAY = "hoy"
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
    """Record of a basis: ``right`` of ``days`` measured days.

    ``error`` is the sum of the misses in percent of the consumption, half-up to one decimal; None without consumption.
    """

    days: int
    right: int
    error: Decimal | None


def find_repeated_day(basis: Basis, gas_day: GasDay, today: GasDay) -> GasDay | None:
    """Return the day whose nomination is repeated for ``gas_day``; None for a suggestion.

    Yesterday is the day before ``today``; last week's is seven days before ``gas_day``.
    """
    repeated = _find_repeated(basis, gas_day.date, today.date)
    return None if repeated is None else GasDay(repeated)


def _find_repeated(basis: Basis, gas_day: date, today: date) -> date | None:
    if basis is Basis.TODAY:
        return today
    if basis is Basis.YESTERDAY:
        return today - _DAY
    return gas_day - _WEEK if basis is Basis.LAST_WEEK else None


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


@dataclass(frozen=True)
class Past:
    """Past of a point: what it took, and what was nominated, in millionths of its unit by day.

    ``tolerance_basis_points`` is the tolerance of its contract, in hundredths of a percent.
    """

    usage: Usage
    nominated: Mapping[date, int]
    tolerance_basis_points: int

    def find_asked(self, basis: Basis, gas_day: date) -> int | None:
        """Return what ``basis`` offered for a past day on the day before it, in millionths; None without an offer."""
        repeated = _find_repeated(basis, gas_day, gas_day - _DAY)
        return self._suggested(gas_day) if repeated is None else self.nominated.get(repeated)

    def holds(self, gas_day: date, asked: int) -> bool:
        """Tell whether a measured day stays in tolerance of ``asked``; of nothing, only when nothing is taken."""
        consumed = self.usage.taken[gas_day]
        return not is_beyond(abs(asked - consumed), asked, self.tolerance_basis_points) if asked else consumed == 0

    @cached_property
    def _suggested(self) -> Callable[[date], int | None]:
        """Suggestion for a past day: asked for by the record, and again by the comparison."""

        @cache
        def suggested(day: date) -> int | None:
            gas_day = GasDay(day)
            found = compute_usual(self.usage, gas_day, gas_day.plus(-KNOWN_DAYS_BEFORE))
            return None if found is None else round_typed(found).micro

        return suggested


def record(past: Past, basis: Basis, today: GasDay) -> Record:
    """Return the record of a basis over the last 30 measured days before ``today``.

    Each quantity uses only what was known when its day was nominated; it is right when the day would have stayed within
    the contract's tolerance. Days without a quantity do not count.
    """
    right = strayed = taken = days = 0
    for day in _measured(past.usage, today):
        asked = past.find_asked(basis, day)
        if asked is None:
            continue
        consumed = past.usage.taken[day]
        days += 1
        right += past.holds(day, asked)
        strayed += abs(asked - consumed)
        taken += consumed
    return Record(days, right, _percent(strayed, taken))


def find_best(past: Past, bases: Collection[Basis], gas_day: GasDay, today: GasDay) -> Basis | None:
    """Return which of the offered bases came nearest lately and at this time of the year; None if that is not known.

    Compared are the measured days, no holidays, of the last four weeks and of three weeks around the same date a year
    before, on which each basis had a quantity: what each missed, in tolerances, at most two a day. The suggestion is
    the best unless another missed four tolerances less, and for a holiday, since only it knows of holidays. None with
    fewer than two bases or 14 days.
    """
    if len(bases) < 2:
        return None
    if Basis.SUGGESTED in bases and _is_holiday(gas_day.date, past.usage.holidays):
        return Basis.SUGGESTED
    missed = {basis: 0 for basis in Basis if basis in bases}
    compared = 0
    for day in _days_like(gas_day, today):
        consumed = past.usage.taken.get(day)
        if consumed is None or _is_holiday(day, past.usage.holidays):
            continue
        asked = {basis: past.find_asked(basis, day) for basis in missed}
        if None in asked.values():
            continue
        compared += 1
        for basis, quantity in asked.items():
            missed[basis] += _miss(quantity or 0, consumed, past.tolerance_basis_points)
    if compared < LEAST_COMPARED:
        return None
    best = min(missed, key=lambda basis: missed[basis])
    usual = missed.get(Basis.SUGGESTED)
    return best if usual is None or missed[best] + LEAD < usual else Basis.SUGGESTED


def _days_like(gas_day: GasDay, today: GasDay) -> Iterator[date]:
    """Yield the four weeks before ``today``, and the three around the date of ``gas_day`` a year before."""
    for ago in range(1, RECENT_DAYS + 1):
        yield today.date - timedelta(days=ago)
    middle = gas_day.date - timedelta(days=YEAR_DAYS)
    for apart in range(-SEASON_DAYS_AROUND, SEASON_DAYS_AROUND + 1):
        yield middle + timedelta(days=apart)


def _miss(asked: int, consumed: int, tolerance_basis_points: int) -> int:
    """Return how far a day would have strayed, in thousandths of the tolerance, at most ``MOST_MISSED``."""
    if asked == consumed:
        return 0
    within = tolerance_basis_points * asked
    return min(MOST_MISSED, abs(asked - consumed) * BASIS_POINTS * TOLERANCE // within) if within else MOST_MISSED


def _measured(usage: Usage, today: GasDay) -> list[date]:
    """Return the last 30 measured days before ``today``, newest first."""
    looked_at = [today.date - timedelta(days=ago) for ago in range(1, RECORD_DAYS_BACK + 1)]
    return [day for day in looked_at if day in usage.taken][:RECORD_DAYS]


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
