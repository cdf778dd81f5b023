"""Keys and their letters: requested, approved by another person, printed once, dispatched, lost."""

from . import acts, views

__all__ = ["acts", "blocks", "views"]
