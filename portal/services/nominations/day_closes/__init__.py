"""The close of a gas day: whoever did not nominate gets what the rule of the point says, once."""

from .closes import apply, apply_due, due

__all__ = ["apply", "apply_due", "due"]
