"""Account as files: whole months in both units, read at one moment of the database."""

from . import seals
from .accounts import AccountSpan, FileDay, FileMonth, load_account_span
from .queries import ClosedMonth, Movement
from .statements import MonthStatement, Verdict, load_month_statement, verify

__all__ = [
    "AccountSpan",
    "ClosedMonth",
    "FileDay",
    "FileMonth",
    "MonthStatement",
    "Movement",
    "Verdict",
    "load_account_span",
    "load_month_statement",
    "seals",
    "verify",
]
