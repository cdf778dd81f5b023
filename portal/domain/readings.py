"""Words for measurements: the state of a reading and the reason of an adjustment (domain.md §3, §7)."""

from __future__ import annotations

from enum import StrEnum


class ReadingState(StrEnum):
    """From telemetry; certified; corrected after that, with a reason; estimated for a gap."""

    PROVISIONAL = "provisional"
    CERTIFIED = "certified"
    CORRECTED = "corrected"
    ESTIMATED = "estimated"


class AdjustmentReason(StrEnum):
    """Cruce, devolución, compensación, corrección."""

    NETTING = "netting"
    PAYBACK = "payback"
    COMPENSATION = "compensation"
    CORRECTION = "correction"
