"""Many days in one signature: a range, a copied week, a pasted sheet or a file; the differences; the code."""

from . import review, signature
from .views import blueprint

__all__ = ["blueprint", "review", "signature"]
