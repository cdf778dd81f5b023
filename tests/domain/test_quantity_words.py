"""Quantities are said in correct Spanish."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.quantities import Quantity, Unit, spell_out
from portal.domain.quantities.words import number_words

M3, MBTU = Unit.M3, Unit.MBTU


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "cero"),
        ("1", "un"),
        ("2", "dos"),
        ("16", "dieciséis"),
        ("20", "veinte"),
        ("21", "veintiún"),
        ("22", "veintidós"),
        ("23", "veintitrés"),
        ("26", "veintiséis"),
        ("30", "treinta"),
        ("31", "treinta y un"),
        ("99", "noventa y nueve"),
        ("100", "cien"),
        ("101", "ciento un"),
        ("115", "ciento quince"),
        ("200", "doscientos"),
        ("500", "quinientos"),
        ("700", "setecientos"),
        ("999", "novecientos noventa y nueve"),
        ("1000", "mil"),
        ("1001", "mil un"),
        ("1100", "mil cien"),
        ("12500", "doce mil quinientos"),
        ("21000", "veintiún mil"),
        ("21021", "veintiún mil veintiún"),
        ("31000", "treinta y un mil"),
        ("100000", "cien mil"),
        ("101101", "ciento un mil ciento un"),
        ("1000000", "un millón de"),
        ("1000001", "un millón un"),
        ("1200000", "un millón doscientos mil"),
        ("2000000", "dos millones de"),
        ("10000000", "diez millones de"),
        ("21000000", "veintiún millones de"),
        ("1000000000", "mil millones de"),
        ("-320", "menos trescientos veinte"),
    ],
)
def test_a_whole_quantity_is_said_before_its_unit(amount: str, words: str) -> None:
    assert spell_out(Quantity.of(amount, M3)) == f"{words} m³"
    assert spell_out(Quantity.of(amount, MBTU)) == f"{words} MBTU"


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("250.5", "doscientos cincuenta coma cinco MBTU"),
        ("250.05", "doscientos cincuenta coma cero cinco MBTU"),
        ("498.82", "cuatrocientos noventa y ocho coma ochenta y dos MBTU"),
        ("21.21", "veintiuno coma veintiuno MBTU"),
        ("1.1", "uno coma uno MBTU"),
        ("0.000123", "cero coma cero cero cero ciento veintitrés MBTU"),
        ("-3.99", "menos tres coma noventa y nueve MBTU"),
    ],
)
def test_decimals_are_said_after_the_comma(amount: str, words: str) -> None:
    assert spell_out(Quantity.of(amount, MBTU)) == words


VALUES = {number_words(number): number for number in [*range(31), *range(40, 100, 10), *range(100, 1000, 100)]}
VALUES |= {"ciento": 100, "un": 1, "veintiún": 21}


def heard(words: str) -> int:
    """Understand a number again, word by word, without the code under test."""
    total = thousands = group = 0
    for word in words.split():
        if word in ("millón", "millones"):
            total, thousands, group = total + (thousands + group) * 10**6, 0, 0
        elif word == "mil":
            thousands, group = (group or 1) * 1000, 0
        elif word != "y":
            group += VALUES[word]
    return total + thousands + group


@given(st.one_of(st.integers(0, 10**4), st.integers(0, 10**12 - 1)))
def test_a_number_said_is_the_number_heard(number: int) -> None:
    assert heard(number_words(number)) == number


def test_every_number_below_a_thousand_has_its_own_words() -> None:
    assert len({number_words(number) for number in range(1000)}) == 1000


@pytest.mark.parametrize("number", [-1, 10**12])
def test_a_number_beyond_any_quantity_is_not_said(number: int) -> None:
    with pytest.raises(OverflowError):
        number_words(number)
