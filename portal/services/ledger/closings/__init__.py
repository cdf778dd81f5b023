"""Closed months: their numbered statements, the writes they refuse, and later corrections."""

from . import late_corrections, statement
from .board import MOST_AT_ONCE, Board, Closed, PointMonth, Ready, close_month, close_points, find_ready, load_board
from .board_rows import State
from .checks import find_closed_exit_points, find_closed_months, require_open
from .late_corrections import decide, list_pending, request
from .late_value_effects import PointEffect, fingerprint_of
from .late_value_lists import PointValueView, ValueView, list_requested_values, list_values
from .late_values import WantedValue, decide_value, preview_value, request_value
from .queries import (
    ClosingView,
    CorrectionView,
    RequestView,
    find_last_closed_month,
    list_closings_of_month,
    list_corrections,
    list_requested,
)
from .statement import verify

__all__ = [
    "MOST_AT_ONCE",
    "Board",
    "Closed",
    "ClosingView",
    "CorrectionView",
    "PointEffect",
    "PointMonth",
    "PointValueView",
    "Ready",
    "RequestView",
    "State",
    "ValueView",
    "WantedValue",
    "close_month",
    "close_points",
    "decide",
    "decide_value",
    "find_closed_exit_points",
    "find_closed_months",
    "find_last_closed_month",
    "find_ready",
    "fingerprint_of",
    "late_corrections",
    "list_closings_of_month",
    "list_corrections",
    "list_pending",
    "list_requested",
    "list_requested_values",
    "list_values",
    "load_board",
    "preview_value",
    "request",
    "request_value",
    "require_open",
    "statement",
    "verify",
]
