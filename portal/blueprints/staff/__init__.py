"""The consoles of the distributor's people: what waits for them, and where they do it."""

from . import claim_desk, day_book, hours, patterns, readings
from .views import blueprint

__all__ = ["blueprint", "claim_desk", "day_book", "hours", "patterns", "readings"]
