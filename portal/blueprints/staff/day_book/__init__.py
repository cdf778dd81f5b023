"""The day's book on its pages: the day, one point of it, its frozen versions, its files."""

from . import exports, point, versions, views

__all__ = ["exports", "point", "versions", "views"]
