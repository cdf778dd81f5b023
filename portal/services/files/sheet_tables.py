"""Table of a sheet: the line of its header, the meaning of its columns, and its rows of data."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from portal.domain.gas_day import GasDay
from portal.domain.searched import comparable

from .cells import (
    BadCell,
    DayReading,
    Decimals,
    FigureReading,
    is_order_doubtful,
    is_serial_doubtful,
    parse_figure,
)
from .hours import OneHour
from .problems import BadFile, Problem, Rule
from .questions import NOTHING_KNOWN, Answers, Question, Unanswered
from .row_filters import RowFilter, Skipped
from .sheet_blanks import fill_down
from .sheet_columns import Column, Holds, spell_titles
from .sheet_headers import LOOKED_AT, Layout
from .sheet_layouts import find_layout
from .sheet_merges import Merge, write_out_merges
from .sheet_notes import Seen
from .sheet_others import leave_out_others
from .sheet_sections import find_sections
from .sheet_surveys import Limits, Look, Survey, tell_of_cell
from .sheet_titles import find_days_above
from .spreads import Across
from .units import FileUnit, find_unit
from .workbook_parts import is_unread

__all__ = ["Column", "Holds", "Limits", "Seen", "spell_titles"]

# A year of days across, and what stands beside them.
MAX_COLUMNS = 400
BLOCK = 1024 * 1024

Read = Callable[[], Generator[tuple[int, list[str]]]]


# Limits of a person's upload on a page, and of telemetry kept for many years (docs/security.md, "Files").
UPLOAD = Limits(10 * BLOCK, 50_000)
HISTORY = Limits(1024 * BLOCK, 20_000_000)


class Row(NamedTuple):
    """A row of the file: the line it begins on, its texts unchanged, and the ``places`` of our columns.

    ``faults`` are the problems that were found before its texts were read.
    """

    line: int
    texts: list[str]
    places: dict[str, int]
    faults: tuple[Problem, ...] = ()

    def text(self, column: str) -> str:
        """Return the text of the column; empty if the file has no such column."""
        place = self.places.get(column, len(self.texts))
        return self.texts[place] if place < len(self.texts) else ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Source of a table's records, and facts known only for a workbook."""

    seen: Seen
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: frozenset[int] = frozenset()
    is_workbook: bool = False
    counts_from_1904: bool = False
    merged: tuple[Merge, ...] = ()


