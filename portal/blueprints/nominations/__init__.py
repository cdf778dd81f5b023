"""Nomination wizard, receipts, history and calendar (guide steps 18 to 24)."""

from . import cancellations, conflicts, history, live_help, month, prepared, receipts, standing_orders, wizard
from .views import blueprint

__all__ = [
    "blueprint",
    "cancellations",
    "conflicts",
    "history",
    "live_help",
    "month",
    "prepared",
    "receipts",
    "standing_orders",
    "wizard",
]
