"""Quantities are exact, keep to their unit and convert as docs/rules.md, "Units and heating value" says."""

from __future__ import annotations

import copy
import pickle
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.quantities import (
    Gas,
    HeatingValue,
    Quantity,
    Unit,
    UnitMismatch,
    convert,
    half_up,
    in_kpc,
    plain,
)

from .strategies import heating_values, micros, quantities, units

M3, MBTU = Unit.M3, Unit.MBTU
HHV = HeatingValue.of("1130")
REGISTRY = pint.UnitRegistry(non_int_type=Fraction)


@pytest.mark.parametrize(
    ("amount", "micro"),
    [
        ("12.5", 12_500_000),
        ("-3", -3_000_000),
        ("0.000001", 1),
        (7, 7_000_000),
        (Decimal("1E+3"), 10**9),
        ("007", 7 * 10**6),
    ],
)
def test_an_amount_is_kept_in_millionths(amount: str | int | Decimal, micro: int) -> None:
    assert Quantity.of(amount, M3) == Quantity.from_micro(micro, M3)


@pytest.mark.parametrize(
    "amount",
    [
        *[
            "",
            " 5",
            "+5",
            "5.",
            ".5",
            "1_000",
            "1e3",
            "1,5",
            "NaN",
            "Infinity",
            "１２",
            "٣",
            "0.0000001",
            "1" * 13,
            "5\n",
        ],
        *[Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity"), Decimal("0.0000001"), Decimal("1E+12"), 10**12],
    ],
)
def test_an_amount_spelled_otherwise_or_too_fine_or_too_large_is_refused(amount: str | int | Decimal) -> None:
    with pytest.raises(ValueError, match="amount"):
        Quantity.of(amount, M3)


@pytest.mark.parametrize("amount", [1.5, True, None, b"1", 1j])
def test_a_float_never_gets_in(amount: object) -> None:
    with pytest.raises(TypeError):
        Quantity.of(amount, M3)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Quantity.from_micro(amount, M3)  # type: ignore[arg-type]


def test_two_units_never_mix() -> None:
    one, other = Quantity.of(5, M3), Quantity.of(5, MBTU)
    for act in (
        lambda: one + other,
        lambda: one - other,
        lambda: one < other,
        lambda: one <= other,
        lambda: one > other,
        lambda: one >= other,
    ):
        with pytest.raises(UnitMismatch):
            act()
    assert one != other


@pytest.mark.parametrize("stranger", [5, Decimal(5), 5.0, None])
def test_a_quantity_goes_with_quantities_only(stranger: object) -> None:
    with pytest.raises(TypeError):
        Quantity.of(5, M3) + stranger  # type: ignore[operator]
    with pytest.raises(TypeError):
        assert Quantity.of(5, M3) < stranger  # type: ignore[operator]
    assert Quantity.of(5, M3) != stranger


def test_a_quantity_cannot_be_changed_and_zero_is_not_missing() -> None:
    zero = Quantity.zero(M3)
    with pytest.raises(AttributeError):
        zero.micro = 1  # type: ignore[misc]
    assert bool(zero) is True
    assert pickle.loads(pickle.dumps(zero)) == copy.deepcopy(zero) == zero


@given(micros, micros, units)
def test_arithmetic_and_order_are_those_of_whole_numbers(one: int, other: int, unit: Unit) -> None:
    a, b = Quantity.from_micro(one, unit), Quantity.from_micro(other, unit)
    assert (a + b).micro == one + other
    assert (a - b).micro == one - other
    assert (-a).micro == -one
    assert abs(a).micro == abs(one)
    assert (a < b, a <= b, a > b, a >= b, a == b) == (
        one < other,
        one <= other,
        one > other,
        one >= other,
        one == other,
    )
    assert sorted([a, b]) == [Quantity.from_micro(micro, unit) for micro in sorted([one, other])]
    assert a != b or hash(a) == hash(b)


@given(micros, units)
def test_amount_and_plain_text_lead_back_to_the_same_quantity(micro: int, unit: Unit) -> None:
    quantity = Quantity.from_micro(micro, unit)
    with localcontext(prec=3):
        assert Quantity.of(quantity.amount, unit) == quantity
    assert Quantity.of(plain(quantity), unit) == quantity
    assert plain(quantity) == plain(quantity.amount)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Quantity.of("12500.50", M3), "12500.5"),
        (Quantity.of("-0.000001", M3), "-0.000001"),
        (Quantity.of("-320", M3), "-320"),
        (Quantity.zero(M3), "0"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0.00"), "0"),
        (Decimal("6.400000"), "6.4"),
        (Decimal(100), "100"),
    ],
)
def test_plain_text_is_exact_without_exponent_or_idle_zeros(value: Decimal | Quantity, text: str) -> None:
    assert plain(value) == text


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
def test_plain_text_has_no_word_for_what_is_no_figure(value: str) -> None:
    with pytest.raises(ValueError, match="no figure"):
        plain(Decimal(value))


