"""The balance sheet (guide steps 13 and 14)."""

from . import changes, explanations
from .views import blueprint

__all__ = ["blueprint", "changes", "explanations"]
