"""The nomination wizard, receipts and history (guide steps 18 to 24)."""

from . import conflicts, history, live_help, quick, receipts, wizard
from .views import blueprint

__all__ = ["blueprint", "conflicts", "history", "live_help", "quick", "receipts", "wizard"]
