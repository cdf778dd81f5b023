"""The profile of a day: 24 whole weights, or nothing for evenly."""

from __future__ import annotations

import pytest

from portal.domain.profiles import BadProfile, parse_profile, profile_text

EVEN = ",".join(["1"] * 24)


def test_commas_semicolons_and_blanks_stand_between_the_weights():
    assert parse_profile(EVEN) == parse_profile(EVEN.replace(",", " ; ")) == parse_profile(f" {EVEN},\n") == (1,) * 24
    assert profile_text(parse_profile(EVEN.replace(",", " "))) == EVEN


def test_blank_means_evenly():
    assert parse_profile(" \n") is None
    assert profile_text(None) is None


@pytest.mark.parametrize(
    "text", ["1", ",".join(["1"] * 23), ",".join(["1"] * 25), ",".join(["0"] * 24), EVEN[:-1] + "-1", EVEN[:-1] + "1.5",
             EVEN[:-1] + "10000", EVEN[:-1] + "٣", EVEN[:-1] + "x"]
)  # fmt: skip
def test_anything_else_is_refused(text: str):
    with pytest.raises(BadProfile):
        parse_profile(text)
