"""The JSON API for customers' own systems."""

from . import refusing
from .views import blueprint

__all__ = ["blueprint", "refusing"]
