"""One cleaner for what people type and paste: it reads as it looks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.codes import normalise_nit
from portal.domain.gas_day import parse_gas_day
from portal.domain.keys import BadKeyFormat, normalise_numeric_key, normalise_web_key
from portal.domain.quantities import BadQuantity, Unit, parse_quantity
from portal.domain.typed_text import as_prose, as_typed

UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u2060\u2066\u2069\u202a\u202e\ufeff\u00ad\u034f\ufe0f\u061c\u180e\x07"
BLANKS = " \u00a0\u2009\u202f\u2003\u3000\u205f\u1680\u3164\u2800\t\u2028\x85"
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63\uff0d"


@pytest.mark.parametrize("mark", UNSEEN, ids=lambda mark: f"U+{ord(mark):04X}")
def test_a_character_that_nobody_sees_changes_nothing(mark):
    for typed, read in DIRTY.items():
        spoiled = mark + mark.join(typed) + mark
        assert read(spoiled) == read(typed), typed


@pytest.mark.parametrize("blank", BLANKS, ids=lambda blank: f"U+{ord(blank):04X}")
def test_every_blank_is_a_space_and_none_stands_at_the_ends(blank):
    assert as_typed(f"{blank}a{blank}{blank}b{blank}") == "a b"
    assert parse_quantity(f"{blank}12{blank}500{blank}", Unit.M3) == parse_quantity("12500", Unit.M3)
    assert normalise_numeric_key(f"{blank}483{blank}920{blank}179{blank}") == "483920179"


@pytest.mark.parametrize("dash", DASHES, ids=lambda dash: f"U+{ord(dash):04X}")
def test_every_dash_is_a_hyphen(dash):
    assert normalise_nit(f"800021272{dash}9") == "800021272-9"
    assert normalise_web_key(f"K7QF{dash}2M9X{dash}TB4R") == "K7QF2M9XTB4R"
    assert parse_gas_day(f"2026{dash}11{dash}30").isoformat() == "2026-11-30"
    with pytest.raises(BadQuantity, match="negative"):
        parse_quantity(f"{dash}500", Unit.M3)


@pytest.mark.parametrize("typed", ["１２５００", "١٢٥٠٠", "12๐00"])
def test_digits_of_other_scripts_stay_no_figures(typed):
    assert as_typed(typed) == typed
    with pytest.raises(BadQuantity):
        parse_quantity(typed, Unit.M3)
    with pytest.raises(BadKeyFormat):
        normalise_numeric_key("４８３９２０１７９")


def test_an_accent_typed_apart_is_the_accented_letter():
    assert as_typed("Estacio\u0301n") == "Estación"


def test_half_a_character_is_dropped_since_nothing_can_keep_it():
    assert as_typed("a\ud800b") == as_prose("a\ud800b") == "ab"


def test_prose_keeps_its_lines_dashes_and_tabs():
    assert as_prose("uno — dos\r\ntres\u2028cuatro\tcinco\u200b\u202e") == "uno — dos\ntres\ncuatro\tcinco"


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text):
    assert as_typed(as_typed(text)) == as_typed(text)
    assert as_prose(as_prose(text)) == as_prose(text)
    as_typed(text).encode()


DIRTY = {
    "12.500": lambda text: parse_quantity(text, Unit.M3),
    "800.021.272-9": normalise_nit,
    "K7QF-2M9X-TB4R": normalise_web_key,
    "483920179": normalise_numeric_key,
    "30/11/2026": parse_gas_day,
}
