"""Many days in one signature: a range, a copied week, a pasted sheet or a file; differences; code."""

from . import review, signature
from .views import blueprint

__all__ = ["blueprint", "review", "signature"]
