"""A NIT carries the check digit of the DIAN."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.codes import BadNit, NitProblem, compute_nit_check_digit, normalise_nit, print_nit

numbers = st.integers(100_000, 9_999_999_999).map(str)


# The distributor's own, as its contract prints it, and other public ones.
@pytest.mark.parametrize(
    ("number", "digit"), [("800021272", 9), ("899999068", 1), ("860002964", 4), ("890903938", 8), ("900000000", 5)]
)
def test_the_check_digit_is_the_dians(number: str, digit: int) -> None:
    weights = [71, 67, 59, 53, 47, 43, 41, 37, 29, 23, 19, 17, 13, 7, 3]
    rest = sum(weight * int(each) for weight, each in zip(weights, number.zfill(15), strict=True)) % 11
    assert compute_nit_check_digit(number) == digit == (rest if rest < 2 else 11 - rest)


@pytest.mark.parametrize("text", ["800021272-9", "800.021.272-9", "800 021 272-9", " 800.021.272 - 9 "])
def test_a_nit_is_read_in_each_spelling(text: str) -> None:
    assert normalise_nit(text) == "800021272-9"


@given(numbers)
def test_a_printed_nit_is_read_back(number: str) -> None:
    nit = f"{number}-{compute_nit_check_digit(number)}"
    assert normalise_nit(nit) == normalise_nit(print_nit(nit)) == nit


@given(numbers, st.data())
def test_a_single_wrong_digit_is_found(number: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(number) - 1))
    wrong = data.draw(st.sampled_from(sorted(set("0123456789") - {number[place]})))
    typed = number[:place] + wrong + number[place + 1 :]
    # The rests 1 and 10 share the digit 1: there alone a wrong digit can escape.
    if {compute_nit_check_digit(number), compute_nit_check_digit(typed)} != {1}:
        with pytest.raises(BadNit) as refused:
            normalise_nit(f"{typed}-{compute_nit_check_digit(number)}")
        assert refused.value.problem is NitProblem.BAD_CHECK_DIGIT


@pytest.mark.parametrize(
    "text",
    ["", "800021272", "8000212729", "80021-4", "12345678901-2", "800.0212.72-9", "８00021272-9", "0800021272-9", "A-9"],
)
def test_what_has_not_the_form_of_a_nit_is_refused(text: str) -> None:
    with pytest.raises(BadNit) as refused:
        normalise_nit(text)
    assert refused.value.problem is NitProblem.BAD_FORMAT


@pytest.mark.parametrize("number", ["", "12a", "1" * 16, "１２３"])
def test_the_check_digit_is_of_ascii_digits(number: str) -> None:
    with pytest.raises(BadNit):
        compute_nit_check_digit(number)


def test_a_nit_is_printed_in_groups() -> None:
    assert print_nit("800021272-9") == "800.021.272-9"


@pytest.mark.parametrize("typed", ["900.000.002-1", "", "x", "-", "١٢٣-4"])
def test_what_is_no_stored_nit_is_printed_as_it_stands(typed: str):
    assert print_nit(typed) == typed
