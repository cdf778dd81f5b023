"""Audit in the consoles: events, chain, evidence, and views of customers' accounts."""

from . import views

__all__ = ["accounts_seen", "views"]
