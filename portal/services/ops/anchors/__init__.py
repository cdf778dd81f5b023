"""Anchors: once a day, what was added to the audit and to the tables that only grow, sealed and kept outside too.

An anchor is worth something only where whoever changes the database cannot write: in another place, or in a mail.
"""

from .chain import NotQuiet, Written, anchor, anchor_due, is_empty
from .checks import Outcome, Required, excuse, missing_days, verify, verify_rows
from .files import BadAnchors, bring_up_to_date, note_restored

__all__ = [
    "BadAnchors",
    "NotQuiet",
    "Outcome",
    "Required",
    "Written",
    "anchor",
    "anchor_due",
    "bring_up_to_date",
    "excuse",
    "is_empty",
    "missing_days",
    "note_restored",
    "verify",
    "verify_rows",
]
