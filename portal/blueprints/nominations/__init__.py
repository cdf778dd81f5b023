"""The nomination wizard, receipts and history (guide steps 18 to 24)."""

from . import history, receipts, wizard
from .views import blueprint

__all__ = ["blueprint", "history", "receipts", "wizard"]
