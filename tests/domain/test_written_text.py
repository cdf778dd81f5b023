"""What somebody writes in a form of several lines is kept with its lines and without what is not shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.cases import LONGEST_DISPUTE
from portal.domain.typed_text import clean_text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  El medidor  \r\n\r\nestaba parado. ", "El medidor\n\nestaba parado."),
        ("a\rb\nc", "a\nb\nc"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("a\tb", "a b"),
        ("\0a\x07\x1b[31mb\ud800", "a[31mb"),
        ("12 \u202emil\u202c m³", "12 mil m³"),
        (" \n \u200f\n", ""),
        ("<b>ñandú 😀</b>", "<b>ñandú 😀</b>"),
    ],
)
def test_a_text_is_kept_with_its_lines_and_without_what_is_not_shown(typed: str, kept: str):
    assert clean_text(typed) == kept


@given(st.text(max_size=60))
def test_cleaning_twice_is_cleaning_once_and_never_adds(typed: str):
    kept = clean_text(typed)
    assert clean_text(kept) == kept
    assert len(kept) <= len(typed)
    kept.encode()


def test_a_text_of_the_longest_length_is_kept_whole():
    assert len(clean_text("x" * LONGEST_DISPUTE)) == LONGEST_DISPUTE
