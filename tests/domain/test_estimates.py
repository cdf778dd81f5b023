"""What is proposed for a day without a reading: its weekday, else the months that were normal."""

from __future__ import annotations

from datetime import date, timedelta

from portal.domain.estimates import Estimate, Known, estimate_from_periods, estimate_from_weekdays
from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import Quantity, Unit

DAY = GasDay(date(2026, 11, 18))
CUBIC_METRE = 10**6


def weeks_ago(weeks: int) -> date:
    return DAY.date - timedelta(weeks=weeks)


def month(year: int, number: int, each: int | None) -> Known:
    return {day.date: None if each is None else each * CUBIC_METRE for day in Month(year, number).days()}


def m3(whole: int) -> Quantity:
    return Quantity.from_micro(whole * CUBIC_METRE, Unit.M3)


def test_the_four_latest_measured_days_of_the_weekday_count_and_no_estimated_one():
    known = {weeks_ago(1): None, **{weeks_ago(n): n * 1000 * CUBIC_METRE for n in range(2, 8)}}
    assert estimate_from_weekdays(known, DAY) == Estimate(m3(3500), days=4)


def test_a_weekday_of_more_than_eight_weeks_ago_explains_nothing():
    assert estimate_from_weekdays({weeks_ago(8): CUBIC_METRE}, DAY) == Estimate(m3(1), days=1)
    assert estimate_from_weekdays({weeks_ago(9): CUBIC_METRE}, DAY) is None


def test_six_normal_months_are_a_mean_by_days_half_up():
    # 31, 30, 31, 31, 30 and 31 days back from October; April is the seventh.
    known = {
        **month(2026, 10, 100),
        **month(2026, 9, 200),
        **month(2026, 8, 100),
        **month(2026, 7, 100),
        **month(2026, 6, 200),
        **month(2026, 5, 100),
        **month(2026, 4, 9000),
    }
    # (124 × 100 + 60 × 200) / 184 = 132.6…
    assert estimate_from_periods(known, DAY) == Estimate(m3(133), months=6)


def test_a_month_with_an_estimate_a_gap_or_no_consumption_is_not_normal():
    holed = dict(month(2026, 8, 500))
    del holed[date(2026, 8, 9)]
    known = {
        **month(2026, 10, 500),
        date(2026, 10, 9): None,
        **month(2026, 9, 0),
        **holed,
        **month(2026, 7, 40),
    }
    assert estimate_from_periods(known, DAY) == Estimate(m3(40), months=1)


def test_the_month_of_the_day_itself_and_what_is_older_than_two_years_explain_nothing():
    assert estimate_from_periods({**month(2026, 11, 500), **month(2024, 10, 500)}, DAY) is None
    assert estimate_from_periods(month(2024, 11, 500), DAY) == Estimate(m3(500), months=1)
