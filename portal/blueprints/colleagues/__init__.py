"""Accounts of a company, kept by its manager."""

from .views import blueprint

__all__ = ["blueprint"]
