"""The nomination wizard, receipts and history (guide steps 18 to 24)."""

from . import cancelling, conflicts, history, receipts, wizard
from .views import blueprint

__all__ = ["blueprint", "cancelling", "conflicts", "history", "receipts", "wizard"]
