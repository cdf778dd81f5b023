"""Readings: the gas measured at each point and gas day, from files and by hand (docs/rules.md, "Readings")."""

from .certification import MonthOfPoint, ask, certify, month_of_points
from .entries import Written, record
from .gaps import DAYS_BACK, Chosen, Gap, count_older_gaps, estimate, find
from .imports import Imported, Plan, Told, import_file, preview, table_of, take_in
from .intake import Change
from .queries import DayVersions, PointDay, day_of_point, month_of_point, points_called
from .refused_files import Trouble
from .refused_files import tell as tell_refused
from .shapes import COLUMNS, ParsedRow

__all__ = [
    "COLUMNS",
    "DAYS_BACK",
    "Change",
    "Chosen",
    "DayVersions",
    "Gap",
    "Imported",
    "MonthOfPoint",
    "ParsedRow",
    "Plan",
    "PointDay",
    "Told",
    "Trouble",
    "Written",
    "ask",
    "certify",
    "count_older_gaps",
    "day_of_point",
    "estimate",
    "find",
    "import_file",
    "month_of_point",
    "month_of_points",
    "points_called",
    "preview",
    "record",
    "table_of",
    "take_in",
    "tell_refused",
]
