"""Start page after signing in."""

from .views import blueprint

__all__ = ["blueprint"]
