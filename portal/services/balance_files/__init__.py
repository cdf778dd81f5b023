"""The account as files: whole months in both units, as they were at one moment of the database."""

from .accounts import AccountSpan, FileDay, FileMonth, account_span
from .reading import ClosedMonth, Movement

__all__ = ["AccountSpan", "ClosedMonth", "FileDay", "FileMonth", "Movement", "account_span"]
