"""Day book: the day, one point of it, frozen versions, files."""

from . import authorised_tables, files, point, views

__all__ = ["authorised_tables", "exports", "files", "point", "versions", "views"]
