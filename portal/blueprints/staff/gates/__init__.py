"""City gates: what they measured in a day and a month, their terms, and the allocation of the difference."""

from . import allocations, files, terms, views

__all__ = ["allocations", "files", "terms", "views"]
