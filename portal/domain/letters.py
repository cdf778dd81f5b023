"""Words for letters of keys: where in its life a letter stands."""

from __future__ import annotations

from enum import StrEnum


class LetterState(StrEnum):
    """Asked for; decided by another person; printed once; handed to the carrier; or taken back before that."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    PRINTED = "printed"
    DISPATCHED = "dispatched"
    CANCELLED = "cancelled"
