"""Figures unlike those before them are told apart, ordinary ones are not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.domain.oddities import Oddity, Weighed, weigh_figure

MONDAY = date(2026, 11, 23)
M3 = 10**6


def habit(day: date, *, days: int = 56, usual: int = 5000, sunday: int = 2000) -> dict[date, int]:
    """Some weeks of a station that sells less on Sundays, a little different each day."""
    found = {}
    for ago in range(1, days + 1):
        each = day - timedelta(days=ago)
        amount = sunday if each.weekday() == 6 else usual
        found[each] = (amount + ago * 7 % 100) * M3
    return found


def weigh(amount: int, *, day: date = MONDAY, holidays: tuple[date, ...] = (), **said) -> Weighed:
    known = said.pop("known", None)
    return weigh_figure(amount * M3, day=day, known=habit(day) if known is None else known, holidays=holidays, **said)


@pytest.mark.parametrize(
    ("amount", "odd"),
    [
        (5100, ()),
        (5900, ()),
        (7500, (Oddity.UNUSUAL,)),
        (2500, (Oddity.UNUSUAL,)),
        (15_300, (Oddity.TIMES_MORE,)),
        (500_000, (Oddity.TIMES_MORE,)),
        (1600, (Oddity.TIMES_LESS,)),
        (50, (Oddity.TIMES_LESS,)),
        (0, (Oddity.ZERO,)),
    ],
)
def test_a_figure_far_from_the_usual_is_odd(amount: int, odd: tuple[Oddity, ...]):
    assert weigh(amount).oddities == odd


def test_a_sunday_and_a_holiday_are_held_against_sundays():
    sunday = date(2026, 11, 22)
    assert weigh(2050, day=sunday).oddities == ()
    assert weigh(2050).oddities == (Oddity.UNUSUAL,)
    assert weigh(2050, holidays=(MONDAY,)).oddities == ()


def test_a_figure_that_repeats_is_odd_where_figures_never_do():
    known = habit(MONDAY)
    yesterday = known[MONDAY - timedelta(days=1)] = 5050 * M3
    assert weigh(5050, known=known).oddities == (Oddity.SAME_AS_BEFORE,)
    known[MONDAY - timedelta(days=2)] = yesterday
    assert weigh(5050, known=known).oddities == (Oddity.STUCK,)
    # Somebody who writes round figures repeats them now and then.
    rounded = dict.fromkeys(habit(MONDAY), 5000 * M3) | {MONDAY - timedelta(days=2): 5100 * M3}
    assert weigh(5000, known=rounded).oddities == ()


def test_a_zero_is_ordinary_at_a_point_that_has_them():
    known = habit(MONDAY) | {MONDAY - timedelta(days=7): 0}
    assert weigh(0, known=known).oddities == ()


def test_a_maximum_is_a_reason_by_itself_and_without_a_habit():
    assert weigh(6000, maximum=5500 * M3).oddities == (Oddity.ABOVE_MAXIMUM,)
    assert weigh(6000, known={}, maximum=5500 * M3).oddities == (Oddity.ABOVE_MAXIMUM,)


@pytest.mark.parametrize("days", [0, 5, 13])
def test_a_new_point_has_no_habit(days: int):
    weighed = weigh(500_000, known=habit(MONDAY, days=days))
    assert weighed.oddities == ()
    assert (weighed.mean is None) is (days == 0)


def test_the_mean_is_that_of_28_days_and_the_times_are_exact():
    known = habit(MONDAY, usual=4000, sunday=4000)
    weighed = weigh(8000, known=known)
    assert weighed.mean == sum(known[MONDAY - timedelta(days=ago)] for ago in range(1, 29)) // 28
    assert weighed.times(2 * weighed.mean) == 2
    assert Weighed(None, ()).times(5) is None
    assert Weighed(0, ()).times(5) is None
