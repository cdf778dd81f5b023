"""Nominations: drafts, rules, signatures, cancellations, late requests, receipts and history."""

from . import batches, day_closes, groups, late, mails, practice, reminders, rules, standing_orders, suggestions
from .calendar import (
    GAPS,
    Board,
    Cell,
    PointMonth,
    PointState,
    find_in_force,
    list_nominated_days,
    load_board,
    load_point_month,
    open_days,
)
from .cancellations import Cancellation, cancel, cancel_by_system, cancel_for_caller, review_cancellation
from .day_states import DayStanding, load_day_states
from .drafts import (
    Filled,
    Review,
    load,
    needs_tick,
    prepare,
    refuse_day,
    review,
    set_day,
    set_kind,
    set_quantity,
    start,
    start_filled,
)
from .effects import DayFacts, Effects, load_day_facts
from .ended import cancel_after_end, withdraw_after_end
from .handed import hand_over, restate
from .history import AskedDays, ClosedPoint, Content, DayHistory, MonthHistory, Revision, Sought, load_month_history
from .open_drafts import DRAFT_LIFE, OpenDraft
from .orders import submit
from .point_pages import FIRST_PAGE, PAGE_LENGTH, Asked, PointPage, load_point_page
from .receipts import FollowUp, get_follow_up, get_receipt
from .requests import Request
from .signatures import find_open_draft, sign, sign_for_caller

__all__ = [
    "DRAFT_LIFE",
    "FIRST_PAGE",
    "GAPS",
    "PAGE_LENGTH",
    "Asked",
    "AskedDays",
    "Board",
    "Cancellation",
    "Cell",
    "ClosedPoint",
    "Content",
    "DayFacts",
    "DayHistory",
    "DayStanding",
    "Effects",
    "Filled",
    "FollowUp",
    "MonthHistory",
    "OpenDraft",
    "PointMonth",
    "PointPage",
    "PointState",
    "Request",
    "Review",
    "Revision",
    "Sought",
    "batches",
    "cancel",
    "cancel_after_end",
    "cancel_by_system",
    "cancel_for_caller",
    "day_closes",
    "find_in_force",
    "find_open_draft",
    "get_follow_up",
    "get_receipt",
    "groups",
    "hand_over",
    "late",
    "list_nominated_days",
    "load",
    "load_board",
    "load_day_facts",
    "load_day_states",
    "load_month_history",
    "load_point_month",
    "load_point_page",
    "mails",
    "needs_tick",
    "open_days",
    "practice",
    "prepare",
    "refuse_day",
    "reminders",
    "restate",
    "review",
    "review_cancellation",
    "rules",
    "set_day",
    "set_kind",
    "set_quantity",
    "sign",
    "sign_for_caller",
    "standing_orders",
    "start",
    "start_filled",
    "submit",
    "suggestions",
    "withdraw_after_end",
]
