"""Closed months: their numbered statements, what they refuse, and the corrections that come after them."""

from .closing import close_month
from .late_corrections import decide, pending, request
from .reading import ClosingView, CorrectionView, closed_through, corrections_of, of_month
from .refusing import closed_exit_points, closed_months, require_open
from .verifying import verify

__all__ = [
    "ClosingView",
    "CorrectionView",
    "close_month",
    "closed_exit_points",
    "closed_months",
    "closed_through",
    "corrections_of",
    "decide",
    "of_month",
    "pending",
    "request",
    "require_open",
    "verify",
]
