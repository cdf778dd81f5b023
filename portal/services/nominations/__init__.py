"""Nominations: drafts, rules, signatures, cancellations, late requests, receipts and history."""

from . import batches, day_closes, late, mails, reminders, rules, suggestions
from .calendar import GAPS, Board, Cell, PointMonth, PointState, board, in_force, nominated_days, open_days, point_month
from .cancellations import Cancellation, cancel, cancel_by_system, cancel_for_caller, review_cancellation
from .day_states import DayStanding, day_states
from .drafts import (
    DRAFT_LIFE,
    Filled,
    Review,
    load,
    needs_tick,
    prepare,
    review,
    set_day,
    set_kind,
    set_quantity,
    start,
    start_filled,
)
from .effects import DayFacts, Effects, day_facts
from .ended import cancel_after_end, withdraw_after_end
from .history import DayHistory, MonthHistory, Revision, month_history
from .orders import submit
from .receipts import FollowUp, get_follow_up, get_receipt
from .requests import Request
from .signatures import sign, sign_for_caller

__all__ = [
    "DRAFT_LIFE",
    "GAPS",
    "Board",
    "Cancellation",
    "Cell",
    "DayFacts",
    "DayHistory",
    "DayStanding",
    "Effects",
    "Filled",
    "FollowUp",
    "MonthHistory",
    "PointMonth",
    "PointState",
    "Request",
    "Review",
    "Revision",
    "batches",
    "board",
    "cancel",
    "cancel_after_end",
    "cancel_by_system",
    "cancel_for_caller",
    "day_closes",
    "day_facts",
    "day_states",
    "get_follow_up",
    "get_receipt",
    "in_force",
    "late",
    "load",
    "mails",
    "month_history",
    "needs_tick",
    "nominated_days",
    "open_days",
    "point_month",
    "prepare",
    "reminders",
    "review",
    "review_cancellation",
    "rules",
    "set_day",
    "set_kind",
    "set_quantity",
    "sign",
    "sign_for_caller",
    "start",
    "start_filled",
    "submit",
    "suggestions",
    "withdraw_after_end",
]
