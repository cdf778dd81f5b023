"""Audit in the consoles: events, chain, evidence, and views of customers' accounts."""

from . import accounts_seen, views

__all__ = ["accounts_seen", "views"]
