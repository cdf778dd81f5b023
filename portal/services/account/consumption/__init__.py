"""Consumption alarm: each month of a point compared with its own history, and the seasons its customer declared."""

from . import investigations
from .patterns import Pattern, declare, find_declared, list_patterns
from .reviews import Alarm, find_alarms, review

__all__ = ["Alarm", "Pattern", "declare", "find_alarms", "find_declared", "investigations", "list_patterns", "review"]
