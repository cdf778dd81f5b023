"""Anchors: a daily seal of the audit and of the append-only tables, kept outside too.

An anchor proves something only where a person with access to the database cannot write: another host, or a mail.
"""

from .chain import NotQuiet, Written, anchor, anchor_due, find_newest, is_empty
from .checks import Outcome, Required, excuse, list_missing_days, verify, verify_rows
from .files import BadAnchors, bring_up_to_date, copy_until, note_restored

__all__ = [
    "BadAnchors",
    "NotQuiet",
    "Outcome",
    "Required",
    "Written",
    "anchor",
    "anchor_due",
    "bring_up_to_date",
    "copy_until",
    "excuse",
    "find_newest",
    "is_empty",
    "list_missing_days",
    "note_restored",
    "verify",
    "verify_rows",
]
