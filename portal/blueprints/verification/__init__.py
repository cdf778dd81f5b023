"""Verification of printed papers: public, shows no figure."""

from . import receipts
from .views import blueprint

__all__ = ["blueprint", "receipts"]
