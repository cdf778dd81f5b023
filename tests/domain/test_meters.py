"""Volume from the index of a meter: its factor, its change, the end of its dial."""

from __future__ import annotations

import pytest

from portal.domain.meters import IndexFell, IndexMissing, IndexTooLarge, Meter, compute_volume
from portal.domain.quantities import Quantity, Unit
from tests.factories import TODAY


def m3(amount: str) -> Quantity:
    return Quantity.of(amount, Unit.M3)


def meter(**said) -> Meter:
    usual = {
        "serial": "A-1",
        "first_day": TODAY.plus(-9),
        "first_index": m3("0"),
        "former_index": None,
        "factor_micro": 1_000_000,
        "digits": 6,
        "maximum": None,
    }
    return Meter(**usual | said)


def count(of: Meter, before: str | None, now: str, *, former: Meter | None = None) -> Quantity:
    known = None if before is None else m3(before)
    return compute_volume(of, former=former, gas_day=TODAY, before=known, now=m3(now))


def test_a_day_is_the_difference_of_two_indices_times_the_factor():
    assert count(meter(), "1200.5", "1300.75") == m3("100.25")
    assert count(meter(factor_micro=8_123_457), "1200", "1300") == m3("812.3457")
    # Half-up to millionths.
    assert count(meter(factor_micro=1_500_000), "0", "0.000001") == m3("0.000002")
    assert count(meter(), "5", "5") == m3("0")


def test_the_first_day_counts_from_the_first_index():
    assert count(meter(first_day=TODAY, first_index=m3("12")), None, "112") == m3("100")


def test_the_day_of_a_change_adds_the_rest_of_the_former_meter_by_its_own_factor():
    former = meter(factor_micro=2_000_000)
    new = meter(first_day=TODAY, serial="B-2", first_index=m3("7"), former_index=m3("950"))
    assert count(new, "900", "57", former=former) == m3("150")
    with pytest.raises(IndexMissing):
        count(new, None, "57", former=former)


def test_a_dial_begins_again_at_zero():
    assert count(meter(), "999990", "15") == m3("25")
    small = meter(maximum=m3("20"))
    with pytest.raises(IndexFell) as fell:
        count(small, "999990", "15")
    assert (fell.value.before, fell.value.now) == (m3("999990"), m3("15"))
    # No dial turns by a tenth of itself in a day.
    with pytest.raises(IndexFell):
        count(meter(), "500", "499")


def test_without_the_index_before_there_is_no_volume():
    with pytest.raises(IndexMissing):
        count(meter(), None, "10")


def test_an_index_above_the_dial_is_none():
    with pytest.raises(IndexTooLarge) as large:
        count(meter(), "10", "1000000")
    assert large.value.dial == m3("1000000")
