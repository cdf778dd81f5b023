"""Consumption alarm of a point, and the seasons its customer declares."""

from .views import blueprint

__all__ = ["blueprint"]
