"""Publication by two people: what one proposes, another publishes or rejects."""

from __future__ import annotations

from enum import StrEnum


class PublicationState(StrEnum):
    """State of one version of a month's tariffs, or of a document."""

    PROPOSED = "proposed"
    PUBLISHED = "published"
    REJECTED = "rejected"
