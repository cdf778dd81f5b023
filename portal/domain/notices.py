"""Words for notices to customers: how much they matter."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """Gas may not flow; planned work; good to know."""

    CRITICAL = "critical"
    MAINTENANCE = "maintenance"
    INFORMATION = "information"
