"""Practice: a nomination at a point that does not exist."""

from .views import blueprint

__all__ = ["blueprint"]
