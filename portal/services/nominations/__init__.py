"""Nominations: the wizard's draft, the rules, the signature, receipts and history."""

from .drafts import load, set_day, set_kind, set_quantity, start
from .effects import DayFacts, Effects, day_facts
from .filled_drafts import Filled, start_filled
from .history import DayHistory, MonthHistory, month_history
from .overview import (
    Board,
    WhatFollows,
    board,
    in_force,
    nominated_days,
    open_days,
    what_follows,
)
from .receipts import get_receipt
from .review import Review, review
from .signing import sign

__all__ = [
    "Board",
    "DayFacts",
    "DayHistory",
    "Effects",
    "Filled",
    "MonthHistory",
    "Review",
    "WhatFollows",
    "board",
    "day_facts",
    "get_receipt",
    "in_force",
    "load",
    "month_history",
    "nominated_days",
    "open_days",
    "review",
    "set_day",
    "set_kind",
    "set_quantity",
    "sign",
    "start",
    "start_filled",
    "what_follows",
]
