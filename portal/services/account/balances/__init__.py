"""Account pages, by a few queries for any length of history: a month day by day, a year by months."""

from .marks import AdjustmentMark, ClaimMark, ClosingMark, Marks, load_month_marks
from .queries import Stamp, find_stamp
from .sheets import MonthRange, MonthSheet, SheetDay, count_days_before, list_offered_months, load_month_sheet
from .years import YearDay, YearMonth, YearOverview, YearStamp, load_year_overview, load_year_stamp

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
    "count_days_before",
    "find_stamp",
    "list_offered_months",
    "load_month_marks",
    "load_month_sheet",
    "load_year_overview",
    "load_year_stamp",
]
