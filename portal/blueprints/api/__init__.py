"""The JSON API for customers' own systems."""

from . import refusals
from .views import blueprint

__all__ = ["blueprint", "refusals"]