class Table:
    """A file in a known and valid form: the titles of its columns, and its rows, read lazily."""

    def __init__(self, read: Read, layout: Layout, survey: Survey, origin: Origin, answers: Answers) -> None:
        self.titles = layout.shown
        self.width = layout.width if layout.spread is None else layout.spread.length
        self.length = survey.rows
        self.listed = survey.listed
        self.digest = survey.digest
        self.seen = origin.seen
        self._survey, self._origin = survey, origin
        self.answer(answers)
        self.days_above = survey.days_above
        self.serial_days = frozenset(survey.days) if self.seen.serials and not origin.is_workbook else frozenset()
        self.unit = survey.filter.unit or layout.unit
        self.listed_pairs = survey.pairs
        self._read = read
        self._layout = layout
        self._filter = survey.filter
        self._hours = survey.hours
        self._kinds = survey.columns
        unit = self.figure_unit or ""
        self.seen.unit_words = "m³" if unit == FileUnit.M3 else unit
        self._columns = {column.holds: column.name for column in survey.columns if column.holds is not None}

    def answer(self, answers: Answers) -> None:
        """Read figures and days by these answers, where the cells of the file do not decide."""
        survey, origin = self._survey, self._origin
        self.answers = answers
        self.figures = _figures(self.seen.decimals, answers, origin)
        month_first = self.seen.month_first or (survey.order_open and bool(answers.month_first))
        serials = origin.is_workbook or self.seen.serials
        at_midnight = survey.one_hour is not None and survey.one_hour[1] is OneHour.BEGINS
        self.days = DayReading(month_first, answers.stamp_ends, serials, origin.counts_from_1904, at_midnight)
        # Days that fit both orders: the present day may tell which is meant.
        open_ = survey.order_open and answers.month_first is None
        self.unordered = frozenset(survey.days) if open_ else frozenset[str]()

    @property
    def month_first(self) -> bool | None:
        """True if the month comes first, None where neither the days nor an answer say so."""
        if self.seen.month_first:
            return True
        return self.answers.month_first if self._survey.order_open else None

    @property
    def is_open_figures(self) -> bool:
        """True if a figure can be read in two ways and no other one decides."""
        return self.seen.decimals is Decimals.UNSAID and self._survey.has_either

    @property
    def is_open(self) -> bool:
        """True if the cells of the file leave open how it is read."""
        return self.is_open_figures or self._survey.order_open

    @property
    def signature(self) -> bytes:
        """SHA-256 of the layout: titles, form and units, without the points or days that stand across."""
        layout, spread = self._layout, self._layout.spread
        across = set() if spread is None else spread.at
        titles = [comparable(title) for place, title in enumerate(layout.header) if place not in across]
        form = "" if spread is None else str(spread.across)
        said = (titles if layout.has_header else layout.width, form, self.unit, self._hours is not None)
        return hashlib.sha256(repr(said).encode()).digest()

    @property
    def rows(self) -> Iterator[Row]:
        """The rows from the first, however many; each access reads the file again."""
        if self._hours is None and self._layout.spread is None:
            places, skips = self._layout.places, self._filter.skips
            for line, texts in itertools.islice(self._read(), self._layout.first_record, None):
                if skips(line, texts) is None:
                    yield Row(line, texts, places)
        elif self._hours is None:
            yield from self._plain_rows()
        else:
            summer = self._hours.begin(self)
            for row in summer.sum(self._plain_rows()):
                yield Row(row.line, row.texts, self._layout.places, row.faults)
            self.seen.summed, self.seen.slots = summer.summed, self._hours.slots
            self.seen.incomplete = summer.incomplete

    def _plain_rows(self) -> Iterator[Row]:
        places, skips, spread = self._layout.places, self._filter.skips, self._layout.spread
        start = self._layout.first_record
        for line, texts in itertools.islice(self._read(), start, None):
            if skips(line, texts) is None:
                if spread is None:
                    yield Row(line, texts, places)
                else:
                    for each in spread.spread(line, texts):
                        yield Row(line, each, places)

    def place(self, column: str) -> int:
        """Return the place of the column in each row, -1 if the file has none."""
        return self._layout.places.get(column, -1)

    def unit_below(self, column: str) -> str:
        """Return the text of the column in the row of units below the header; empty without one."""
        return self.text_of(self._filter.units, column)

    def has(self, column: str) -> bool:
        """Tell whether the file has the column."""
        return column in self.titles

    def problem(self, rule: Rule, row: Row, column: str, fact: str | None = None) -> Problem:
        """Return the problem of one value of the table."""
        position = self._layout.places.get(column, self.width)
        value = row.text(column)
        title = self._title(row, column)
        if is_unread(value):
            return tell_of_cell(row.line, title, value, position)
        return Problem(rule, row.line, title, value, fact, position)

    def _title(self, row: Row, column: str) -> str:
        """Return the title of a value; of several a row, that of its own column."""
        spread = self._layout.spread
        if spread is not None and spread.across is not None and column in self._across:
            return row.texts[spread.places[-1]]
        return self.titles.get(column, column)

    @property
    def _across(self) -> set[str]:
        names = self._columns
        said = {Across.POINTS: Holds.KEY, Across.DAYS: Holds.DAY, Across.HOURS: Holds.HOUR}
        spread = self._layout.spread
        if spread is None or spread.across is None:
            return set()
        return {names[Holds.FIGURE], names[said[spread.across]]}

    @property
    def held(self) -> dict[Holds, str]:
        """The columns of the file by what they hold."""
        return {holds: name for holds, name in self._columns.items() if name in self._layout.places}

    @property
    def figure_unit(self) -> str | None:
        """The unit in which the figures of the file may say that they are: its own, else that of the column."""
        return self.unit or next((each.unit for each in self._kinds if each.holds is Holds.FIGURE), None)

    def text_of(self, texts: Sequence[str], column: str) -> str:
        """Return the text of a column in the texts of a row."""
        place = self._layout.places.get(column, len(texts))
        return texts[place] if place < len(texts) else ""

    def key_of(self, row: Row) -> tuple[int, str]:
        """Return what names a row: its line, and of several values a line the title of its own."""
        spread = self._layout.spread
        titled = spread is not None and spread.across is not None and self._hours is None
        return row.line, row.texts[-1] if titled and row.texts else ""

    def texts_of(self, row: Row) -> dict[str, str]:
        """Return the texts of our columns in a row, without blank cells and those in error."""
        texts = {name: row.text(name) for name in self._layout.places}
        return {name: text for name, text in texts.items() if text and not is_unread(text)}

    def is_titled(self, column: str) -> bool:
        """Tell whether the titles of the sheet's columns say this value, which stands in no row then."""
        return column in self._across and column != self._columns[Holds.FIGURE]

    def unit_of(self, row: Row) -> tuple[FileUnit | None, bool]:
        """Return the unit of a row's figure, None for that of the column; and False for one that the kind has not."""
        text = row.text(self._columns[Holds.UNIT]) if Holds.UNIT in self._columns else ""
        if not text:
            return self.unit, True
        unit, figure = find_unit(text), next(each for each in self._kinds if each.holds is Holds.FIGURE)
        is_known = unit is not None and (unit == figure.unit or unit in figure.converts)
        return (unit, True) if is_known else (None, False)

    def ask_about_days(self, *, today: GasDay) -> None:
        """Ask whether the month comes first, where the days fit both orders and only that makes sense of them.

        ``BadFile`` for days that are numbers and recent only if they are counted from 1904.
        """
        day = self._columns[Holds.DAY]
        if self.serial_days and is_serial_doubtful(self.serial_days, today=today):
            raise BadFile([Problem(Rule.SERIAL_UNSAID, column=self.titles.get(day, day), value=max(self.serial_days))])
        if self.unordered and is_order_doubtful(self.unordered, today=today):
            value = min(self.unordered)
            # The sums of hours have no line of their own.
            found = () if self._hours is not None else (row.line for row in self.rows if row.text(day) == value)
            problem = Problem(Rule.ORDER_UNSAID, next(iter(found), None), self.titles.get(day, day), value)
            raise Unanswered(Question.ORDER, [problem], facts={"value": value})

    def ask_about_figures(self, problems: Sequence[Problem]) -> None:
        """Ask what dots and commas separate where that is open, whatever else is wrong: other rows may be left."""
        open_ = self.seen.decimals is Decimals.UNSAID and self.answers.dots_group is None
        if open_ and any(problem.rule is Rule.AMBIGUOUS_NUMBER for problem in problems):
            raise Unanswered(Question.FIGURES, problems, facts=_facts(problems, Rule.AMBIGUOUS_NUMBER))

    def refuse(self, problems: Sequence[Problem]) -> None:
        """Raise the problems of the rows, if any; as a question if an answer would solve some of them."""
        if not problems:
            return
        rules = {problem.rule for problem in problems}
        self.ask_about_figures(problems)
        if Rule.STAMP_UNSAID in rules:
            hourly = {"hourly": "1"} if self._hours is not None else {}
            facts = _facts(problems, Rule.STAMP_UNSAID) | hourly
            if self._survey.one_hour is not None:
                facts["value"] = f"{facts['value']} {self._survey.one_hour[0]}"
            raise Unanswered(Question.STAMPS, problems, facts=facts)
        raise BadFile(problems)


