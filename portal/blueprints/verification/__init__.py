"""Verification of printed papers: public, shows no figure."""

from . import months, receipts
from .views import blueprint

__all__ = ["blueprint", "months", "receipts"]
