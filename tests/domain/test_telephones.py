"""Telephone numbers: how a typed one is dialled from anywhere."""

from __future__ import annotations

import pytest

from portal.domain.telephones import dial


@pytest.mark.parametrize(
    ("typed", "dialled"),
    [
        ("601 668 3100", "+576016683100"),
        ("(608) 555-0100", "+576085550100"),
        ("+57 310 555 0142", "+573105550142"),
        ("(+57) 310 555 0142", "+573105550142"),
        ("+1 (305) 555-0100", "+13055550100"),
        ("601 668 3100 ext. 12", "+576016683100,12"),
        ("601 668 3100 extensión 7", "+576016683100,7"),
        # A fixed line as it was until 2021: its city is not known, so nothing is put before it.
        ("668 3100", "6683100"),
        # Two numbers in one field are read, not dialled.
        ("310 555 0100 / 311 555 0101", ""),
        ("", ""),
        ("sin teléfono", ""),
    ],
)
def test_a_number_is_dialled_with_the_code_of_the_country_it_is_of(typed: str, dialled: str):
    assert dial(typed) == dialled
