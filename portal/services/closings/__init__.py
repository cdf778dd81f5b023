"""Closed months: their numbered statements, what they refuse, and the corrections that come after them."""

from .board import MOST_AT_ONCE, Closed, PointMonth, board, close_points
from .closing import close_month
from .late_corrections import decide, pending, request
from .reading import ClosingView, CorrectionView, RequestView, closed_through, corrections_of, of_month, requested
from .refusing import closed_exit_points, closed_months, require_open
from .verifying import verify

__all__ = [
    "MOST_AT_ONCE",
    "Closed",
    "ClosingView",
    "CorrectionView",
    "PointMonth",
    "RequestView",
    "board",
    "close_month",
    "close_points",
    "closed_exit_points",
    "closed_months",
    "closed_through",
    "corrections_of",
    "decide",
    "of_month",
    "pending",
    "request",
    "requested",
    "require_open",
    "verify",
]
