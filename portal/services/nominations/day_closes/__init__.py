"""Close of a gas day: points without a nomination get the quantity of their rule, once."""

from .closes import apply, apply_due, list_due, weigh_by_rule

__all__ = ["apply", "apply_due", "list_due", "weigh_by_rule"]
