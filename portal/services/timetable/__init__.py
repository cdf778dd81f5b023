"""The timetable: its rows, what moves them, and the holidays."""

from .rows import FIELDS, lock, seed, windows

__all__ = ["FIELDS", "lock", "seed", "windows"]
