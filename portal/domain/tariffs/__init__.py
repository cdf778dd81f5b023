"""Published tariffs, one module a month."""

from .values import Market, Range

__all__ = ["Market", "Range"]
