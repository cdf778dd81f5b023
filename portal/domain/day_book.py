"""The day's book: where the quantity of each line comes from, and what operators are told of it.

Source: docs/rules.md, "Day book".
"""

from __future__ import annotations

from enum import StrEnum


class Origin(StrEnum):
    """Entered by somebody, written by the point's policy at the close, or nothing at all."""

    ENTERED = "I"
    POLICY = "P"
    NONE = "-"


class OperatorTopic(StrEnum):
    """What an operator may want by mail about the books of the days."""

    RENOMINATIONS = "renominations"
    CANCELLATIONS = "cancellations"
    LATE = "late"
    BOOK_CHANGED = "book-changed"
    BOOK_NOT_FROZEN = "book-not-frozen"
    BOOK_NOT_SENT = "book-not-sent"
