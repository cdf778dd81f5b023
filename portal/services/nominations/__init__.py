"""Nominations: the wizard's draft, the rules, the signature, receipts and history."""

from .drafts import load, set_day, set_kind, set_quantity, start
from .history import DayHistory, MonthHistory, month_history
from .overview import (
    Board,
    QuantityFacts,
    WhatFollows,
    board,
    in_force,
    nominated_days,
    open_days,
    quantity_facts,
    what_follows,
)
from .receipts import get_receipt
from .review import Review, review
from .signing import sign

__all__ = [
    "Board",
    "DayHistory",
    "MonthHistory",
    "QuantityFacts",
    "Review",
    "WhatFollows",
    "board",
    "get_receipt",
    "in_force",
    "load",
    "month_history",
    "nominated_days",
    "open_days",
    "quantity_facts",
    "review",
    "set_day",
    "set_kind",
    "set_quantity",
    "sign",
    "start",
    "what_follows",
]
