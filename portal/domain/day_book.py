"""The day's book: where the quantity of each line comes from (domain.md §6)."""

from __future__ import annotations

from enum import StrEnum


class Origin(StrEnum):
    """Entered by somebody, written by the point's policy at the close, or nothing at all."""

    ENTERED = "I"
    POLICY = "P"
    NONE = "-"
