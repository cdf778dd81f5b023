"""Day book: the day, one point of it, frozen versions, files."""

from . import files, point, views

__all__ = ["exports", "files", "point", "versions", "views"]
