"""Readings: the gas measured at each point and gas day, from files and by hand (docs/rules.md, "Readings")."""

from . import point_texts, rules, shapes
from .certification import MonthOfPoint, ToCertify, ask, certify, find_points, load_month_of_points
from .changes import Change
from .day_sheets import (
    ON_A_PAGE,
    USUAL_DAYS,
    Cursor,
    DaySheet,
    SheetRow,
    Totals,
    Wanted,
    Writable,
    list_gates,
    load_day_sheet,
    load_sheet_row,
    load_totals,
)
from .entries import Written, record
from .gaps import Chosen, Gap, Gaps, count_older_gaps, estimate, find, load_gaps
from .imports import FILES, Plan
from .indexes import refuse_index
from .oddities import WEIGHED_DAYS, GateSum, Questions, find_gate_sum, question_changes, weigh_reading
from .queries import DayVersions, PointDay, load_day_of_point, load_month_of_point
from .refused_files import Trouble
from .refused_files import tell as tell_refused
from .shapes import COLUMNS, ParsedRow

__all__ = [
    "COLUMNS",
    "FILES",
    "ON_A_PAGE",
    "USUAL_DAYS",
    "WEIGHED_DAYS",
    "Change",
    "Chosen",
    "Cursor",
    "DaySheet",
    "DayVersions",
    "Gap",
    "Gaps",
    "GateSum",
    "MonthOfPoint",
    "ParsedRow",
    "Plan",
    "PointDay",
    "Questions",
    "SheetRow",
    "ToCertify",
    "Totals",
    "Trouble",
    "Wanted",
    "Writable",
    "Written",
    "ask",
    "certify",
    "count_older_gaps",
    "estimate",
    "find",
    "find_gate_sum",
    "find_points",
    "list_gates",
    "load_day_of_point",
    "load_day_sheet",
    "load_gaps",
    "load_month_of_point",
    "load_month_of_points",
    "load_sheet_row",
    "load_totals",
    "point_texts",
    "question_changes",
    "record",
    "refuse_index",
    "rules",
    "shapes",
    "tell_refused",
    "weigh_reading",
]
