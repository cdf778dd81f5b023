"""The audit in the consoles: what happened, its proof, evidence to hand over, customers' accounts opened to look."""

from . import accounts_seen, views

__all__ = ["accounts_seen", "views"]
