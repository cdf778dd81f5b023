"""The JSON API for customers' own systems."""

from . import refusals, staff_views
from .views import blueprint

__all__ = ["blueprint", "refusals", "staff_views"]
