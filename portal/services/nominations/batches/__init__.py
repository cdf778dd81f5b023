"""Batches: many days of one point given at once, reviewed against the nominations in force, signed together."""

from .days import (
    BATCH_LIFE,
    MOST_DAYS,
    Given,
    confirm_unusual,
    copy_week,
    fill_range,
    load,
    set_lines,
    start,
    write_lines,
)
from .reviews import BatchReview, LineState, ReviewedLine, WarnedLine, review, weigh_line
from .signatures import list_receipt_lines, list_unchanged_days, list_warned_lines, put_all_in_force, sign
from .sources import LeftOut, ReadDays, find_clash, find_near_day, letters_of, read_file, read_given, read_text

__all__ = [
    "BATCH_LIFE",
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
    "fill_range",
    "find_clash",
    "find_near_day",
    "letters_of",
    "list_receipt_lines",
    "list_unchanged_days",
    "list_warned_lines",
    "load",
    "put_all_in_force",
    "read_file",
    "read_given",
    "read_text",
    "review",
    "set_lines",
    "sign",
    "start",
    "weigh_line",
    "write_lines",
]
