"""Severity of an announcement to customers."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """Gas may not flow; planned work; information."""

    CRITICAL = "critical"
    MAINTENANCE = "maintenance"
    INFORMATION = "information"
