"""What is suggested rests on the days it says, on nothing later, and is judged as the account judges a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, Unit
from portal.domain.suggestions import (
    HISTORY_DAYS,
    LEAST_COMPARED,
    Basis,
    Past,
    Record,
    Usage,
    compute_usual,
    find_best,
    find_repeated_day,
    record,
    suggest,
)

M3 = Unit.M3
MONDAY = GasDay(dt.date(2026, 11, 23))
TUESDAY = MONDAY.plus(1)
MICRO = 10**6


def m3(amount: str | int) -> Quantity:
    return Quantity.of(amount, M3)


def usage(taken: dict[int, int], holidays: set[int] | None = None) -> Usage:
    """Consumption in m³ by how many days before Tuesday."""
    return Usage(
        M3,
        {TUESDAY.plus(-ago).date: amount * MICRO for ago, amount in taken.items()},
        {TUESDAY.plus(-ago).date: "Festivo" for ago in holidays or ()},
    )


def past(days: Usage, tolerance: int = 500, nominated: dict[int, int] | None = None) -> Past:
    """The past of a point; nominations in m³ by how many days before Tuesday."""
    asked = {TUESDAY.plus(-ago).date: amount * MICRO for ago, amount in (nominated or {}).items()}
    return Past(days, asked, tolerance)


def test_the_suggestion_is_the_median_of_the_last_four_same_weekdays() -> None:
    weeks = {7: 10, 14: 900, 21: 30, 28: 40, 35: 5000, 42: 5000}
    assert suggest(usage(weeks), TUESDAY, MONDAY) == m3(35)
    assert suggest(usage({**weeks, 1: 9000, 2: 9000}), TUESDAY, MONDAY) == m3(35), "other weekdays say nothing"
    assert suggest(usage({7: 10, 21: 30, 35: 50}), TUESDAY, MONDAY) == m3(30)


def test_too_few_or_too_old_days_suggest_nothing() -> None:
    assert suggest(usage({7: 10, 14: 20}), TUESDAY, MONDAY) is None
    assert suggest(usage({7: 10, 14: 20, 70: 30}), TUESDAY, MONDAY) is not None
    assert suggest(usage({7: 10, 14: 20, 77: 30}), TUESDAY, MONDAY) is None
    assert suggest(usage({}), TUESDAY, MONDAY) is None


def test_a_suggestion_has_the_decimals_that_may_be_typed() -> None:
    thirds = Usage(M3, {TUESDAY.plus(-7 * week).date: 10_500_001 for week in range(1, 5)}, {})
    assert suggest(thirds, TUESDAY, MONDAY) == m3(11)
    assert compute_usual(thirds, TUESDAY, MONDAY) == m3("10.500001")
    in_mbtu = suggest(replace(thirds, unit=Unit.MBTU), TUESDAY, MONDAY)
    assert in_mbtu == Quantity.of("10.50", Unit.MBTU)


def test_a_holiday_takes_what_holidays_took_against_their_own_weekday() -> None:
    weeks = {7 * week: 1000 for week in range(1, 9)}
    # Three Wednesdays that were holidays, after three ordinary ones each: 80, 50 and 60 per cent of them.
    before = {6 + 7 * week: 200 for week in range(1, 18)}
    holidays = {34: 160, 62: 100, 90: 120}
    known = {**weeks, **before, **holidays}
    days = usage(known, {0, *holidays})
    assert suggest(days, TUESDAY, MONDAY) == m3(600)
    assert suggest(usage(known, {0, 34, 62}), TUESDAY, MONDAY) == m3(1000), "two holidays make no factor"
    assert suggest(usage(known, set(holidays)), TUESDAY, MONDAY) == m3(1000), "an ordinary Tuesday has none"


def test_a_holiday_among_the_weekdays_is_left_out_and_a_sunday_stays_one() -> None:
    weeks = {7: 10, 14: 20, 21: 30, 28: 500}
    assert suggest(usage(weeks, {28}), TUESDAY, MONDAY) == m3(20)
    sundays = usage({9: 10, 16: 20, 23: 30}, {2, 9, 16, 23})
    assert suggest(sundays, TUESDAY.plus(-2), TUESDAY.plus(-3)) == m3(20)


def test_yesterday_is_before_today_and_last_week_before_the_day_asked_for() -> None:
    assert find_repeated_day(Basis.TODAY, TUESDAY.plus(3), MONDAY) == MONDAY
    assert find_repeated_day(Basis.YESTERDAY, TUESDAY.plus(3), MONDAY) == MONDAY.plus(-1)
    assert find_repeated_day(Basis.LAST_WEEK, TUESDAY.plus(3), MONDAY) == TUESDAY.plus(-4)
    assert find_repeated_day(Basis.SUGGESTED, TUESDAY, MONDAY) is None


def test_the_record_counts_the_days_that_would_have_stayed_in_tolerance() -> None:
    # Every day takes 100, but for the last ten: three on the limit of five per cent, three just beyond, four at 100.
    taken = dict.fromkeys(range(1, 130), 100)
    taken |= {2: 105, 3: 105, 4: 95, 5: 106, 6: 94, 7: 106}
    found = record(past(usage(taken), 500), Basis.SUGGESTED, TUESDAY)
    assert (found.days, found.right) == (30, 27)
    # 15 + 6 + 6 + 6 of 2,400 + 105 + 105 + 95 + 106 + 94 + 106.
    assert found.error == Decimal("1.1")
    assert record(past(usage(taken), 600), Basis.SUGGESTED, TUESDAY).right == 30


def test_days_without_a_measurement_or_a_suggestion_do_not_count() -> None:
    taken = dict.fromkeys(range(1, 130), 100)
    del taken[1], taken[2]
    assert record(past(usage(taken), 500), Basis.SUGGESTED, TUESDAY) == Record(30, 30, Decimal("0.0"))
    assert record(past(usage(dict.fromkeys(range(1, 28), 100)), 500), Basis.SUGGESTED, TUESDAY).days == 6
    assert record(past(usage({}), 500), Basis.SUGGESTED, TUESDAY) == Record(0, 0, Decimal(0))


def test_nothing_asked_holds_only_when_nothing_is_taken() -> None:
    nothing = dict.fromkeys(range(1, 130), 0)
    assert record(past(usage(nothing), 500), Basis.SUGGESTED, TUESDAY) == Record(30, 30, Decimal(0))
    assert record(past(usage({**nothing, 3: 5}), 500), Basis.SUGGESTED, TUESDAY) == Record(30, 29, Decimal("100.0"))
    found = record(past(usage({**nothing, **dict.fromkeys(range(1, 8), 9)}), 500), Basis.SUGGESTED, TUESDAY)
    assert (found.days, found.right) == (30, 23)


def test_each_basis_has_its_own_record_of_what_it_would_have_offered() -> None:
    # Thursday took what Tuesday had nominated, and every day what its weekday had a week before.
    taken = {ago: 100 + ago % 7 * 10 for ago in range(1, 130)}
    own = past(usage(taken), 500, {ago: 100 + (ago - 2) % 7 * 10 if ago == 7 else taken[ago] for ago in range(1, 130)})
    assert record(own, Basis.LAST_WEEK, TUESDAY).right == 30
    found = record(own, Basis.YESTERDAY, TUESDAY)
    # Two days before, a weekday takes 20 less or 50 more of 100 to 160: outside of five per cent but on one day.
    assert (found.days, found.right) == (30, 1)
    assert record(past(usage(taken)), Basis.YESTERDAY, TUESDAY) == Record(0, 0, Decimal(0))


EVERY_BASIS = frozenset(Basis)
WEEKLY = {Basis.SUGGESTED, Basis.LAST_WEEK}


def steady(nominated: int, *, since: int = 500) -> Past:
    """Every day takes 100 and was nominated at this."""
    return past(usage(dict.fromkeys(range(1, since), 100)), 500, dict.fromkeys(range(since), nominated))


def test_the_suggestion_is_the_best_unless_another_missed_clearly_less() -> None:
    assert find_best(steady(100), EVERY_BASIS, TUESDAY, MONDAY) is Basis.SUGGESTED, "all of them were right"
    # The last three weeks take twice as much: last week says so at once, the median of four weeks later.
    taken = {ago: 200 if ago < 23 else 100 for ago in range(1, 500)}
    rises = past(usage(taken), 500, taken)
    assert find_best(rises, WEEKLY, TUESDAY, MONDAY) is Basis.LAST_WEEK
    assert find_best(rises, {Basis.SUGGESTED}, TUESDAY, MONDAY) is None, "nothing to compare with"
    # What is nominated now and was not a week ago is as near as the suggestion, and no nearer.
    assert find_best(steady(90), EVERY_BASIS, TUESDAY, MONDAY) is Basis.SUGGESTED


def test_the_same_time_of_last_year_counts_as_the_last_weeks_do() -> None:
    # A year ago the harvest began on these days, and the suggestion was late; lately nothing has happened yet.
    taken = {ago: 300 if 340 < ago < 372 else 100 for ago in range(1, 500)}
    own = past(usage(taken), 500, taken)
    assert find_best(own, WEEKLY, TUESDAY, MONDAY) is Basis.LAST_WEEK
    later = {ago + 60: amount for ago, amount in taken.items()} | dict.fromkeys(range(1, 61), 100)
    assert find_best(past(usage(later), 500, later), WEEKLY, TUESDAY, MONDAY) is Basis.SUGGESTED


def test_one_day_without_gas_does_not_decide() -> None:
    taken = dict.fromkeys(range(1, 500), 100)
    asked = dict(taken)
    stopped = {**taken, 5: 0}
    assert find_best(past(usage(stopped), 500, asked), EVERY_BASIS, TUESDAY, MONDAY) is Basis.SUGGESTED


def test_for_a_holiday_the_suggestion_is_the_best_and_holidays_are_not_compared() -> None:
    taken = {ago: 200 if ago < 23 else 100 for ago in range(1, 500)}
    assert find_best(past(usage(taken, {0}), 500, taken), EVERY_BASIS, TUESDAY, MONDAY) is Basis.SUGGESTED
    but_sundays = {ago for ago in range(1, 500) if ago % 7 != 2}
    assert find_best(past(usage(taken, but_sundays), 500, taken), WEEKLY, TUESDAY, MONDAY) is None, "seven Sundays only"


def test_too_few_days_compare_nothing() -> None:
    # The suggestion needs three weeks before it can be compared, and today is not measured.
    assert find_best(steady(100, since=21 + LEAST_COMPARED + 1), EVERY_BASIS, TUESDAY, MONDAY) is None
    assert find_best(steady(100, since=21 + LEAST_COMPARED + 2), EVERY_BASIS, TUESDAY, MONDAY) is Basis.SUGGESTED


# Mostly Tuesdays: what is left then is rarely too little to suggest anything.
some_days = st.one_of(st.integers(1, 12).map(lambda weeks: 7 * weeks), st.integers(1, 200))
days_taken = st.dictionaries(some_days, st.integers(0, 40_000), min_size=4, max_size=60)
some_holidays = st.sets(st.integers(0, 200), max_size=12)


@given(days_taken, some_holidays, st.integers(0, 60))
def test_a_suggestion_never_looks_at_what_was_not_known(
    taken: dict[int, int], holidays: set[int], known_before: int
) -> None:
    known = TUESDAY.plus(-known_before - 1)
    then = {ago: amount for ago, amount in taken.items() if ago > known_before}
    assert compute_usual(usage(taken, holidays), TUESDAY, known) == compute_usual(usage(then, holidays), TUESDAY, known)


@given(days_taken, some_holidays)
def test_an_ordinary_day_lies_between_what_its_weekdays_took(taken: dict[int, int], holidays: set[int]) -> None:
    found = compute_usual(usage(taken, holidays - {0}), TUESDAY, MONDAY)
    weekdays = [amount for ago, amount in taken.items() if ago % 7 == 0 and 0 < ago <= 70]
    if found is not None:
        assert m3(min(weekdays)) <= found <= m3(max(weekdays))


@given(days_taken, some_holidays, st.integers(2, 9))
def test_who_takes_so_many_times_as_much_is_suggested_so_many_times_as_much(
    taken: dict[int, int], holidays: set[int], times: int
) -> None:
    one = compute_usual(usage(taken, holidays), TUESDAY, MONDAY)
    many = compute_usual(usage({ago: times * amount for ago, amount in taken.items()}, holidays), TUESDAY, MONDAY)
    assert (one is None) == (many is None)
    if one is not None and many is not None:
        assert abs(many.micro - times * one.micro) <= times


@given(days_taken, some_holidays, st.integers(0, 10_000))
def test_a_record_counts_at_most_thirty_days_and_a_wider_tolerance_never_fewer_right(
    taken: dict[int, int], holidays: set[int], tolerance: int
) -> None:
    days = usage(taken, holidays)
    found = record(past(days, tolerance), Basis.SUGGESTED, TUESDAY)
    assert 0 <= found.right <= found.days <= 30
    assert found.error is None or found.error >= 0
    assert record(past(days, tolerance + 500), Basis.SUGGESTED, TUESDAY).right >= found.right
    assert record(past(days, tolerance + 500), Basis.SUGGESTED, TUESDAY).error == found.error


@given(days_taken, some_holidays)
def test_nothing_rests_on_days_older_than_it_says(taken: dict[int, int], holidays: set[int]) -> None:
    older = {HISTORY_DAYS + 1 + ago: amount for ago, amount in taken.items()}
    recent, all_of_them = usage(taken, holidays), usage({**older, **taken}, holidays | set(older))
    with_them = replace(all_of_them, holidays=recent.holidays)
    assert record(past(with_them, 500), Basis.SUGGESTED, TUESDAY) == record(past(recent, 500), Basis.SUGGESTED, TUESDAY)
    assert suggest(with_them, TUESDAY, MONDAY) == suggest(recent, TUESDAY, MONDAY)


@pytest.mark.parametrize("basis", Basis)
def test_a_basis_is_spelled_as_its_button_sends_it(basis: Basis) -> None:
    assert Basis(basis.value) is basis
