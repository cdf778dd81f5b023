"""The balance sheet (guide steps 13 and 14)."""

from . import explanations
from .views import blueprint

__all__ = ["blueprint", "explanations"]
