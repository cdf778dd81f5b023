"""Rows and columns of a pasted table that a group did not take, with why: shown once, kept with the group."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

LONGEST_KEPT = 120


class Missed(StrEnum):
    """Reason why a row, or a column, of a pasted table gives nothing."""

    NO_POINT = "no-point"
    SEVERAL_POINTS = "several-points"
    NO_DAY = "no-day"
    OTHER_WEEKDAY = "other-weekday"
    # A weekday without a date; ``fact`` is the next open day of that name.
    WEEKDAY_ALONE = "weekday-alone"
    NOT_OPEN = "not-open"
    TOO_FAR = "too-far"
    UNCLEAR_DAY = "unclear-day"
    SEVERAL_FIGURES = "several-figures"
    OTHER_UNIT = "other-unit"
    REPEATED = "repeated"
    OTHER_TOTAL = "other-total"
    OTHER_LIST = "other-list"
    TOO_LONG = "too-long"


class LeftOut(NamedTuple):
    """Row or column left out of a pasted table: its text, and why; ``fact`` is the day or the place that is meant.

    A total is not taken either, but held against what was: ``fact`` is then its day and the sum, in plain digits.
    """

    text: str
    why: Missed
    fact: str = ""


def keep_left_out(left_out: Iterable[LeftOut]) -> str:
    """Return what was left out as it is stored with a group."""
    return json.dumps([list(each) for each in left_out])


def read_left_out(kept: str | None) -> list[LeftOut]:
    """Return what ``keep_left_out`` stored."""
    return [LeftOut(text, Missed(why), fact) for text, why, fact in json.loads(kept or "[]")]
