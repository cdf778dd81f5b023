"""Account as files: whole months in both units, read at one moment of the database."""

from . import seals
from .accounts import AccountSpan, FileDay, FileMonth, account_span
from .queries import ClosedMonth, Movement
from .statements import MonthStatement, Verdict, month_statement, verify

__all__ = [
    "AccountSpan",
    "ClosedMonth",
    "FileDay",
    "FileMonth",
    "MonthStatement",
    "Movement",
    "Verdict",
    "account_span",
    "month_statement",
    "seals",
    "verify",
]
