"""Calendar years and gas years: which months they hold."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.gas_day import AccountYear, Month, YearKind

MONTHS = st.builds(Month, st.integers(2014, 2099), st.integers(1, 12))


@pytest.mark.parametrize(
    ("kind", "first", "last", "days"),
    [
        (YearKind.CALENDAR, "2026-01-01", "2026-12-31", 365),
        (YearKind.GAS, "2025-12-01", "2026-11-30", 365),
    ],
)
def test_a_year_goes_from_its_first_day_to_its_last(kind: YearKind, first: str, last: str, days: int) -> None:
    year = AccountYear(kind, 2026)
    assert (str(year.first_day), str(year.last_day)) == (first, last)
    assert (year.last_day.date - year.first_day.date).days + 1 == days


@pytest.mark.parametrize(
    ("month", "kind", "number"),
    [
        (Month(2014, 12), YearKind.GAS, 2015),
        (Month(2014, 12), YearKind.CALENDAR, 2014),
        (Month(2026, 11), YearKind.GAS, 2026),
        (Month(2026, 12), YearKind.GAS, 2027),
        (Month(2026, 1), YearKind.GAS, 2026),
    ],
)
def test_december_opens_the_gas_year_that_is_named_after_the_next(month: Month, kind: YearKind, number: int) -> None:
    assert AccountYear.of(month, kind) == AccountYear(kind, number)


@given(MONTHS, st.sampled_from(YearKind))
def test_each_month_lies_in_exactly_one_year_of_each_kind(month: Month, kind: YearKind) -> None:
    year = AccountYear.of(month, kind)
    months = year.months()
    assert len(months) == 12
    assert month in months
    assert AccountYear.of(months[-1].next, kind) == AccountYear(kind, year.number + 1)
    assert all(one.next == other for one, other in pairwise(months))
