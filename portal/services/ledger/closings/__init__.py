"""Closed months: their numbered statements, the writes they refuse, and later corrections."""

from . import late_corrections, statement
from .board import MOST_AT_ONCE, Closed, PointMonth, board, close_month, close_points
from .checks import closed_exit_points, closed_months, require_open
from .late_corrections import decide, pending, request
from .late_value_effects import PointEffect, fingerprint_of
from .late_value_lists import PointValueView, ValueView, requested_values, values_of
from .late_values import WantedValue, decide_value, preview_value, request_value
from .queries import ClosingView, CorrectionView, RequestView, closed_through, corrections_of, of_month, requested
from .statement import verify

__all__ = [
    "MOST_AT_ONCE",
    "Closed",
    "ClosingView",
    "CorrectionView",
    "PointEffect",
    "PointMonth",
    "PointValueView",
    "RequestView",
    "ValueView",
    "WantedValue",
    "board",
    "close_month",
    "close_points",
    "closed_exit_points",
    "closed_months",
    "closed_through",
    "corrections_of",
    "decide",
    "decide_value",
    "fingerprint_of",
    "late_corrections",
    "of_month",
    "pending",
    "preview_value",
    "request",
    "request_value",
    "requested",
    "requested_values",
    "require_open",
    "statement",
    "values_of",
    "verify",
]
