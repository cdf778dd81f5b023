"""Publication of a month's tariffs: proposed by one person, published by another."""

from __future__ import annotations

from enum import StrEnum


class PublicationState(StrEnum):
    """State of one version of a month's tariffs."""

    PROPOSED = "proposed"
    PUBLISHED = "published"
    REJECTED = "rejected"
