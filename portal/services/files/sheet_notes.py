"""Notes on how a file was read and what was left out of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from portal.domain.gas_day import Month

from .cells import Decimals
from .row_filters import Skipped
from .sheet_columns import Holds
from .sheet_headers import Above
from .spreads import Across
from .units import FileUnit


class Incomplete(NamedTuple):
    """A gas day that lacks hours: the point as the file names it, the day, the hours without value, and a line."""

    point: str
    day: dt.date
    hours: tuple[str, ...]
    line: int


@dataclass
class Seen:
    """Notes on how a file was read and what was left out, shown to its sender."""

    rows: int = 0
    sheet: str | None = None
    other_sheets: tuple[str, ...] = ()
    hidden_sheets: tuple[str, ...] = ()
    hidden_rows: int = 0
    hidden_columns: tuple[str, ...] = ()
    hidden_taken: bool | None = None
    lines_above: int = 0
    skipped: dict[Skipped, list[int]] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    # Columns that hold something else than what a column of that title does: some of their texts.
    others: dict[str, tuple[str, ...]] = field(default_factory=dict)
    decimals: Decimals = Decimals.UNSAID
    month_first: bool = False
    encoding: str | None = None
    # Added by the readers of each kind: rows without a value, repeated rows, names matched inexactly.
    without_value: list[int] = field(default_factory=list)
    again: list[int] = field(default_factory=list)
    # Rows whose figure is in error, which say nothing.
    in_error: list[int] = field(default_factory=list)
    resembled: dict[str, str] = field(default_factory=dict)
    stamp_ends: bool | None = None
    has_hours: bool = False
    # The title of a column of hours that has one, and that hour: the figures are totals of their days.
    one_hour: tuple[str, str] | None = None
    today_left_out: int = 0
    # Form of the sheet: lines of the header (0 without one), what stands across and how much of it, values above.
    header_line: int = 0
    header_last: int = 0
    across: Across | None = None
    across_count: int = 0
    above: dict[str, Above] = field(default_factory=dict)
    # Lines whose point or day stands in a merged cell.
    merged: list[int] = field(default_factory=list)
    # The month that stands above the table, or in the name of its sheet, and is that of its days.
    month: Month | None = None
    # Lines whose blank point or day is that of the row above, and which of both.
    filled_with: Holds | None = None
    filled: list[int] = field(default_factory=list)
    # Values above further tables of the sheet.
    sections: tuple[Above, ...] = ()
    unit_words: str = ""
    serials: bool = False
    # Days of hourly rows: their number, and those that lack hours.
    summed: int = 0
    slots: int = 0
    incomplete: list[Incomplete] = field(default_factory=list)
    # Figures that were converted, by their unit; names that stood for the codes beside them.
    converted: dict[FileUnit, int] = field(default_factory=dict)
    key_passed_over: str | None = None
    # Days across that the kind of file does not take.
    other_days: set[str] = field(default_factory=set)
    # What the sender confirmed of this layout before, and the file leaves open (adr/0125).
    remembered_figures: bool | None = None
    remembered_order: bool | None = None
    remembered_at: datetime | None = None

    def forget_rows(self) -> None:
        """Forget what the rows said, before they are read again."""
        self.without_value, self.again, self.in_error, self.incomplete = [], [], [], []
        self.converted, self.other_days = {}, set()
        self.today_left_out = self.summed = 0
