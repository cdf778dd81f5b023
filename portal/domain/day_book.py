"""Day book: origins of its lines, and topics of the operators' mails.

Source: docs/rules.md, "Day book".
"""

from __future__ import annotations

from enum import StrEnum


class Origin(StrEnum):
    """Entered by somebody, written by the rule at the close, or nothing."""

    ENTERED = "I"
    POLICY = "P"
    NONE = "-"


class OperatorTopic(StrEnum):
    """Topic of mail that an operator may choose."""

    RENOMINATIONS = "renominations"
    CANCELLATIONS = "cancellations"
    LATE = "late"
    BOOK_CHANGED = "book-changed"
    BOOK_NOT_FROZEN = "book-not-frozen"
    BOOK_NOT_SENT = "book-not-sent"
