"""The day's book on its pages: the day, one point of it, its frozen versions, its files."""

from . import exports, files, point, versions, views

__all__ = ["exports", "files", "point", "versions", "views"]
