"""Where the month will end: the measured days as the account has them, the others as they usually are."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.balance import DayInput, compute_month, month_band
from portal.domain.gas_day import GasDay
from portal.domain.month_end import DayAhead, project
from portal.domain.quantities import Quantity, Unit, UnitMismatch

from .strategies import quantities

M3 = Unit.M3
FIRST = GasDay(dt.date(2026, 11, 1))
SOME = quantities(M3, 0, 10**12)
MAYBE = st.one_of(st.none(), SOME)


def m3(amount: int) -> Quantity:
    return Quantity.of(amount, M3)


def day(place: int, due: int | None, consumed: int | None, usual: int | None = None) -> DayAhead:
    return DayAhead(FIRST.plus(place), *[None if amount is None else m3(amount) for amount in (due, consumed, usual)])


def test_a_month_with_measured_asked_and_open_days() -> None:
    days = [
        day(0, 1000, 900),  # measured: +100
        day(1, None, 50),  # nothing asked, something taken: −50
        day(2, 1000, None, 950),  # today, asked: +50
        day(3, 1200, None, 950),  # tomorrow, asked: +250
        day(4, None, None, 800),  # not asked yet: will be asked as it is taken
    ]
    found = project(M3, days, FIRST.plus(2), 500)
    assert (found.imbalance, found.so_far, found.unknown_days) == (m3(350), m3(50), 0)
    assert found.band == m3(200), "five per cent of 1,000 + 0 + 1,000 + 1,200 + 800"
    assert not found.is_within
    assert project(M3, [*days[:3], day(3, 1050, None, 950)], FIRST.plus(2), 500).imbalance == m3(200)


def test_a_day_until_today_for_which_nothing_was_asked_counts_against() -> None:
    assert project(M3, [day(2, None, None, 950)], FIRST.plus(2), 500).imbalance == m3(-950)
    assert project(M3, [day(3, None, None, 950)], FIRST.plus(2), 500).imbalance == m3(0)


def test_what_cannot_be_told_counts_for_nothing_and_is_counted() -> None:
    found = project(M3, [day(0, 1000, None), day(1, None, None), day(2, 10, 9)], FIRST, 500)
    assert (found.imbalance, found.unknown_days) == (m3(1), 2)


def test_exactly_the_band_is_within() -> None:
    assert project(M3, [day(0, 1000, 950)], FIRST, 500).is_within
    assert not project(M3, [day(0, 1000, 949)], FIRST, 500).is_within


def test_units_never_mix() -> None:
    with pytest.raises(UnitMismatch):
        project(Unit.MBTU, [day(0, 1, 1)], FIRST, 500)


@given(st.lists(st.tuples(SOME, SOME), min_size=1, max_size=30))
def test_a_month_all_measured_ends_where_its_account_stands(figures: list[tuple[Quantity, Quantity]]) -> None:
    account = compute_month(
        M3,
        Quantity.zero(M3),
        False,
        [DayInput(FIRST.plus(n), due, None, taken, Quantity.zero(M3)) for n, (due, taken) in enumerate(figures)],
        FIRST.plus(40),
    )
    days = [DayAhead(FIRST.plus(n), due, taken, None) for n, (due, taken) in enumerate(figures)]
    found = project(M3, days, FIRST.plus(40), 500)
    assert found.imbalance == found.so_far == account.rows[-1].month_to_date
    assert found.band == month_band(account.consumed, account.imbalance, 500)


@given(st.lists(st.tuples(MAYBE, MAYBE, MAYBE), max_size=20), SOME, SOME, SOME)
def test_asking_so_much_more_ends_so_much_more_in_favour(
    figures: list[tuple[Quantity | None, Quantity | None, Quantity | None]],
    asked: Quantity,
    more: Quantity,
    usual: Quantity,
) -> None:
    days = [DayAhead(FIRST.plus(n), *three) for n, three in enumerate(figures)]
    last = DayAhead(FIRST.plus(20), asked, None, usual)
    less = project(M3, [*days, last], FIRST.plus(10), 500)
    greater = project(M3, [*days, replace(last, due=asked + more)], FIRST.plus(10), 500)
    assert greater.imbalance - less.imbalance == more
    assert greater.so_far == less.so_far
