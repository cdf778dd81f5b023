"""Projection of the account: the figures in force of each day and month, kept in step with the append-only rows.

``daily_balances`` and ``monthly_balances`` can be thrown away and rebuilt: ``rebuild`` does, ``verify`` compares. Every
writer of a nomination, an authorisation, a reading, an adjustment or a heating value calls ``rewrite_day``, or
``rewrite_conversions``, in the same transaction.
"""

from . import adjustment_requests, adjustments, closings, heating_values, moves, stamps, transfers, updates, usage
from .figures import Coming, Sources
from .hot import is_counted_for
from .projection import lock, lock_all, lock_points, rewrite_conversions, rewrite_day
from .queries import find_last_figure_day, select_last_figure_day
from .rebuilds import rebuild, rebuild_point, rewrite_range, verify
from .recomputer import ExpectedDay, Recomputer, compute_movement

__all__ = [
    "Coming",
    "ExpectedDay",
    "Recomputer",
    "Sources",
    "adjustment_requests",
    "adjustments",
    "closings",
    "compute_movement",
    "find_last_figure_day",
    "heating_values",
    "is_counted_for",
    "lock",
    "lock_all",
    "lock_points",
    "moves",
    "rebuild",
    "rebuild_point",
    "rewrite_conversions",
    "rewrite_day",
    "rewrite_range",
    "select_last_figure_day",
    "stamps",
    "transfers",
    "updates",
    "usage",
    "verify",
]