def _facts(problems: Sequence[Problem], rule: Rule) -> dict[str, str]:
    first = next(problem for problem in problems if problem.rule is rule)
    return {"value": first.value or "", "line": str(first.line or "")}


def _figures(decimals: Decimals, answers: Answers, origin: Origin) -> FigureReading:
    decided = {Decimals.COMMA: True, Decimals.POINT: False, Decimals.UNSAID: answers.dots_group}
    return FigureReading(decided.get(decimals), origin.is_workbook)


def table_of(
    read: Read,
    digest: bytes,
    columns: Sequence[Column],
    *,
    origin: Origin,
    limits: Limits = UPLOAD,
    listed: str | None = None,
    answers: Answers = NOTHING_KNOWN,
    lenient: bool = False,
) -> Table:
    """Return records as a table; each call of ``read`` yields them with their lines, from the first.

    The header is searched in the first thirty records; without one the columns are in their order. Unknown columns are
    left out and named. Cells in error refuse the file unless ``lenient``: then they are problems of their rows.
    """
    beginning = read()
    first = list(itertools.islice(beginning, LOOKED_AT))
    beginning.close()
    if not first:
        raise BadFile([Problem(Rule.NO_ROWS)])
    hidden = origin.hidden_columns if answers.hidden is False else frozenset[int]()
    seen = origin.seen
    layout = find_layout(
        first,
        columns,
        left_out=hidden,
        doubtful=origin.hidden_columns,
        sheet=seen.sheet or "",
    )
    _ask_about_hidden(origin, layout, answers)
    layout = find_sections(layout, itertools.islice(read(), layout.first_record, None), columns)
    _note_form(seen, layout)
    read, seen.merged = write_out_merges(read, layout, columns, origin.merged)
    survey = Survey(digest, RowFilter(layout, columns, first[: layout.lines_above]), columns)
    survey.days_above = find_days_above(first, layout)
    records = itertools.islice(read(), layout.first_record, None)
    Look(survey, layout, columns, limits).all(records, seen, listed, lenient=lenient)
    if not layout.has_header:
        layout = layout.narrowed(max(survey.filter.width, 1), columns)
    if not survey.rows:
        raise BadFile([Problem(Rule.NO_ROWS)])
    layout = leave_out_others(layout, survey, seen)
    if survey.has_blanks:
        read, seen.filled_with, seen.filled = fill_down(read, layout, columns, survey.filter, survey.rows)
    table = Table(read, layout, survey, origin, answers)
    if survey.unnamed and _leave_out_sum(table, survey, columns):
        seen.skipped.setdefault(Skipped.TOTAL, []).append(survey.last_line)
        survey.rows -= 1
        table.length -= 1
    seen.rows = survey.rows
    return table


