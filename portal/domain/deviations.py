"""Significant deviation of a month's consumption.

Source: docs/rules.md, "Significant deviation"; uniform conditions contract, annex 4.

The rule compares exactly: nothing is rounded before the comparison, and no square root is taken for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import isqrt

from .gas_day import Month
from .quantities import Quantity, Unit, half_up

PERIODS = 12
NORMAL_DAYS = 30
SIGMAS = 3
RECENT_PERIODS = 6
# Annex 4, table 1: (m³ a month from which it holds, percent above the recent mean without a visit).
_VISIT_RANGES = ((61, 62), (31, 24), (11, 16), (1, 8))
_MICRO = 10**6


class Finding(StrEnum):
    """Result of the rule: nothing, must or may be investigated, or why it cannot be applied."""

    NORMAL = "normal"
    ABOVE = "above"
    BELOW = "below"
    TOO_FEW_PERIODS = "too-few-periods"
    INCOMPLETE = "incomplete"
    NOT_OVER = "not-over"


@dataclass(frozen=True, slots=True)
class Period:
    """Consumption of a month in m³ and the days it was measured on."""

    month: Month
    consumed: Quantity
    days: int

    @property
    def normalised(self) -> Quantity:
        """Consumption scaled to 30 days, half-up to millionths of a m³; zero when nothing was measured."""
        exact = self.exact
        return Quantity.from_micro(half_up(exact.numerator, exact.denominator), Unit.M3)

    @property
    def exact(self) -> Fraction:
        """``normalised`` in millionths, unrounded."""
        return Fraction(self.consumed.micro * NORMAL_DAYS, self.days) if self.days else Fraction(0)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a month in m³ of 30 days, half-up to millionths, and their periods, newest first.

    ``mean`` is the simple mean of the normalised periods, ``sigma`` their population standard deviation; ``lower`` is
    not below zero. ``recent_mean`` is the mean of the last six periods as consumed, not normalised.
    """

    mean: Quantity
    sigma: Quantity
    upper: Quantity
    lower: Quantity
    recent_mean: Quantity
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class Deviation:
    """Finding about ``period``; ``limits`` is None with fewer than twelve periods before it.

    ``deserves_visit``: above the upper limit, and above the recent mean by more than the table of the annex allows.
    """

    period: Period
    finding: Finding
    limits: Limits | None
    deserves_visit: bool = False


def judge(period: Period, history: Sequence[Period], *, complete: bool = True, over: bool = True) -> Deviation:
    """Compare a month with the twelve periods before it that have a consumption other than zero.

    ``history`` is in m³, newest first; periods without consumption do not count. A month that is not ``over`` or that
    lacks readings gets its limits and no verdict.
    """
    counted = [each for each in history if each.consumed.micro and each.days][:PERIODS]
    if len(counted) < PERIODS:
        return Deviation(period, Finding.TOO_FEW_PERIODS, None)
    mean = sum((each.exact for each in counted), Fraction(0)) / PERIODS
    variance = sum(((each.exact - mean) ** 2 for each in counted), Fraction(0)) / PERIODS
    limits = _limits(tuple(counted), mean, variance)
    if not over:
        return Deviation(period, Finding.NOT_OVER, limits)
    if not complete:
        return Deviation(period, Finding.INCOMPLETE, limits)
    strayed, allowed = period.exact - mean, SIGMAS**2 * variance
    if strayed > 0 and strayed**2 > allowed:
        return Deviation(period, Finding.ABOVE, limits, _deserves_visit(period, counted))
    # Nothing lies below a lower limit of zero.
    if strayed < 0 and mean**2 > allowed and strayed**2 > allowed:
        return Deviation(period, Finding.BELOW, limits)
    return Deviation(period, Finding.NORMAL, limits)


def _limits(counted: tuple[Period, ...], mean: Fraction, variance: Fraction) -> Limits:
    middle, sigma = half_up(mean.numerator, mean.denominator), _root(variance)
    return Limits(
        mean=Quantity.from_micro(middle, Unit.M3),
        sigma=Quantity.from_micro(sigma, Unit.M3),
        upper=Quantity.from_micro(middle + SIGMAS * sigma, Unit.M3),
        lower=Quantity.from_micro(max(0, middle - SIGMAS * sigma), Unit.M3),
        recent_mean=Quantity.from_micro(half_up(*_recent(counted).as_integer_ratio()), Unit.M3),
        periods=counted,
    )


def _recent(counted: Sequence[Period]) -> Fraction:
    return Fraction(sum(each.consumed.micro for each in counted[:RECENT_PERIODS]), RECENT_PERIODS)


def _deserves_visit(period: Period, counted: Sequence[Period]) -> bool:
    above = period.consumed.micro - _recent(counted)
    allowed = next((most for least, most in _VISIT_RANGES if period.consumed.micro >= least * _MICRO), None)
    return allowed is not None and above > allowed * _MICRO


def _root(square: Fraction) -> int:
    """Return the square root, half-up to a whole number."""
    # Twice the root, cut off: its last half decides the rounding.
    return (isqrt(4 * square.numerator // square.denominator) + 1) // 2
