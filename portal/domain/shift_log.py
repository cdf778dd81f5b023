"""Kinds of entries of the operator's shift log."""

from __future__ import annotations

from enum import StrEnum


class ShiftEntryKind(StrEnum):
    """Something that happened and who was told; a shift given to somebody; a shift that was taken over."""

    EVENT = "event"
    HANDOVER = "handover"
    TAKEOVER = "takeover"
