"""Keys and their letters: asked for, approved by another person, printed once, dispatched, stopped."""

from . import acts, blocks, views

__all__ = ["acts", "blocks", "views"]
