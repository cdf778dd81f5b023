"""Nominations: the wizard's draft, the rules, the signature, cancellation, late ones, receipts and history."""

from . import late
from .cancelling import Cancellation, cancel, review_cancellation
from .drafts import load, set_day, set_kind, set_quantity, start
from .history import DayHistory, MonthHistory, month_history
from .overview import (
    Board,
    QuantityFacts,
    board,
    in_force,
    nominated_days,
    open_days,
    quantity_facts,
)
from .receipts import WhatFollows, get_receipt, what_follows
from .review import Review, review
from .signing import sign
from .submitting import Order, submit

__all__ = [
    "Board",
    "Cancellation",
    "DayHistory",
    "MonthHistory",
    "Order",
    "QuantityFacts",
    "Review",
    "WhatFollows",
    "board",
    "cancel",
    "get_receipt",
    "in_force",
    "late",
    "load",
    "month_history",
    "nominated_days",
    "open_days",
    "quantity_facts",
    "review",
    "review_cancellation",
    "set_day",
    "set_kind",
    "set_quantity",
    "sign",
    "start",
    "submit",
    "what_follows",
]
