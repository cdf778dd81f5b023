"""Timetable: its rows, the changes to it, the days of its calendar, and the holidays."""

from . import (
    calendar_days,
    calendar_library,
    close_moves,
    contact_hours,
    deadlines,
    holiday_changes,
    holiday_news,
    holidays,
    window_changes,
)
from .rows import FIELDS, content, list_windows, lock, seed, use

__all__ = [
    "FIELDS",
    "calendar_days",
    "calendar_library",
    "close_moves",
    "contact_hours",
    "content",
    "deadlines",
    "holiday_changes",
    "holiday_news",
    "holidays",
    "list_windows",
    "lock",
    "seed",
    "use",
    "window_changes",
]
