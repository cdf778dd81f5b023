"""Where a claim may go: every state and every action, and the texts and the term."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.claims import (
    DECISIONS,
    LONGEST_TEXT,
    PENDING,
    STATE_WORDS,
    ClaimAction,
    ClaimState,
    answer_due,
    clean_text,
    find_next_state,
)

OPEN, IN_REVIEW, UPHELD, DISMISSED = ClaimState
WRITE, ANSWER, REVIEW, UPHOLD, DISMISS = ClaimAction

TABLE = {
    OPEN: {WRITE: OPEN, ANSWER: OPEN, REVIEW: IN_REVIEW, UPHOLD: UPHELD, DISMISS: DISMISSED},
    IN_REVIEW: {WRITE: IN_REVIEW, ANSWER: IN_REVIEW, REVIEW: IN_REVIEW, UPHOLD: UPHELD, DISMISS: DISMISSED},
    UPHELD: {},
    DISMISSED: {},
}


@pytest.mark.parametrize("state", ClaimState)
@pytest.mark.parametrize("action", ClaimAction)
def test_each_action_leads_where_the_table_says_or_nowhere(state: ClaimState, action: ClaimAction):
    assert find_next_state(state, action) == TABLE[state].get(action)


@given(st.lists(st.sampled_from(list(ClaimAction))))
def test_once_decided_a_claim_stays_as_it_is(actions: list[ClaimAction]):
    state, decided = OPEN, None
    for action in actions:
        state = find_next_state(state, action) or state
        decided = decided or (state if state not in PENDING else None)
        assert decided is None or state is decided
    assert (state in PENDING) == (not DECISIONS & set(actions))


def test_every_state_has_words():
    assert STATE_WORDS.keys() == set(ClaimState)


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
    assert len(clean_text("x" * LONGEST_TEXT)) == LONGEST_TEXT


def test_a_claim_is_answered_by_the_fifteenth_business_day():
    monday = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
    assert answer_due(monday, ()) == date(2026, 12, 14)
    # 8 December is a holiday.
    assert answer_due(monday, {date(2026, 12, 8)}) == date(2026, 12, 15)


def test_late_at_night_the_term_begins_with_the_day_in_colombia():
    # 22:00 on Sunday in Colombia, Monday already in UTC: counted from Sunday.
    assert answer_due(datetime(2026, 11, 23, 3, 0, tzinfo=UTC), ()) == date(2026, 12, 11)
