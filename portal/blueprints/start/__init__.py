"""The start page after signing in."""

from .views import blueprint

__all__ = ["blueprint"]
