"""Codes that a spreadsheet, or a hasty hand, makes one."""

from __future__ import annotations

import pytest

from portal.domain.codes import find_alike, keys_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("00012", "12"),
        ("12E3", "12000"),
        ("012E3", "12000"),
        ("1.2E4", "12000"),
        ("12.0", "12"),
        ("12.50", "12.5"),
        ("PE-0003", "PE0003"),
        ("PE-0003", "pe_0003"),
        ("12.000", "12000"),
        ("12345678901234567", "12345678901234568"),
    ],
)
def test_two_codes_that_become_one_are_alike(one: str, other: str):
    assert find_alike(one, ["X-1", other]) == other
    assert find_alike(other, ["X-1", one]) == one


@pytest.mark.parametrize(
    ("one", "other"), [("PE-0003", "PE-0030"), ("12", "120"), ("12E3", "12E4"), ("PE-0001", "PE-1"), ("1E3", "E13")]
)
def test_other_codes_are_not(one: str, other: str):
    assert not keys_of(one) & keys_of(other)
