"""Business days leave weekends and holidays out; days have Spanish words."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.calendar import (
    add_business_days,
    business_days_between,
    day_short,
    day_words,
    is_business_day,
    month_words,
    next_holiday,
)
from portal.domain.gas_day import GasDay, Month

from .strategies import gas_days

# docs/rules.md, "Calendar"
HOLIDAYS_2026 = {
    dt.date(2026, month, day)
    for month, days in [
        *[(1, (1, 12)), (3, (23,)), (4, (2, 3)), (5, (1, 18)), (6, (8, 15, 29)), (7, (13, 20))],
        *[(8, (7, 17)), (10, (12,)), (11, (2, 16)), (12, (8, 25))],
    ]
    for day in days
}


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "business"),
    [
        ("2026-11-13", True),
        ("2026-11-14", False),
        ("2026-11-15", False),
        ("2026-11-16", False),
        ("2026-11-17", True),
        ("2026-12-08", False),
    ],
)
def test_weekends_and_holidays_are_no_business_days(text: str, business: bool) -> None:
    assert is_business_day(day(text), HOLIDAYS_2026) is business
    assert is_business_day(GasDay(day(text)), HOLIDAYS_2026) is business


@pytest.mark.parametrize(
    ("filed", "count", "due"),
    [
        # Fifteen business days counted from the day after filing (docs/rules.md, "PQR").
        ("2026-11-13", 15, "2026-12-07"),
        ("2026-11-14", 1, "2026-11-17"),
        ("2026-12-07", 1, "2026-12-09"),
        ("2026-11-14", 0, "2026-11-14"),
    ],
)
def test_business_days_are_counted_from_the_day_after(filed: str, count: int, due: str) -> None:
    assert add_business_days(day(filed), count, HOLIDAYS_2026) == day(due)


def test_business_days_are_not_counted_back() -> None:
    with pytest.raises(ValueError, match="forward"):
        add_business_days(day("2026-11-13"), -1, HOLIDAYS_2026)


@given(gas_days, st.integers(1, 40), st.sets(st.dates(dt.date(2014, 12, 1), dt.date(2100, 12, 31)), max_size=30))
def test_the_nth_business_day_is_one_and_has_n_in_between(start: GasDay, count: int, holidays: set[dt.date]) -> None:
    due = add_business_days(start, count, holidays)
    passed = [start.plus(days) for days in range(1, (due - start.date).days + 1)]
    assert is_business_day(due, holidays)
    assert sum(is_business_day(each, holidays) for each in passed) == count


def test_the_next_holiday_may_be_today() -> None:
    assert next_holiday(day("2026-11-17"), HOLIDAYS_2026) == day("2026-12-08")
    assert next_holiday(GasDay(day("2026-12-08")), HOLIDAYS_2026) == day("2026-12-08")
    assert next_holiday(day("2026-12-26"), HOLIDAYS_2026) is None


def test_days_and_months_are_said_in_spanish() -> None:
    assert day_words(GasDay(day("2026-11-24"))) == "martes 24 de noviembre de 2026"
    assert day_words(day("2027-01-02")) == "sábado 2 de enero de 2027"
    assert day_words(day("2026-09-02")) == "miércoles 2 de septiembre de 2026"
    assert day_short(GasDay(day("2026-11-24"))) == "mar 24 nov"
    assert day_short(day("2026-08-29")) == "sáb 29 ago"
    assert month_words(Month(2026, 11)) == "noviembre de 2026"
    assert month_words(day("2014-12-01")) == month_words(GasDay(day("2014-12-31"))) == "diciembre de 2014"


def test_no_two_days_of_a_year_share_their_words() -> None:
    days = [day("2026-01-01") + dt.timedelta(number) for number in range(365)]
    assert len({day_words(each) for each in days}) == len({day_short(each) for each in days}) == 365


@pytest.mark.parametrize(
    ("last", "days"), [("2026-11-20", 0), ("2026-11-19", 0), ("2026-11-22", 0), ("2026-11-23", 1), ("2026-11-30", 6)]
)
def test_business_days_are_counted_after_the_first_day(last: str, days: int):
    assert business_days_between(dt.date(2026, 11, 20), dt.date.fromisoformat(last), ()) == days


def test_a_holiday_is_no_business_day_between_two():
    assert business_days_between(dt.date(2026, 12, 4), dt.date(2026, 12, 9), {dt.date(2026, 12, 8)}) == 2
