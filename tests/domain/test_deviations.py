"""Significant deviation (contract, annex 4): normalised months, population σ, three sigmas, the visit's table."""

from __future__ import annotations

import statistics
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.deviations import Finding, Period, judge
from portal.domain.gas_day import Month
from portal.domain.quantities import Quantity, Unit

OCTOBER = Month(2026, 10)


def period(month: Month, m3: int | str, days: int = 30) -> Period:
    return Period(month, Quantity.of(str(m3), Unit.M3), days)


def before(month: Month, *amounts: int, days: int = 30) -> list[Period]:
    """The periods before ``month``, the newest first."""
    found = []
    for amount in amounts:
        month = month.previous
        found.append(period(month, amount, days))
    return found


# Mean 1,000; squares of the differences 6 × 100² + 6 × 100²; population variance 10,000, σ 100.
EVEN = (900, 1100) * 6


def test_the_limits_of_a_worked_example() -> None:
    found = judge(period(OCTOBER, 1000), before(OCTOBER, *EVEN))
    assert found.limits is not None
    assert [
        str(each.amount.normalize())
        for each in (found.limits.mean, found.limits.sigma, found.limits.upper, found.limits.lower)
    ] == ["1E+3", "1E+2", "1.3E+3", "7E+2"]
    assert found.limits.recent_mean == Quantity.of("1000", Unit.M3)
    assert found.finding is Finding.NORMAL


@pytest.mark.parametrize(
    ("amount", "finding", "visit"),
    [
        ("1300", Finding.NORMAL, False),
        ("1300.000001", Finding.ABOVE, True),
        ("700", Finding.NORMAL, False),
        ("699.999999", Finding.BELOW, False),
        ("0", Finding.BELOW, False),
    ],
)
def test_a_month_on_the_limit_is_inside_and_a_millionth_beyond_is_not(
    amount: str, finding: Finding, visit: bool
) -> None:
    found = judge(period(OCTOBER, amount), before(OCTOBER, *EVEN))
    assert (found.finding, found.deserves_visit) == (finding, visit)


def test_months_of_other_lengths_are_brought_to_thirty_days() -> None:
    january = period(Month(2026, 1), 310, 31)
    assert january.normalised == Quantity.of("300", Unit.M3)
    assert period(Month(2026, 2), 100, 28).normalised == Quantity.of("107.142857", Unit.M3)
    # 1,310 m³ of 31 days are less than the limit of 1,300 in 30.
    assert judge(period(OCTOBER, 1310, 31), before(OCTOBER, *EVEN)).finding is Finding.NORMAL
    assert judge(period(OCTOBER, 1350, 31), before(OCTOBER, *EVEN)).finding is Finding.ABOVE


def test_periods_without_consumption_do_not_count_and_twelve_are_needed() -> None:
    gaps = [*EVEN[:6], 0, 0, *EVEN[6:]]
    found = judge(period(OCTOBER, 1000), before(OCTOBER, *gaps))
    assert found.limits is not None
    assert len(found.limits.periods) == 12
    assert found.limits.periods[-1].month == Month(2025, 8)
    few = judge(period(OCTOBER, 9000), before(OCTOBER, *EVEN[:11]))
    assert (few.finding, few.limits) == (Finding.TOO_FEW_PERIODS, None)


def test_a_thirteenth_period_is_too_old() -> None:
    with_old = judge(period(OCTOBER, 1000), before(OCTOBER, *EVEN, 90_000))
    assert with_old.limits == judge(period(OCTOBER, 1000), before(OCTOBER, *EVEN)).limits


def test_a_month_that_runs_or_lacks_readings_is_not_judged() -> None:
    history = before(OCTOBER, *EVEN)
    assert judge(period(OCTOBER, 5000), history, over=False).finding is Finding.NOT_OVER
    incomplete = judge(period(OCTOBER, 5000), history, complete=False)
    assert incomplete.finding is Finding.INCOMPLETE
    assert incomplete.limits is not None


def test_a_lower_limit_of_zero_is_none() -> None:
    found = judge(period(OCTOBER, 0), before(OCTOBER, *(10, 4000) * 6))
    assert found.limits is not None
    assert found.limits.lower == Quantity.zero(Unit.M3)
    assert found.finding is Finding.NORMAL


@pytest.mark.parametrize(
    ("usual", "amount", "visit"),
    [
        (1, "9", False),
        (1, "9.000001", True),
        (20, "30", False),
        (14, "30.5", True),
        (30, "54", False),
        (30, "54.5", True),
        (500, "562", False),
        (500, "562.000001", True),
        (0.25, "0.75", False),
    ],
)
def test_a_visit_needs_more_above_the_recent_mean_than_its_range_allows(usual: float, amount: str, visit: bool) -> None:
    # Twelve equal months: σ is zero, and anything above the mean is above the limit.
    history = [Period(each.month, Quantity.of(str(usual), Unit.M3), 30) for each in before(OCTOBER, *[1] * 12)]
    found = judge(period(OCTOBER, amount), history)
    assert found.finding is Finding.ABOVE
    assert found.deserves_visit is visit


@given(st.lists(st.integers(1, 10**7), min_size=12, max_size=12), st.integers(28, 31), st.integers(0, 10**7))
def test_mean_and_deviation_agree_with_the_library(amounts: list[int], days: int, amount: int) -> None:
    found = judge(period(OCTOBER, amount, days), before(OCTOBER, *amounts, days=days))
    assert found.limits is not None
    normalised = [Decimal(each) * 30 / days for each in amounts]
    assert abs(found.limits.mean.amount - statistics.mean(normalised)) < Decimal("0.000002")
    assert abs(found.limits.sigma.amount - statistics.pstdev(normalised)) < Decimal("0.000002")
