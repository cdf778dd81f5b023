"""Problems of a file that is handed over: place, value, and broken rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """Rules that a file may break; the words are in the interface."""

    # The file as a whole
    FILE_TOO_LARGE = "file-too-large"
    TOO_MANY_ROWS = "too-many-rows"
    TOO_MANY_COLUMNS = "too-many-columns"
    TOO_MANY_PROBLEMS = "too-many-problems"
    WORKBOOK = "workbook"
    WORKBOOK_BROKEN = "workbook-broken"
    WORKBOOK_LOCKED = "workbook-locked"
    WORKBOOK_MACROS = "workbook-macros"
    WORKBOOK_TOO_LARGE = "workbook-too-large"
    WORKBOOK_TOO_MUCH = "workbook-too-much"
    OTHER_FORMAT = "other-format"
    SHEETS_HIDDEN = "sheets-hidden"
    SHEETS_APART = "sheets-apart"
    SEVERAL_SHEETS = "several-sheets"
    HIDDEN = "hidden"
    HOURLY = "hourly"
    HOUR_TWICE = "hour-twice"
    HOURS_MISSING = "hours-missing"
    ONE_HOUR = "one-hour"
    ODD_FIGURE = "odd-figure"
    NOT_AN_HOUR = "not-an-hour"
    NOT_TEXT = "not-text"
    UNCLEAR_TEXT = "unclear-text"
    SPACED = "spaced"
    NOT_ENDED = "not-ended"
    NO_ROWS = "no-rows"
    BROKEN_QUOTES = "broken-quotes"
    MISSING_COLUMN = "missing-column"
    REPEATED_COLUMN = "repeated-column"
    SECOND_DAYS = "second-days"
    POINT_LEFT_OUT = "point-left-out"
    MERGED_FIGURE = "merged-figure"
    SECOND_TABLE = "second-table"
    # A row
    TOO_MANY_VALUES = "too-many-values"
    CELL_TOO_LONG = "cell-too-long"
    CELL_ERROR = "cell-error"
    FORMULA_UNSAVED = "formula-unsaved"
    EMPTY = "empty"
    REPEATED_ROW = "repeated-row"
    REPEATED_DAY = "repeated-day"
    # Points
    UNKNOWN_POINT = "unknown-point"
    SEVERAL_POINTS = "several-points"
    OTHER_NAME = "other-name"
    UNKNOWN_EXIT_POINT = "unknown-exit-point"
    BEFORE_START = "before-start"
    AFTER_END = "after-end"
    MONTH_CLOSED = "month-closed"
    # Days
    NOT_A_DATE = "not-a-date"
    NO_SUCH_DAY = "no-such-day"
    YEAR_UNSAID = "year-unsaid"
    OTHER_WEEKDAY = "other-weekday"
    DAY_OUT_OF_RANGE = "day-out-of-range"
    FUTURE_DAY = "future-day"
    SEVERAL_READINGS = "several-readings"
    DAY_SECOND = "day-second"
    TODAY_TOTAL = "today-total"
    DAY_NOT_OVER = "day-not-over"
    DAY_WITH_HOUR = "day-with-hour"
    STAMP_UNSAID = "stamp-unsaid"
    ORDER_UNSAID = "order-unsaid"
    SERIAL_UNSAID = "serial-unsaid"
    OTHER_DAY_ABOVE = "other-day-above"
    # Figures
    NOT_A_NUMBER = "not-a-number"
    SHORTENED = "shortened"
    METER_INDEX = "meter-index"
    AMBIGUOUS_NUMBER = "ambiguous-number"
    NOT_A_WHOLE = "not-a-whole"
    NEGATIVE = "negative"
    TOO_MANY_DECIMALS = "too-many-decimals"
    TOO_LARGE = "too-large"
    OUT_OF_RANGE = "out-of-range"
    # Units and states
    WRONG_UNIT = "wrong-unit"
    HEATING_VALUE_MISSING = "heating-value-missing"
    UNKNOWN_STATE = "unknown-state"
    CLOSED = "closed"
    NOTHING_TO_CORRECT = "nothing-to-correct"
    ALREADY_MEASURED = "already-measured"
    NOTHING_NEW = "nothing-new"
    FOR_SUPERVISORS = "for-supervisors"
    TOO_OLD_TO_CHARGE = "too-old-to-charge"
    REASON_MISSING = "reason-missing"
    REASON_NOT_WANTED = "reason-not-wanted"
    REASON_TOO_LONG = "reason-too-long"
    # The registry
    UNKNOWN_CHOICE = "unknown-choice"
    NOT_A_TELEPHONE = "not-a-telephone"
    TURNED = "turned"
    CONTRADICTS = "contradicts"
    # Authorised quantities
    OTHER_DAY = "other-day"
    OTHER_REVISION = "other-revision"
    NOTHING_NOMINATED = "nothing-nominated"
    ABOVE_ASKED = "above-asked"
    UNKNOWN_CUT_REASON = "unknown-cut-reason"
    CUT_REASON_MISSING = "cut-reason-missing"
    CUT_REASON_NOT_WANTED = "cut-reason-not-wanted"


@dataclass(frozen=True, slots=True)
class Problem:
    """A broken rule: the line of the file (from 1), the title of the column, the value in the cell.

    ``fact`` is the value that the rule compares with, such as the day a point starts or the line of the first of two
    rows.
    """

    rule: Rule
    line: int | None = None
    column: str | None = None
    value: str | None = None
    fact: str | None = None
    # Place of the column in the file, for the order of problems.
    position: int = 0


class BadFile(Exception):
    """The file was refused and nothing of it was written; ``problems`` holds every reason, in the file's order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.line or 0, problem.position)))
        super().__init__(f"{len(self.problems)} problems")
