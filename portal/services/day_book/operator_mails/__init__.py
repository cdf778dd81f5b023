"""Mails that operators chose about the day books: gathered, each occurrence mailed once."""

from . import occurrences
from .messages import choose, list_chosen, post_due

__all__ = ["choose", "list_chosen", "occurrences", "post_due"]
