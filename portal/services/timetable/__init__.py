"""Timetable: its rows, the changes to it, and the holidays."""

from . import close_moves, deadlines, holiday_changes, holiday_news, holidays, window_changes
from .rows import FIELDS, list_windows, lock, seed

__all__ = [
    "FIELDS",
    "close_moves",
    "deadlines",
    "holiday_changes",
    "holiday_news",
    "holidays",
    "list_windows",
    "lock",
    "seed",
    "window_changes",
]
