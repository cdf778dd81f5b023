"""What is typed as a quantity is read as in Colombia, or refused with its reason; it is never guessed."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.domain.quantities import BadQuantity, Quantity, QuantityProblem, Unit, parse_quantity, plain, round_typed

from .strategies import quantities, units

M3, MBTU = Unit.M3, Unit.MBTU
ENTRY_STEP = {M3: 10**6, MBTU: 10**4}
LARGEST = {M3: 10_000_000, MBTU: 400_000}


def problem_of(text: str, unit: Unit) -> QuantityProblem:
    with pytest.raises(BadQuantity) as refused:
        parse_quantity(text, unit)
    return refused.value.problem


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12500", "12500"),
        ("12.500", "12500"),
        ("1.234.567", "1234567"),
        ("12 500", "12500"),
        ("1 234 567", "1234567"),
        ("12\N{NO-BREAK SPACE}500", "12500"),
        ("12\N{NARROW NO-BREAK SPACE}500", "12500"),
        ("\t 12500 \N{NO-BREAK SPACE}\n", "12500"),
        ("0", "0"),
        ("000", "0"),
        ("0012500", "12500"),
        ("12500,0", "12500"),
        ("12.500,00", "12500"),
        ("10.000.000", "10000000"),
        ("6.000 m3", "6000"),
        ("6.000 m³", "6000"),
        ("12500m3", "12500"),
        ("12 500 (Sm3)", "12500"),
        ("6000.00", "6000"),
        ("12500.0 m3", "12500"),
    ],
)
def test_whole_cubic_metres_are_read_in_each_spelling(text: str, amount: str) -> None:
    assert parse_quantity(text, M3) == Quantity.of(amount, M3)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12500,5", "12500.5"),
        ("250,05", "250.05"),
        ("0,5", "0.5"),
        ("0,500", "0.5"),
        ("1.234,5", "1234.5"),
        ("1 234,50", "1234.5"),
        ("1.234,500", "1234.5"),
        ("400.000,00", "400000"),
        ("498", "498"),
        ("10.300 MBTU", "10300"),
        ("250,5 mmbtu", "250.5"),
        ("6100.00", "6100"),
        ("1234.5", "1234.5"),
    ],
)
def test_mbtu_are_read_with_up_to_two_decimals(text: str, amount: str) -> None:
    assert parse_quantity(text, MBTU) == Quantity.of(amount, MBTU)


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "EMPTY"),
        (" \t\N{NO-BREAK SPACE}", "EMPTY"),
        ("1.25", "AMBIGUOUS"),
        ("12.50", "AMBIGUOUS"),
        ("12,500.0", "AMBIGUOUS"),
        ("12,500", "AMBIGUOUS"),
        ("1,234,567", "AMBIGUOUS"),
        ("12 500.5", "AMBIGUOUS"),
        ("0.500", "AMBIGUOUS"),
        ("012.500", "AMBIGUOUS"),
        ("12500.000", "AMBIGUOUS"),
        ("-5", "NEGATIVE"),
        ("\N{MINUS SIGN}5", "NEGATIVE"),
        ("- 12.500", "NEGATIVE"),
        ("-0", "NEGATIVE"),
        ("-x", "NOT_A_NUMBER"),
        ("-", "NOT_A_NUMBER"),
        ("+5", "NOT_A_NUMBER"),
        ("1e3", "NOT_A_NUMBER"),
        ("1_000", "NOT_A_NUMBER"),
        ("NaN", "NOT_A_NUMBER"),
        ("Infinity", "NOT_A_NUMBER"),
        ("0x10", "NOT_A_NUMBER"),
        ("１２", "NOT_A_NUMBER"),
        ("٣", "NOT_A_NUMBER"),
        ("12 kpc", "NOT_A_NUMBER"),
        ("m3", "NOT_A_NUMBER"),
        ("1e3 m3", "NOT_A_NUMBER"),
        ("12 50", "NOT_A_NUMBER"),
        ("1 2", "NOT_A_NUMBER"),
        ("12.500 000", "NOT_A_NUMBER"),
        ("1.23.456", "NOT_A_NUMBER"),
        ("12,", "NOT_A_NUMBER"),
        (",5", "NOT_A_NUMBER"),
        ("5,5,5", "NOT_A_NUMBER"),
        (".", "NOT_A_NUMBER"),
        ("12\n500", "NOT_A_NUMBER"),
        ("12500,123", "TOO_MANY_DECIMALS"),
        ("10.000.001", "TOO_LARGE"),
        ("9" * 5000, "TOO_LARGE"),
    ],
)
def test_what_is_no_quantity_is_refused_with_its_reason(text: str, problem: str, unit: Unit) -> None:
    assert problem_of(text, unit) is QuantityProblem[problem]


@pytest.mark.parametrize(
    ("text", "unit", "problem"),
    [
        ("12500,5", M3, "TOO_MANY_DECIMALS"),
        ("6000.50", M3, "TOO_MANY_DECIMALS"),
        ("10.300 m3", MBTU, "OTHER_UNIT"),
        ("250,5 MBTU", M3, "OTHER_UNIT"),
        ("1.25 MBTU", M3, "AMBIGUOUS"),
        ("-5 m3", M3, "NEGATIVE"),
        ("250,125", M3, "AMBIGUOUS"),
        ("1.250,125", MBTU, "TOO_MANY_DECIMALS"),
        ("0,125", MBTU, "TOO_MANY_DECIMALS"),
        ("400.000,01", MBTU, "TOO_LARGE"),
        ("400.001", MBTU, "TOO_LARGE"),
    ],
)
def test_each_unit_has_its_own_decimals_and_limit(text: str, unit: Unit, problem: str) -> None:
    assert problem_of(text, unit) is QuantityProblem[problem]


def colombian(quantity: Quantity, group: str) -> str:
    whole, _, decimals = plain(quantity).partition(".")
    grouped = f"{int(whole):,}".replace(",", group)
    return f"{grouped},{decimals}" if decimals else grouped


@given(st.data(), units, st.sampled_from(["", ".", " ", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"]))
def test_each_figure_the_portal_writes_is_read_back(data: st.DataObject, unit: Unit, group: str) -> None:
    step = ENTRY_STEP[unit]
    steps = data.draw(st.integers(0, LARGEST[unit] * 10**6 // step))
    quantity = Quantity.from_micro(steps * step, unit)
    assert parse_quantity(colombian(quantity, group), unit) == quantity


@given(st.data(), units)
def test_a_figure_made_to_be_entered_is_the_nearest_that_may_be_typed(data: st.DataObject, unit: Unit) -> None:
    exact = data.draw(quantities(unit, 0, LARGEST[unit] * 10**6))
    found = round_typed(exact)
    assert parse_quantity(colombian(found, "."), unit) == found
    assert 2 * abs(found.micro - exact.micro) <= ENTRY_STEP[unit]


@given(st.text(alphabet="0123456789., -+e\N{NO-BREAK SPACE}١", max_size=14), units)
@example("12,00", M3)
def test_whatever_is_read_is_in_range_and_in_the_steps_of_its_unit(text: str, unit: Unit) -> None:
    try:
        quantity = parse_quantity(text, unit)
    except BadQuantity:
        return
    assert Quantity.zero(unit) <= quantity <= Quantity.of(LARGEST[unit], unit)
    assert quantity.micro % ENTRY_STEP[unit] == 0
    assert any(digit in text for digit in "0123456789")


@given(st.text(max_size=30), units)
def test_no_text_whatever_raises_anything_else(text: str, unit: Unit) -> None:
    try:
        parse_quantity(text, unit)
    except BadQuantity:
        return
    assert text.strip()
