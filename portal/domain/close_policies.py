"""What a point nominates when nobody did by the close (domain.md §4)."""

from __future__ import annotations

from enum import StrEnum


class ClosePolicy(StrEnum):
    """The rule of a point: forecast from the same weekday, the last nomination again, or nothing."""

    FORECAST = "forecast"
    LAST = "last"
    ZERO = "zero"
