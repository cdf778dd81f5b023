"""Table of a sheet: the line of its header, the meaning of its columns, and its rows of data."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from portal.domain.searched import comparable

from .cells import DayReading, Decimals, FigureReading, FigureStyle, is_month_first
from .problems import BadFile, Problem, Rule
from .questions import NOTHING_KNOWN, Answers, Question, Unanswered
from .sheet_headers import LINES_ABOVE, Layout, RowFilter, Skipped, find_layout
from .workbook_parts import ERROR, UNCOMPUTED

MAX_COLUMNS = 60
BLOCK = 1024 * 1024
# So many days decide a column's order of day and month; later ones are not examined.
_MOST_DAYS = 100_000
_NO_VALUES = (ERROR, UNCOMPUTED)

Read = Callable[[], Generator[tuple[int, list[str]]]]


class Limits(NamedTuple):
    """Limits of a file: bytes, and rows below the header."""

    bytes: int
    rows: int


# Limits of a person's upload on a page, and of telemetry kept for many years (docs/security.md, "Files").
UPLOAD = Limits(10 * BLOCK, 50_000)
HISTORY = Limits(1024 * BLOCK, 20_000_000)


class Holds(Enum):
    """Contents of a column whose spelling is decided once for the file."""

    DAY = 1
    FIGURE = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a file may have: our name, the titles in files, and whether it is required.

    ``elsewhere`` are titles that name another unit than ``unit``, the unit of the column. A file with a column that
    ``refuses`` is refused by that rule: its content would change the meaning of the others.
    """

    name: str
    titles: frozenset[str]
    required: bool = False
    elsewhere: frozenset[str] = frozenset()
    unit: str | None = None
    holds: Holds | None = None
    refuses: Rule | None = None


def spell_titles(*spellings: str) -> frozenset[str]:
    """Return the titles of a column in compared form, each also with ``_`` between its words."""
    return frozenset(comparable(each) for title in spellings for each in (title, title.replace(" ", "_")))


class Row(NamedTuple):
    """A row of the file: the line it begins on, its texts unchanged, and the ``places`` of our columns."""

    line: int
    texts: list[str]
    places: dict[str, int]

    def text(self, column: str) -> str:
        """Return the text of the column; empty if the file has no such column."""
        place = self.places.get(column, len(self.texts))
        return self.texts[place] if place < len(self.texts) else ""


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
    decimals: Decimals = Decimals.UNSAID
    month_first: bool = False
    encoding: str | None = None
    # Added by the readers of each kind: rows without a value, repeated rows, names matched inexactly.
    without_value: list[int] = field(default_factory=list)
    again: list[int] = field(default_factory=list)
    resembled: dict[str, str] = field(default_factory=dict)
    stamp_ends: bool | None = None
    has_hours: bool = False
    today_left_out: int = 0


@dataclass(frozen=True, slots=True)
class Origin:
    """Source of a table's records, and facts known only for a workbook."""

    seen: Seen
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: frozenset[int] = frozenset()
    is_workbook: bool = False
    counts_from_1904: bool = False


class Table:
    """A file in a known and valid form: the titles of its columns, and its rows, read lazily."""

    def __init__(self, read: Read, layout: Layout, survey: _Survey, origin: Origin, answers: Answers) -> None:
        self.titles = layout.shown
        self.width = layout.width
        self.length = survey.rows
        self.listed = survey.listed
        self.digest = survey.digest
        self.seen = origin.seen
        self.answers = answers
        decided = {Decimals.COMMA: True, Decimals.POINT: False, Decimals.UNSAID: answers.dots_group}
        self.figures = FigureReading(decided.get(self.seen.decimals), origin.is_workbook)
        self.days = DayReading(self.seen.month_first, answers.stamp_ends, origin.is_workbook, origin.counts_from_1904)
        self._read = read
        self._layout = layout
        self._filter = survey.filter

    @property
    def rows(self) -> Iterator[Row]:
        """The rows from the first, however many; each access reads the file again."""
        places, skips = self._layout.places, self._filter.skips
        start = self._layout.first_record
        for line, texts in itertools.islice(self._read(), start, None):
            if skips(line, texts) is None:
                yield Row(line, texts, places)

    def place(self, column: str) -> int:
        """Return the place of the column in each row, -1 if the file has none."""
        return self._layout.places.get(column, -1)

    def has(self, column: str) -> bool:
        """Tell whether the file has the column."""
        return column in self.titles

    def problem(self, rule: Rule, row: Row, column: str, fact: str | None = None) -> Problem:
        """Return the problem of one value of the table."""
        position = self._layout.places.get(column, self.width)
        value = row.text(column)
        if value[:1] in (ERROR, UNCOMPUTED):
            return _of_cell(row.line, self.titles.get(column, column), value, position)
        return Problem(rule, row.line, self.titles.get(column, column), value, fact, position)

    def refuse(self, problems: Sequence[Problem]) -> None:
        """Raise the problems of the rows, if any; as a question if one answer would solve all of them."""
        if not problems:
            return
        rules = {problem.rule for problem in problems}
        open_ = self.seen.decimals is Decimals.UNSAID and self.answers.dots_group is None
        if rules == {Rule.AMBIGUOUS_NUMBER} and open_:
            raise Unanswered(Question.FIGURES, problems, facts={"value": problems[0].value or ""})
        if rules == {Rule.STAMP_UNSAID}:
            raise Unanswered(Question.STAMPS, problems, facts={"value": problems[0].value or ""})
        raise BadFile(problems)


