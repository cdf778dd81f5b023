"""A month of the account as its sheet shows it: one range of days and one row of the month, whatever the history."""

from .months import MonthRange, offered_months
from .reading import Stamp, stamp
from .sheets import MonthSheet, SheetDay, month_sheet

__all__ = ["MonthRange", "MonthSheet", "SheetDay", "Stamp", "month_sheet", "offered_months", "stamp"]
