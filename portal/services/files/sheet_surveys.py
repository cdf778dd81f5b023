"""One pass over the records of a sheet: their number, how days and figures are spelled, and what is skipped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from .cells import FigureStyle, is_all_serials, is_month_first, is_order_open
from .hours import Hours, OneHour, read_one_hour
from .problems import BadFile, Problem, Rule
from .row_filters import RowFilter
from .sheet_columns import Column, Holds
from .sheet_headers import Above, Layout
from .sheet_notes import Seen
from .workbook_parts import ERROR, is_unread

# So many days decide a column's order of day and month; later ones are not examined.
_MOST_DAYS = 100_000
# A column of so many texts is no list of a few.
_MOST_SPOKEN = 200
_KEY_AND_NAME = (Holds.KEY, Holds.NAME)


class Limits(NamedTuple):
    """Limits of a file: bytes, and rows below the header."""

    bytes: int
    rows: int


def tell_of_cell(line: int, title: str, value: str, position: int) -> Problem:
    """Return the problem of a cell without a value: in error, or never computed."""
    if value.startswith(ERROR):
        return Problem(Rule.CELL_ERROR, line, title, None, value.removeprefix(ERROR)[:20], position)
    return Problem(Rule.FORMULA_UNSAVED, line, title, None, None, position)


@dataclass(slots=True)
class Survey:
    """Result of one pass over the whole file."""

    digest: bytes
    filter: RowFilter
    columns: Sequence[Column]
    rows: int = 0
    listed: set[str] = field(default_factory=set)
    pairs: set[tuple[str, str]] = field(default_factory=set)
    days: set[str] = field(default_factory=set)
    hours: Hours | None = None
    order_open: bool = False
    days_above: list[Above] = field(default_factory=list)
    # Rows with a figure and nothing else of ours: lines and texts.
    unnamed: list[tuple[int, str]] = field(default_factory=list)
    has_either: bool = False
    last_line: int = 0
    # Columns beside that of the points which say nothing of a point.
    loose: set[Holds] = field(default_factory=set)
    # The hour that all rows have, and what it is of their day; None for hours, and without a column of them.
    one_hour: tuple[str, OneHour] | None = None
    # A column under the title of hours that has none.
    has_no_hours: bool = False
    # Whether a row with a figure lacks its point or its day.
    has_blanks: bool = False
    # Texts of the columns that may hold something else, by their names.
    spoken: dict[str, set[str]] = field(default_factory=dict)


class Look:
    """Pass over every record: number, width, spelling of days and figures, skipped rows."""

    def __init__(self, survey: Survey, layout: Layout, columns: Sequence[Column], limits: Limits) -> None:
        self._survey, self._layout, self._limits, self._columns = survey, layout, limits, columns
        held = {column.holds: layout.places.get(column.name, -1) for column in columns if column.holds}
        self._at_figure, self._at_day = held.get(Holds.FIGURE, -1), held.get(Holds.DAY, -1)
        self._at_name, self._at_hour = held.get(Holds.NAME, -1), held.get(Holds.HOUR, -1)
        keys = [held.get(each, -1) for each in (Holds.KEY, Holds.NAME, Holds.DAY)]
        self._keys = [place for place in keys if place >= 0] if layout.has_header and layout.spread is None else []
        # Twice, so that one place is a pair as well.
        self._names = itemgetter(*self._keys, *self._keys) if self._keys else None
        self._last_key = max(self._keys, default=-1)
        self._spoken = {
            layout.places[column.name]: survey.spoken.setdefault(column.name, set())
            for column in columns
            if column.others and column.name in layout.places
        }
        self._figures, self._days, self._too_long = FigureStyle(), survey.days, list[Problem]()
        self._hour_texts = set[str]()
        self._in_error: list[Problem] = []

    def all(self, records: Iterator[tuple[int, list[str]]], seen: Seen, listed: str | None, *, lenient: bool) -> None:
        """Pass over all records; ``BadFile`` above the limits, for too many values and cells in error."""
        place = self._layout.places.get(listed or "", -1)
        survey, skips = self._survey, self._survey.filter.skips
        texts_listed: set[str] = set()
        spread, at_name, at_hour, width = self._layout.spread, self._at_name, self._at_hour, self._layout.width
        rows, most, last = 0, self._limits.rows, 0
        for line, record in records:
            skipped = skips(line, record)
            if skipped is not None:
                known = seen.skipped.setdefault(skipped, [])
                known.append(line)
                continue
            length = len(record)
            if length > survey.filter.width or length > width:
                self._see_width(line, record)
            for texts in (record,) if spread is None else spread.spread(line, record):
                rows += 1
                if rows > most:
                    raise BadFile([Problem(Rule.TOO_MANY_ROWS, line, fact=f"{most:,}")])
                self._see(line, texts)
                if 0 <= place < len(texts):
                    texts_listed.add(texts[place])
                    if 0 <= at_name < len(texts):
                        survey.pairs.add((texts[place], texts[at_name]))
                if 0 <= at_hour < len(texts):
                    self._hour_texts.add(texts[at_hour])
                last = line
                if not lenient and any(map(is_unread, texts)):
                    self._see_errors(line, texts)
        survey.rows, survey.last_line, survey.listed = rows, last, texts_listed
        self._conclude(seen)

    def _is_name_loose(self) -> bool:
        """Tell whether a column that may hold names of points has several for one of them: who made the report."""
        key, name = (next((each for each in self._columns if each.holds is held), None) for held in _KEY_AND_NAME)
        if key is None or name is None or not key.is_vague(self._layout.shown.get(name.name, "")):
            return False
        names: dict[str, str] = {}
        return any(names.setdefault(text, said) != said for text, said in self._survey.pairs)

    def _conclude(self, seen: Seen) -> None:
        """Decide how days, hours and figures are read; raise what was too long or in error."""
        survey = self._survey
        survey.pairs = {pair for pair in survey.pairs if not is_unread(pair[1])}
        if self._is_name_loose():
            survey.loose.add(Holds.NAME)
        seen.decimals = self._figures.decimals
        survey.has_either = self._figures.has_either
        seen.month_first = is_month_first(self._days)
        seen.has_hours = any(":" in day for day in self._days)
        seen.serials = not seen.has_hours and is_all_serials(self._days)
        survey.order_open = not seen.month_first and is_order_open(self._days)
        stamps = self._days if seen.has_hours else ()
        in_column = self._at_hour >= 0 and self._are_hours()
        survey.hours = Hours.of(stamps, self._hour_texts, month_first=seen.month_first, is_across=in_column)
        if self._too_long or self._in_error:
            raise BadFile(self._too_long + self._in_error)

    def _are_hours(self) -> bool:
        """Tell whether the column of hours has several; of a file of totals it has one, or something else."""
        survey, said = self._survey, sorted(filter(None, self._hour_texts))
        if said and not any(any(map(str.isdigit, text)) or is_unread(text) for text in said):
            survey.has_no_hours = True
            return False
        one = read_one_hour(said[0]) if len(said) == 1 and "" not in self._hour_texts else None
        # A single point and day with one of its hours lacks the others.
        if one is None or (one is OneHour.OTHER and max(len(self._days), len(survey.listed)) < 2):
            return True
        survey.one_hour = said[0], one
        return False

    def _see_width(self, line: int, texts: list[str]) -> None:
        length, width = len(texts), self._layout.width
        if length > self._survey.filter.width:
            self._survey.filter.width = length
        if length > width and any(texts[width:]):
            over = next(text for text in texts[width:] if text)
            self._too_long.append(Problem(Rule.TOO_MANY_VALUES, line, value=over, fact=str(width)))

    def _see(self, line: int, texts: list[str]) -> None:
        length, at_figure = len(texts), self._at_figure
        if 0 <= at_figure < length:
            figure = texts[at_figure]
            if "," in figure or "." in figure:
                self._figures.see(figure)
            # A row after the other: a call for each would take a third more time.
            if figure and self._names is not None and (length <= self._last_key or "" in self._names(texts)):
                self._survey.has_blanks = True
            if not texts[0] and self._keys and figure and not any(texts[at] for at in self._keys if at < length):
                self._survey.unnamed.append((line, figure))
        for place, spoken in self._spoken.items():
            if place < length and len(spoken) < _MOST_SPOKEN:
                spoken.add(texts[place])
        if 0 <= self._at_day < length and len(self._days) < _MOST_DAYS:
            self._days.add(texts[self._at_day])

    def _see_errors(self, line: int, texts: list[str]) -> None:
        for name, place in self._layout.places.items():
            if place < len(texts) and is_unread(texts[place]):
                self._in_error.append(tell_of_cell(line, self._layout.shown[name], texts[place], place))
