"""When a certified reading is too old for an operator to correct."""

from __future__ import annotations

from datetime import date

import pytest

from portal.domain.gas_day import GasDay
from portal.domain.readings import is_old


@pytest.mark.parametrize(
    ("today", "oldest"),
    [
        (date(2026, 11, 23), date(2026, 6, 23)),
        (date(2026, 7, 31), date(2026, 2, 28)),
        (date(2026, 3, 1), date(2025, 10, 1)),
        (date(2028, 7, 29), date(2028, 2, 29)),
        (date(2028, 7, 31), date(2028, 2, 29)),
        (date(2027, 7, 29), date(2027, 2, 28)),
        (date(2026, 8, 31), date(2026, 3, 31)),
        (date(2026, 12, 31), date(2026, 7, 31)),
    ],
)
def test_five_months_are_counted_to_the_same_day_or_the_last_of_a_shorter_month(today: date, oldest: date):
    assert not is_old(GasDay(oldest), GasDay(today))
    assert is_old(GasDay(oldest).plus(-1), GasDay(today))
