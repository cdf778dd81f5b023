"""Words for claims: where a customer's disagreement with a day stands."""

from __future__ import annotations

from enum import StrEnum


class ClaimState(StrEnum):
    """Abierto; en revisión; procede; no procede."""

    OPEN = "open"
    IN_REVIEW = "in_review"
    UPHELD = "upheld"
    DISMISSED = "dismissed"
