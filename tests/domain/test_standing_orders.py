"""Standing orders: the quantity of a gas day, by weekday and holiday, until the last day."""

from __future__ import annotations

from datetime import date

import pytest

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, Unit
from portal.domain.standing_orders import Pattern

HOLIDAYS = {date(2026, 12, 8), date(2027, 3, 28)}


def m3(amount: int) -> Quantity:
    return Quantity.of(amount, Unit.M3)


@pytest.mark.parametrize(
    ("day", "amount"),
    [
        (date(2026, 12, 7), 100),  # Monday
        (date(2026, 12, 6), 60),  # Sunday
        (date(2026, 12, 8), 30),  # holiday
        (date(2027, 3, 28), 30),  # holiday on a Sunday
    ],
)
def test_a_holiday_comes_before_a_sunday_and_a_sunday_before_every_day(day: date, amount: int):
    pattern = Pattern(every_day=m3(100), sundays=m3(60), holidays=m3(30))
    assert pattern.quantity_on(GasDay(day), HOLIDAYS) == m3(amount)


@pytest.mark.parametrize("day", [date(2026, 12, 6), date(2026, 12, 8)])
def test_without_a_quantity_of_their_own_sundays_and_holidays_are_as_every_day(day: date):
    assert Pattern(every_day=m3(100)).quantity_on(GasDay(day), HOLIDAYS) == m3(100)


def test_a_zero_of_their_own_is_a_quantity():
    assert Pattern(every_day=m3(100), sundays=m3(0)).quantity_on(GasDay(date(2026, 12, 6)), HOLIDAYS) == m3(0)


def test_the_last_day_is_the_last_that_it_nominates():
    pattern = Pattern(every_day=m3(100), last_day=GasDay(date(2026, 12, 9)))
    assert pattern.quantity_on(GasDay(date(2026, 12, 9)), HOLIDAYS) == m3(100)
    assert pattern.quantity_on(GasDay(date(2026, 12, 10)), HOLIDAYS) is None
