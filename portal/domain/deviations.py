"""Significant deviation of a month's consumption.

Source: docs/rules.md, "Significant deviation"; uniform conditions contract, annex 4.

The rule compares exactly: nothing is rounded before the comparison, and no square root is taken for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isqrt, lcm

from .gas_day import Month
from .quantities import Quantity, Unit, half_up

PERIODS = 12
NORMAL_DAYS = 30
SIGMAS = 3
RECENT_PERIODS = 6
# Annex 4, table 1: (m³ a month from which it holds, m³ above the recent mean without a visit).
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
        normalised = half_up(self.consumed.micro * NORMAL_DAYS, self.days) if self.days else 0
        return Quantity.from_micro(normalised, Unit.M3)


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
    spread = _Spread.of(counted)
    limits = _limits(tuple(counted), spread)
    if not over:
        return Deviation(period, Finding.NOT_OVER, limits)
    if not complete:
        return Deviation(period, Finding.INCOMPLETE, limits)
    side = spread.find_side(period)
    if side > 0:
        return Deviation(period, Finding.ABOVE, limits, _deserves_visit(period, counted))
    # Nothing lies below a lower limit of zero.
    if side < 0 and spread.has_lower_limit:
        return Deviation(period, Finding.BELOW, limits)
    return Deviation(period, Finding.NORMAL, limits)


@dataclass(frozen=True, slots=True)
class _Spread:
    """Mean and variance of twelve normalised periods, in whole numbers of millionths over common denominators.

    The mean is ``total`` over twelve ``parts``, the variance ``squares`` over twelve times the square of the mean's
    denominator: the sum of the squares of twelve times each difference.
    """

    parts: int
    total: int
    squares: int

    @classmethod
    def of(cls, counted: Sequence[Period]) -> _Spread:
        parts = lcm(*[each.days for each in counted])
        exact = [each.consumed.micro * NORMAL_DAYS * (parts // each.days) for each in counted]
        total = sum(exact)
        return cls(parts, total, sum([(PERIODS * each - total) ** 2 for each in exact]))

    @property
    def mean(self) -> int:
        """The mean, half-up."""
        return half_up(self.total, PERIODS * self.parts)

    @property
    def sigma(self) -> int:
        """The population standard deviation, half-up."""
        # Twice the root, cut off: its last half decides the rounding.
        return (isqrt(4 * self.squares // (PERIODS * (PERIODS * self.parts) ** 2)) + 1) // 2

    @property
    def has_lower_limit(self) -> bool:
        """True when the mean is more than three deviations above zero."""
        return PERIODS * self.total**2 > SIGMAS**2 * self.squares

    def find_side(self, period: Period) -> int:
        """Return 1 for a period more than three deviations above the mean, -1 for one below it, else 0."""
        days = period.days or 1
        taken = period.consumed.micro * NORMAL_DAYS if period.days else 0
        strayed = PERIODS * self.parts * taken - days * self.total
        if PERIODS * strayed**2 <= SIGMAS**2 * self.squares * days**2:
            return 0
        return 1 if strayed > 0 else -1


def _limits(counted: tuple[Period, ...], spread: _Spread) -> Limits:
    middle, sigma = spread.mean, spread.sigma
    return Limits(
        mean=Quantity.from_micro(middle, Unit.M3),
        sigma=Quantity.from_micro(sigma, Unit.M3),
        upper=Quantity.from_micro(middle + SIGMAS * sigma, Unit.M3),
        lower=Quantity.from_micro(max(0, middle - SIGMAS * sigma), Unit.M3),
        recent_mean=Quantity.from_micro(half_up(_recent(counted), RECENT_PERIODS), Unit.M3),
        periods=counted,
    )


def _recent(counted: Sequence[Period]) -> int:
    """Return the sum of the last six periods as consumed."""
    return sum([each.consumed.micro for each in counted[:RECENT_PERIODS]])


def find_visit_margin(period: Period) -> Quantity | None:
    """Return how far above the recent mean a month may lie without a visit; None for one below the table."""
    allowed = next((most for least, most in _VISIT_RANGES if period.consumed.micro >= least * _MICRO), None)
    return None if allowed is None else Quantity.from_micro(allowed * _MICRO, Unit.M3)


def _deserves_visit(period: Period, counted: Sequence[Period]) -> bool:
    above = RECENT_PERIODS * period.consumed.micro - _recent(counted)
    allowed = find_visit_margin(period)
    return allowed is not None and above > RECENT_PERIODS * allowed.micro
