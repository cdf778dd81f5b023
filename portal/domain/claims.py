"""Life of a claim about a day: states, transitions, term of the answer."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from enum import StrEnum

from .calendar import add_business_days
from .gas_day import GasDay
from .typed_text import as_prose

LONGEST_TEXT = 2_000
# Fifteen business days counted from the day after filing (contract, clauses 69–73).
ANSWER_WITHIN = 15


class ClaimState(StrEnum):
    """Abierto; en revisión; procede; no procede."""

    OPEN = "open"
    IN_REVIEW = "in_review"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


class ClaimAction(StrEnum):
    """Action on a claim: the customer writes; the distributor answers, reviews, upholds or dismisses."""

    WRITE = "write"
    ANSWER = "answer"
    REVIEW = "review"
    UPHOLD = "uphold"
    DISMISS = "dismiss"


PENDING = frozenset({ClaimState.OPEN, ClaimState.IN_REVIEW})
DECISIONS = frozenset({ClaimAction.UPHOLD, ClaimAction.DISMISS})
STATE_WORDS: Mapping[ClaimState, str] = {
    ClaimState.OPEN: "Abierto",
    ClaimState.IN_REVIEW: "En revisión",
    ClaimState.UPHELD: "Procede",
    ClaimState.DISMISSED: "No procede",
}

# Any other pair is refused: a decided claim is final.
_AFTER: Mapping[tuple[ClaimState, ClaimAction], ClaimState] = {
    (ClaimState.OPEN, ClaimAction.WRITE): ClaimState.OPEN,
    (ClaimState.OPEN, ClaimAction.ANSWER): ClaimState.OPEN,
    (ClaimState.OPEN, ClaimAction.REVIEW): ClaimState.IN_REVIEW,
    (ClaimState.OPEN, ClaimAction.UPHOLD): ClaimState.UPHELD,
    (ClaimState.OPEN, ClaimAction.DISMISS): ClaimState.DISMISSED,
    (ClaimState.IN_REVIEW, ClaimAction.WRITE): ClaimState.IN_REVIEW,
    (ClaimState.IN_REVIEW, ClaimAction.ANSWER): ClaimState.IN_REVIEW,
    (ClaimState.IN_REVIEW, ClaimAction.REVIEW): ClaimState.IN_REVIEW,
    (ClaimState.IN_REVIEW, ClaimAction.UPHOLD): ClaimState.UPHELD,
    (ClaimState.IN_REVIEW, ClaimAction.DISMISS): ClaimState.DISMISSED,
}

_BLANK_LINES = re.compile(r"\n{3,}")


def find_next_state(state: ClaimState, action: ClaimAction) -> ClaimState | None:
    """Return the state of a claim after ``action``; None when the action is not allowed in ``state``."""
    return _AFTER.get((state, action))


def clean_text(typed: str) -> str:
    """Return the text as stored: ``as_prose``, without trailing blanks or repeated empty lines."""
    kept = [line.replace("\t", " ").rstrip() for line in as_prose(typed).split("\n")]
    return _BLANK_LINES.sub("\n\n", "\n".join(kept)).strip()


def answer_due(opened_at: datetime, holidays: Collection[date]) -> date:
    """Return the last day for answering a claim opened at that moment: the fifteenth business day."""
    return add_business_days(GasDay.of(opened_at), ANSWER_WITHIN, holidays)
