"""Daily figures that are unlike those before them, told apart so that a person looks at them before they count.

Source: docs/rules.md, "Odd figures". Exact: whole millionths of a m³, no floating point.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from .quantities import half_up

# Days before a figure whose figures it is held against, and those of its shown mean.
DAYS_BACK, MEAN_DAYS = 56, 28
# Fewer known days, or fewer of the same kind of day, are no habit.
FEWEST_DAYS, FEWEST_OF_KIND = 14, 4
TIMES = 3
# Beyond so many scaled deviations, and so far from the median, in per cent of it.
DEVIATIONS, FARTHEST = 6, 40
# Of a normal spread, the median deviation is this part of the standard one.
_SCALE, _OF_SCALE = 14826, 10000
_SATURDAY, _SUNDAY = 5, 6


class Oddity(StrEnum):
    """Reason to look at a figure, the worst first."""

    ABOVE_MAXIMUM = "above-maximum"
    TIMES_MORE = "times-more"
    TIMES_LESS = "times-less"
    ZERO = "zero"
    STUCK = "stuck"
    SAME_AS_BEFORE = "same-as-before"
    UNUSUAL = "unusual"
    # Not of the figure by itself: gate and sum of its points disagree, and this one moves the sum that way the most.
    GATE_SUM = "gate-sum"


class Weighed(NamedTuple):
    """A figure held against those before: their mean in millionths (None without any), and what is odd about it."""

    mean: int | None
    oddities: tuple[Oddity, ...]

    def times(self, micro: int) -> Fraction | None:
        """Return how many times the mean a figure is; None without a mean, or with one of zero."""
        return Fraction(micro, self.mean) if self.mean else None


def weigh_figure(
    micro: int,
    *,
    day: date,
    known: Mapping[date, int],
    holidays: Collection[date],
    maximum: int | None = None,
    recent: Mapping[date, int] | None = None,
) -> Weighed:
    """Weigh a day's figure against the ``known`` ones of the days before; all of them in millionths of a m³.

    Medians are those of the same kind of day: working day, Saturday, Sunday or holiday. ``recent`` are the figures that
    come with it, of the days just before: what repeats them is odd, but they make no habit.
    """
    before = {each: known[each] for each in _days_before(day, DAYS_BACK) if each in known}
    of_mean = [known[each] for each in _days_before(day, MEAN_DAYS) if each in known]
    mean = half_up(sum(of_mean), len(of_mean)) if of_mean else None
    found: list[Oddity] = []
    if maximum is not None and micro > maximum:
        found.append(Oddity.ABOVE_MAXIMUM)
    if len(before) >= FEWEST_DAYS:
        same = [before[each] for each in _days_of_kind(day, frozenset(holidays)) if each in before]
        usual = same if len(same) >= FEWEST_OF_KIND else list(before.values())
        found += _far_from(micro, usual)
        if not micro and all(before.values()):
            found.append(Oddity.ZERO)
        if micro:
            found += _repeats(micro, day, before, recent or {})
    return Weighed(mean, tuple(each for each in Oddity if each in found))


# A file has many points and few days.
@lru_cache(maxsize=256)
def _days_before(day: date, count: int) -> tuple[date, ...]:
    return tuple(day - timedelta(days=ago) for ago in range(1, count + 1))


@lru_cache(maxsize=256)
def _days_of_kind(day: date, holidays: frozenset[date]) -> tuple[date, ...]:
    """Return the days before of the same kind as a day."""
    return tuple(each for each in _days_before(day, DAYS_BACK) if _kind(each, holidays) == _kind(day, holidays))


def _kind(day: date, holidays: Collection[date]) -> int:
    """Return 0 for a working day, else Saturday or Sunday; a holiday is a Sunday."""
    if day in holidays or day.weekday() == _SUNDAY:
        return _SUNDAY
    return _SATURDAY if day.weekday() == _SATURDAY else 0


def _far_from(micro: int, usual: Sequence[int]) -> list[Oddity]:
    median = _median(usual)
    if not median or not micro:
        return []
    if micro >= TIMES * median:
        return [Oddity.TIMES_MORE]
    if TIMES * micro <= median:
        return [Oddity.TIMES_LESS]
    away = abs(micro - median)
    spread = _median([abs(each - median) for each in usual])
    is_far = away * 100 > FARTHEST * median
    return [Oddity.UNUSUAL] if is_far and away * _OF_SCALE > DEVIATIONS * _SCALE * spread else []


def _repeats(micro: int, day: date, before: Mapping[date, int], recent: Mapping[date, int]) -> list[Oddity]:
    """Return whether a figure repeats those of the days before, at a point whose figures never repeat."""
    last, one_before = _days_before(day, 2)
    yesterday, earlier = (recent.get(each, before.get(each)) for each in (last, one_before))
    if micro != yesterday:
        return []
    if micro == earlier:
        return [Oddity.STUCK]
    repeats = [each for each, value in before.items() if before.get(each - timedelta(days=1)) == value]
    return [] if repeats else [Oddity.SAME_AS_BEFORE]


def _median(values: Sequence[int]) -> int:
    """Return the median, half-up between the two in the middle."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else half_up(ordered[middle - 1] + ordered[middle], 2)
