"""Unusual quantities are noticed exactly at their limits, and a late change is never shown as a cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.nominations import (
    CutReason,
    QuantityWarning,
    find_warnings,
    mean_of,
)
from portal.domain.quantities import Quantity, Unit, UnitMismatch

from .strategies import quantities

M3 = Unit.M3
MAXIMUM, FAR_ABOVE, FAR_BELOW, UNIT = (
    QuantityWarning.ABOVE_MAXIMUM,
    QuantityWarning.FAR_ABOVE_MEAN,
    QuantityWarning.FAR_BELOW_MEAN,
    QuantityWarning.UNIT_SUSPECTED,
)


def m3(amount: str) -> Quantity:
    return Quantity.of(amount, M3)


@pytest.mark.parametrize(
    ("quantity", "warnings"),
    [
        ("0", ()),
        ("0.000001", (FAR_BELOW,)),
        ("33.333333", (FAR_BELOW,)),
        ("33.333334", (UNIT,)),
        ("40", (UNIT,)),
        ("50", (UNIT,)),
        ("50.000001", (FAR_BELOW,)),
        ("124.999999", (FAR_BELOW,)),
        ("125", ()),
        ("1000", ()),
        ("8000", ()),
        ("8000.000001", (FAR_ABOVE,)),
        ("19999.999999", (FAR_ABOVE,)),
        ("20000", (UNIT,)),
        ("30000", (UNIT,)),
        ("30000.000001", (FAR_ABOVE,)),
    ],
)
def test_a_quantity_is_compared_exactly_with_a_mean_of_a_thousand(
    quantity: str, warnings: tuple[QuantityWarning, ...]
) -> None:
    assert find_warnings(m3(quantity), None, None, m3("1000")) == warnings


@pytest.mark.parametrize("mean", [None, Quantity.zero(M3)])
def test_without_a_mean_nothing_is_compared(mean: Quantity | None) -> None:
    assert find_warnings(m3("9999999"), m3("10000000"), None, mean) == ()


@pytest.mark.parametrize(
    ("quantity", "others", "warnings"),
    [
        ("10000", "0", ()),
        ("10000.000001", "0", (MAXIMUM,)),
        ("4000", "6000", ()),
        ("4000", "6000.000001", (MAXIMUM,)),
        ("0", "10001", (MAXIMUM,)),
    ],
)
def test_the_maximum_holds_for_the_whole_contract(
    quantity: str, others: str, warnings: tuple[QuantityWarning, ...]
) -> None:
    assert find_warnings(m3(quantity), m3("10000"), m3(others), None) == warnings


def test_the_maximum_is_said_first_and_the_mean_once() -> None:
    assert find_warnings(m3("25000"), m3("10000"), m3("0"), m3("1000")) == (MAXIMUM, UNIT)
    assert find_warnings(m3("9000"), m3("8000"), None, m3("1000")) == (MAXIMUM, FAR_ABOVE)


def test_a_unit_typed_for_the_other_is_suspected() -> None:
    # 12,500 m³ are 498.82 MBTU at 1,130 BTU/ft³.
    assert find_warnings(m3("498.82"), None, None, m3("12500")) == (UNIT,)
    assert find_warnings(m3("12500"), None, None, m3("498.82")) == (UNIT,)


@pytest.mark.parametrize("place", range(3))
def test_units_never_mix_in_a_comparison(place: int) -> None:
    facts: list[Quantity | None] = [m3("10"), m3("10"), m3("10")]
    facts[place] = Quantity.of("10", Unit.MBTU)
    with pytest.raises(UnitMismatch):
        find_warnings(m3("5"), *facts)


@given(quantities(M3, 1, 10**13), quantities(M3, 1, 10**13))
def test_more_and_less_are_judged_alike(quantity: Quantity, mean: Quantity) -> None:
    mirror = {FAR_ABOVE: FAR_BELOW, FAR_BELOW: FAR_ABOVE, UNIT: UNIT}
    one, other = find_warnings(quantity, None, None, mean), find_warnings(mean, None, None, quantity)
    assert tuple(mirror[warning] for warning in one) == other


@given(st.lists(quantities(M3, 0), min_size=1, max_size=40))
def test_a_mean_lies_within_and_misses_by_half_a_millionth_at_most(figures: list[Quantity]) -> None:
    mean = mean_of(figures)
    assert mean is not None
    assert min(figures) <= mean <= max(figures)
    total = sum(figure.micro for figure in figures)
    assert 2 * abs(mean.micro * len(figures) - total) <= len(figures)


def test_nothing_has_no_mean_and_units_do_not_mix_in_one() -> None:
    assert mean_of([]) is None
    with pytest.raises(UnitMismatch):
        mean_of([m3("1"), Quantity.of("1", Unit.MBTU)])


def test_the_ten_reasons_of_the_industry_are_there() -> None:
    assert {*CutReason} == {"CPR", "CRN", "PCC", "CCD", "EPM", "EPS", "FMJ", "NGU", "CNA", "GQS"}
