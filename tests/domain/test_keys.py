"""Keys are read as printed, forgivingly, and a slip of the finger is found before an attempt is spent."""

from __future__ import annotations

import random
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.keys import (
    WEB_ALPHABET,
    BadCheckDigit,
    BadKeyFormat,
    compute_damm_digit,
    generate_numeric_key,
    generate_web_key,
    normalise_numeric_key,
    normalise_web_key,
    print_numeric_key,
    print_web_key,
)

web_keys = st.text(alphabet=WEB_ALPHABET, min_size=12, max_size=12)
digits = st.text(alphabet="0123456789", min_size=8, max_size=8)
numeric_keys = digits.map(lambda number: f"{number}{compute_damm_digit(number)}")


def test_crockfords_alphabet_has_32_letters_and_none_of_the_lookalikes() -> None:
    assert len(set(WEB_ALPHABET)) == 32
    assert not set("ILOU") & set(WEB_ALPHABET)


@pytest.mark.parametrize(
    "typed",
    [
        "K7QF-2M9X-TB4R",
        "k7qf2m9xtb4r",
        " k7qf 2m9x tb4r\n",
        "K7QF\N{NON-BREAKING HYPHEN}2M9X\N{EN DASH}TB4R",
        "K7QF\N{NO-BREAK SPACE}2M9X-TB4R",
    ],
)
def test_a_web_key_is_read_in_each_spelling(typed: str) -> None:
    assert normalise_web_key(typed) == "K7QF2M9XTB4R"


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    assert normalise_web_key("OoIi-LlAA-AAAA") == "001111AAAAAA"


@pytest.mark.parametrize(
    "typed",
    [
        *["", "K7QF-2M9X-TB4", "K7QF-2M9X-TB4R5", "U7QF-2M9X-TB4R", "K7QF_2M9X_TB4R", "K7QF-2M9X-TB4Ñ"],
        "１7QF-2M9X-TB4R",
        # Letters whose upper case is an ASCII one.
        "\N{LATIN SMALL LETTER LONG S}7QF-2M9X-TB4R",
        "\N{LATIN SMALL LETTER DOTLESS I}7QF-2M9X-TB4R",
        "\N{LATIN SMALL LIGATURE FF}QF-2M9X-TB4R",
    ],
)
def test_what_cannot_be_a_web_key_is_a_matter_of_format(typed: str) -> None:
    with pytest.raises(BadKeyFormat):
        normalise_web_key(typed)


@given(web_keys)
def test_a_printed_web_key_is_read_back(key: str) -> None:
    printed = print_web_key(key)
    assert normalise_web_key(printed) == normalise_web_key(printed.lower().replace("-", " ")) == key
    assert [len(group) for group in printed.split("-")] == [4, 4, 4]


@given(numeric_keys)
def test_a_printed_numeric_key_is_read_back(key: str) -> None:
    printed = print_numeric_key(key)
    assert normalise_numeric_key(f" {printed} ") == normalise_numeric_key(printed.replace(" ", "-")) == key
    assert [len(group) for group in printed.split()] == [3, 3, 3]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "12345678",
        "1234567890",
        "12345678a",
        "１２３４５６７８９",
        "٣٣٣٣٣٣٣٣٣",
        "12345678.",
        "+12345678",
        "1_2345678",
    ],
)
def test_what_cannot_be_a_numeric_key_is_a_matter_of_format(typed: str) -> None:
    with pytest.raises(BadKeyFormat) as refused:
        normalise_numeric_key(typed)
    assert not isinstance(refused.value, BadCheckDigit)


def test_the_published_example_has_the_published_check_digit() -> None:
    # Damm's own example.
    assert compute_damm_digit("572") == 4
    assert compute_damm_digit("5724") == 0


SAMPLES = [generate_numeric_key(random.Random(seed).randrange) for seed in range(60)] + ["000000000"]


@pytest.mark.parametrize("key", SAMPLES)
def test_each_single_wrong_digit_is_found(key: str) -> None:
    for place, right in enumerate(key):
        for wrong in set("0123456789") - {right}:
            with pytest.raises(BadCheckDigit):
                normalise_numeric_key(key[:place] + wrong + key[place + 1 :])


@pytest.mark.parametrize("key", SAMPLES)
def test_each_swap_of_neighbours_is_found(key: str) -> None:
    for place in range(len(key) - 1):
        one, other = key[place], key[place + 1]
        if one != other:
            with pytest.raises(BadCheckDigit):
                normalise_numeric_key(key[:place] + other + one + key[place + 2 :])


def test_keys_are_drawn_with_the_chance_that_is_passed_in() -> None:
    assert generate_web_key(lambda below: below - 1) == "Z" * 12
    assert generate_numeric_key(lambda below: below - 1) == f"99999999{compute_damm_digit('99999999')}"
    drawn: list[int] = []

    def first(below: int) -> int:
        drawn.append(below)
        return 0

    assert generate_web_key(first) == "0" * 12
    assert drawn == [32] * 12
    drawn.clear()
    assert generate_numeric_key(first) == "000000000"
    assert drawn == [10] * 8


def test_new_keys_are_well_formed_and_differ() -> None:
    web = {generate_web_key(secrets.randbelow) for _ in range(200)}
    numeric = {generate_numeric_key() for _ in range(200)}
    assert len(web) == 200
    assert len(numeric) >= 199
    assert {normalise_web_key(key) for key in web} == web
    assert {normalise_numeric_key(key) for key in numeric} == numeric
