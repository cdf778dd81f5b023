"""Keys and their letters: asked for, approved by another person, printed once, dispatched, stopped."""

from . import acts, views

__all__ = ["acts", "views"]
