"""Readings and heating values in the consoles: files, days by hand, gaps, months."""

from . import corrections, day_sheet, days, gap_tables, gaps, held, late_values, meters, months, previews, values, views

__all__ = [
    "corrections",
    "day_sheet",
    "days",
    "gap_tables",
    "gaps",
    "held",
    "late_values",
    "meters",
    "months",
    "previews",
    "values",
    "views",
]
