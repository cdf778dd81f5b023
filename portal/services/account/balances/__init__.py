"""Account pages, by a few queries for any length of history: a month day by day, a year by months."""

from .marks import AdjustmentMark, ClaimMark, ClosingMark, Marks, month_marks
from .queries import Stamp, stamp
from .sheets import MonthRange, MonthSheet, SheetDay, month_sheet, offered_months
from .years import YearDay, YearMonth, YearOverview, YearStamp, year_overview, year_stamp

__all__ = [
    "AdjustmentMark",
    "ClaimMark",
    "ClosingMark",
    "Marks",
    "MonthRange",
    "MonthSheet",
    "SheetDay",
    "Stamp",
    "YearDay",
    "YearMonth",
    "YearOverview",
    "YearStamp",
    "month_marks",
    "month_sheet",
    "offered_months",
    "stamp",
    "year_overview",
    "year_stamp",
]