def _note_form(seen: Seen, layout: Layout) -> None:
    seen.lines_above, seen.left_out = layout.lines_above, layout.left_out
    if layout.has_header:
        seen.header_line, seen.header_last = layout.line, layout.last_line or layout.line
    if layout.spread is not None and layout.spread.across is not None:
        seen.across, seen.across_count = layout.spread.across, len(layout.spread.cells)
    seen.month = None if layout.spread is None else layout.spread.month
    seen.above, seen.sections = dict(layout.above or {}), layout.sections


def _leave_out_sum(table: Table, survey: Survey, columns: Sequence[Column]) -> bool:
    """Leave out a last row that has the sum of the figures and nothing else; return whether there is one."""
    if len(survey.unnamed) != 1 or survey.unnamed[0][0] != survey.last_line:
        return False
    line, said = survey.unnamed[0]
    name = next(column.name for column in columns if column.holds is Holds.FIGURE)
    total, in_error = Decimal(0), False
    for row in table.rows:
        if row.line == line or row.faults:
            continue
        try:
            total += parse_figure(row.text(name), reading=table.figures)
        except BadCell as bad:
            in_error = in_error or is_unread(row.text(name))
            if bad.rule is not Rule.EMPTY and not in_error:
                return False
    # The sum of a cell in error is in error itself.
    if in_error and is_unread(said):
        survey.filter.totals.add(line)
        return True
    try:
        # A sum of rounded figures may differ in its last digit.
        if abs(parse_figure(said, reading=table.figures) - total) > Decimal("0.05"):
            return False
    except BadCell:
        return False
    survey.filter.totals.add(line)
    return True


def _ask_about_hidden(origin: Origin, layout: Layout, answers: Answers) -> None:
    rows = sum(line >= layout.first_line for line in origin.hidden_rows)
    known = {place: title for title, place in layout.titles_at.items()}
    columns = tuple(known[place] for place in sorted(origin.hidden_columns) if place in known)
    if (rows or columns) and answers.hidden is None:
        line = next((each for each in origin.hidden_rows if each >= layout.first_line), None)
        raise Unanswered(
            Question.HIDDEN,
            [Problem(Rule.HIDDEN, line, None, None, None)],
            facts={"rows": str(rows), "columns": ", ".join(columns)},
        )
    origin.seen.hidden_rows, origin.seen.hidden_columns = rows, columns
    if rows or origin.hidden_columns:
        origin.seen.hidden_taken = answers.hidden