@pytest.mark.parametrize(
    ("amount", "unit", "converted"),
    [
        # docs/rules.md, "Units and heating value", "Worked month": heating value 1,130
        ("1", M3, "0.039906"),
        ("1000000", M3, "39905.573395"),
        ("1", MBTU, "25.059156"),
        ("-320", M3, "-12.769783"),
        ("100", M3, "3.990557"),
        ("-50", M3, "-1.995279"),
        ("12500", M3, "498.819667"),
        ("0", M3, "0"),
    ],
)
def test_the_figures_of_the_design_convert(amount: str, unit: Unit, converted: str) -> None:
    other = MBTU if unit is M3 else M3
    assert convert(Quantity.of(amount, unit), other, HHV) == Quantity.of(converted, other)


@given(micros, units, heating_values)
def test_a_conversion_is_rounded_once_and_half_up(micro: int, unit: Unit, heating_value: HeatingValue) -> None:
    other = MBTU if unit is M3 else M3
    hhv = Decimal(heating_value.milli) / 1000
    with localcontext(prec=100):
        amount = Decimal(micro) / 10**6
        exact = (
            amount * Decimal("35.3146667214886") * hhv / 1_000_000
            if unit is M3
            else amount * Decimal("28316.846592") / hhv
        )
        expected = exact.quantize(Decimal("0.000001"), ROUND_HALF_UP)
    assert convert(Quantity.from_micro(micro, unit), other, heating_value).amount == expected


@given(quantities(M3, 0), heating_values)
def test_pint_agrees_on_cubic_feet(volume: Quantity, heating_value: HeatingValue) -> None:
    cubic_feet = (Fraction(volume.micro, 10**6) * REGISTRY.meter**3).to("foot**3").magnitude
    expected = cubic_feet * Fraction(heating_value.milli, 1000) / 10**6
    difference = abs(Fraction(convert(volume, MBTU, heating_value).micro, 10**6) - expected)
    # The factor has 15 digits; rounding adds half a millionth.
    assert difference <= Fraction(1, 2 * 10**6) + expected / 10**13


@given(quantities(M3, -(10**13), 10**13), heating_values)
def test_there_and_back_returns_within_the_rounding_of_the_smaller_figure(
    volume: Quantity, heating_value: HeatingValue
) -> None:
    back = convert(convert(volume, MBTU, heating_value), M3, heating_value)
    # Half a millionth MBTU is at most 40.45 / 2 millionths of m³, at 700 BTU/ft³.
    assert abs(back - volume).micro <= 22


@given(units, micros, heating_values)
def test_the_same_unit_needs_no_conversion(unit: Unit, micro: int, heating_value: HeatingValue) -> None:
    quantity = Quantity.from_micro(micro, unit)
    assert convert(quantity, unit, heating_value) is quantity


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**6))
def test_half_up_rounds_ties_away_from_zero(numerator: int, denominator: int) -> None:
    with localcontext(prec=60):
        expected = (Decimal(numerator) / denominator).quantize(Decimal(1), ROUND_HALF_UP)
    assert half_up(numerator, denominator) == expected


@pytest.mark.parametrize(("numerator", "rounded"), [(0, 0), (1, 1), (-1, -1), (3, 2), (-3, -2), (5, 3), (4, 2)])
def test_a_half_goes_away_from_zero(numerator: int, rounded: int) -> None:
    assert half_up(numerator, 2) == rounded


def test_the_factors_hold_to_their_last_digit() -> None:
    huge = 10**22
    thousand = HeatingValue.of("1000")
    assert convert(Quantity.from_micro(huge, M3), MBTU, thousand).micro == 353_146_667_214_886 * 10**6
    assert convert(Quantity.from_micro(huge, MBTU), M3, thousand).micro == 28_316_846_592 * 10**13


def test_a_thousand_cubic_feet_is_one_kpc() -> None:
    assert in_kpc(Quantity.of("28.316847", M3)) == Decimal("1.000000")
    assert in_kpc(Quantity.of("2831684.6592", M3)) == Decimal("100000.000000")
    with pytest.raises(UnitMismatch):
        in_kpc(Quantity.of(1, MBTU))


@pytest.mark.parametrize("amount", ["700", "1500", "1130.125", 1000, Decimal("999.5")])
def test_a_heating_value_keeps_thousandths(amount: str | int | Decimal) -> None:
    assert HeatingValue.of(amount).amount == Decimal(amount)


@pytest.mark.parametrize("amount", ["699.999", "1500.001", "1130.1234", "0", "-1130", "1_130", "NaN"])
def test_a_heating_value_outside_of_gas_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match=r"heating value|amount"):
        HeatingValue.of(amount)


def test_a_heating_value_is_no_float() -> None:
    with pytest.raises(TypeError):
        HeatingValue.of(1130.0)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        HeatingValue(1130000.0)  # type: ignore[arg-type]


def test_gas_is_the_same_amount_in_both_units() -> None:
    gas = Gas.of(Quantity.of("12500", M3), HHV)
    assert gas.in_unit(M3) == Quantity.of("12500", M3)
    assert gas.in_unit(MBTU) == Quantity.of("498.819667", MBTU)
    assert gas + gas - gas == gas
    assert gas + -gas == Gas.zero()
    assert Gas.of(Quantity.of("498.82", MBTU), HHV).mbtu == Quantity.of("498.82", MBTU)


def test_gas_refuses_exchanged_units() -> None:
    with pytest.raises(UnitMismatch):
        Gas(Quantity.of(1, MBTU), Quantity.of(1, MBTU))
    with pytest.raises(UnitMismatch):
        Gas(Quantity.of(1, M3), Quantity.of(1, M3))
