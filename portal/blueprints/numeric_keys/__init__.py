"""Enter the numeric key of the point (guide step 12)."""

from .views import blueprint

__all__ = ["blueprint"]
