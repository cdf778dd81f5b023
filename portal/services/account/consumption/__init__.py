"""Consumption alarm: each month of a point compared with its own history, and the seasons its customer declared."""

from .patterns import Pattern, declare, declared, patterns
from .reviews import Alarm, alarms, review

__all__ = ["Alarm", "Pattern", "alarms", "declare", "declared", "patterns", "review"]