def _of_cell(line: int, title: str, value: str, position: int) -> Problem:
    if value.startswith(ERROR):
        return Problem(Rule.CELL_ERROR, line, title, None, value.removeprefix(ERROR)[:20], position)
    return Problem(Rule.FORMULA_UNSAVED, line, title, None, None, position)


@dataclass(slots=True)
class _Survey:
    """Result of one pass over the whole file."""

    digest: bytes
    filter: RowFilter
    rows: int = 0
    listed: set[str] = field(default_factory=set)


def table_of(
    read: Read,
    digest: bytes,
    columns: Sequence[Column],
    *,
    origin: Origin,
    limits: Limits = UPLOAD,
    listed: str | None = None,
    answers: Answers = NOTHING_KNOWN,
    keeps_extra: bool = False,
    lenient: bool = False,
) -> Table:
    """Return records as a table; each call of ``read`` yields them with their lines, from the first.

    The header is searched in the first thirty records; without one the columns are in their order. Unknown columns are
    left out and named or, with ``keeps_extra``, refused, since their content would be lost. Cells in error refuse the
    file unless ``lenient``: then they are problems of their rows.
    """
    beginning = read()
    first = list(itertools.islice(beginning, LINES_ABOVE))
    beginning.close()
    if not first:
        raise BadFile([Problem(Rule.NO_ROWS)])
    hidden = origin.hidden_columns if answers.hidden is False else frozenset[int]()
    layout = find_layout(first, columns, left_out=hidden, doubtful=origin.hidden_columns, keeps_extra=keeps_extra)
    _ask_about_hidden(origin, layout, answers)
    seen = origin.seen
    seen.lines_above, seen.left_out = layout.lines_above, layout.left_out
    survey = _Survey(digest, RowFilter(layout, columns))
    records = itertools.islice(read(), layout.first_record, None)
    _Look(survey, layout, columns, limits).all(records, seen, listed, lenient=lenient)
    if not layout.has_header:
        layout = layout.narrowed(max(survey.filter.width, 1), columns)
    if not survey.rows:
        raise BadFile([Problem(Rule.NO_ROWS)])
    seen.rows = survey.rows
    return Table(read, layout, survey, origin, answers)


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


class _Look:
    """Pass over every record: number, width, spelling of days and figures, skipped rows."""

    def __init__(self, survey: _Survey, layout: Layout, columns: Sequence[Column], limits: Limits) -> None:
        self._survey, self._layout, self._limits = survey, layout, limits
        held = {column.holds: layout.places.get(column.name, -1) for column in columns if column.holds}
        self._at_figure, self._at_day = held.get(Holds.FIGURE, -1), held.get(Holds.DAY, -1)
        self._figures, self._days, self._too_long = FigureStyle(), set[str](), list[Problem]()
        self._in_error: list[Problem] = []

    def all(self, records: Iterator[tuple[int, list[str]]], seen: Seen, listed: str | None, *, lenient: bool) -> None:
        """Pass over all records; ``BadFile`` above the limits, for too many values and cells in error."""
        place = self._layout.places.get(listed or "", -1)
        survey, skips = self._survey, self._survey.filter.skips
        texts_listed: set[str] = set()
        for line, texts in records:
            skipped = skips(line, texts)
            if skipped is not None:
                seen.skipped.setdefault(skipped, []).append(line)
                continue
            survey.rows += 1
            if survey.rows > self._limits.rows:
                raise BadFile([Problem(Rule.TOO_MANY_ROWS, line, fact=f"{self._limits.rows:,}")])
            self._see(line, texts)
            if 0 <= place < len(texts):
                texts_listed.add(texts[place])
            if not lenient and any(text[:1] in _NO_VALUES for text in texts if text):
                self._see_errors(line, texts)
        survey.listed = texts_listed
        seen.decimals = self._figures.decimals
        seen.month_first = is_month_first(self._days)
        seen.has_hours = any(":" in day for day in self._days)
        if self._too_long or self._in_error:
            raise BadFile(self._too_long + self._in_error)

    def _see(self, line: int, texts: list[str]) -> None:
        length, width = len(texts), self._layout.width
        if length > self._survey.filter.width:
            self._survey.filter.width = length
        if length > width and any(texts[width:]):
            over = next(text for text in texts[width:] if text)
            self._too_long.append(Problem(Rule.TOO_MANY_VALUES, line, value=over, fact=str(width)))
        if 0 <= self._at_figure < length and ("," in (figure := texts[self._at_figure]) or "." in figure):
            self._figures.see(figure)
        if 0 <= self._at_day < length and len(self._days) < _MOST_DAYS:
            self._days.add(texts[self._at_day])

    def _see_errors(self, line: int, texts: list[str]) -> None:
        for name, place in self._layout.places.items():
            if place < len(texts) and texts[place] and texts[place][:1] in _NO_VALUES:
                self._in_error.append(_of_cell(line, self._layout.shown[name], texts[place], place))
