"""Batches: many days of one point given at once, reviewed against the nominations in force, signed together."""

from .days import MOST_DAYS, Given, confirm_unusual, copy_week, load, set_lines, start, whole_range
from .reviews import BatchReview, LineState, ReviewedLine, WarnedLine, review
from .signatures import receipt_lines, sign, unchanged_days, warned_lines
from .sources import LeftOut, ReadDays, read_file, read_text

__all__ = [
    "MOST_DAYS",
    "BatchReview",
    "Given",
    "LeftOut",
    "LineState",
    "ReadDays",
    "ReviewedLine",
    "WarnedLine",
    "confirm_unusual",
    "copy_week",
    "load",
    "read_file",
    "read_text",
    "receipt_lines",
    "review",
    "set_lines",
    "sign",
    "start",
    "unchanged_days",
    "warned_lines",
    "whole_range",
]
