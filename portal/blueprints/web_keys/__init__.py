"""Enter the web key of the letter (guide steps 10 and 17)."""

from .views import blueprint

__all__ = ["blueprint"]
