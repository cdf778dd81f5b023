"""Readings: the gas measured at each point and gas day, from files and by hand (docs/rules.md, "Readings")."""

from . import rules, shapes
from .certification import MonthOfPoint, ask, certify, load_month_of_points
from .changes import Change
from .entries import Written, record
from .gaps import DAYS_BACK, Chosen, Gap, count_older_gaps, estimate, find
from .imports import FILES, Plan
from .queries import DayVersions, PointDay, load_day_of_point, load_month_of_point
from .refused_files import Trouble
from .refused_files import tell as tell_refused
from .shapes import COLUMNS, ParsedRow

__all__ = [
    "COLUMNS",
    "DAYS_BACK",
    "FILES",
    "Change",
    "Chosen",
    "DayVersions",
    "Gap",
    "MonthOfPoint",
    "ParsedRow",
    "Plan",
    "PointDay",
    "Trouble",
    "Written",
    "ask",
    "certify",
    "count_older_gaps",
    "estimate",
    "find",
    "load_day_of_point",
    "load_month_of_point",
    "load_month_of_points",
    "record",
    "rules",
    "shapes",
    "tell_refused",
]
