"""Header of a sheet: its place, and the meaning of its columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from portal.domain.searched import comparable

from .problems import BadFile, Problem, Rule
from .sheet_columns import Column, Holds
from .units import FileUnit, find_unit, is_unit_word, split_unit

if TYPE_CHECKING:
    from .spreads import Spread

# A report's logos, titles and dates come above its header.
LINES_ABOVE = 30
# Records that show a layout: the lines above, the header, and some rows below it.
LOOKED_AT = 40
FIGURE = re.compile(r"[+-]?[0-9][0-9.,' ]*")
_CORRECTED = re.compile(r"correg|correct|\bstd\b|standard|estandar|\bneto|\bnet\b|\bsm3|de gas|\bgas\b")


class Above(NamedTuple):
    """A value of all rows that stands above the header, and its line; its label may mean another thing if vague."""

    text: str
    line: int
    is_vague: bool = False


@dataclass(frozen=True)
class Layout:
    """Columns of a file: their titles in the file, and their places from 0.

    ``places`` are those in the records of the table, ``raw_places`` those in the file: they differ where a ``spread``
    makes several records of one, or adds a value that stands ``above`` the header.
    """

    shown: dict[str, str]
    places: dict[str, int]
    width: int
    # Line of the header; of the first record if there is none.
    line: int
    first_record: int
    lines_above: int
    has_header: bool
    left_out: tuple[str, ...]
    header: tuple[str, ...]
    # Last line of the header, which may have two.
    last_line: int = 0
    unit: FileUnit | None = None
    raw_places: dict[str, int] | None = None
    spread: Spread | None = None
    above: dict[str, Above] | None = None
    # The same of each further table of the sheet.
    sections: tuple[Above, ...] = ()

    @property
    def first_line(self) -> int:
        """The first line that may hold data."""
        return (self.last_line or self.line) + int(self.has_header)

    @property
    def in_file(self) -> dict[str, int]:
        """The places of our columns in a record of the file."""
        return self.places if self.raw_places is None else self.raw_places

    @property
    def titles_at(self) -> dict[str, int]:
        """The places of our columns by their titles in the file."""
        spread = {} if self.spread is None else {cell.title: cell.place for cell in self.spread.cells}
        return {self.shown[name]: place for name, place in self.in_file.items()} | spread

    def without(self, name: str) -> Layout:
        """Return the layout without a column of ours that is not required."""
        kept = {each: title for each, title in self.shown.items() if each != name}
        return replace(self, shown=kept, places={each: at for each, at in self.places.items() if each != name})

    def narrowed(self, width: int, columns: Sequence[Column]) -> Layout:
        """Return the layout of a file without header, once its width is known; ``BadFile`` if too narrow."""
        names = list(self.shown)[:width]
        if width < sum(column.required for column in columns):
            raise BadFile([Problem(Rule.MISSING_COLUMN, self.line, names[-1], fact=list_required(columns))])
        return replace(
            self,
            shown={name: name for name in names},
            places={name: place for place, name in enumerate(names)},
            width=len(names),
        )


class Match(NamedTuple):
    """A column that a title means; ``unit`` is that of the title, ``is_foreign``: not the column's own."""

    column: Column
    unit: FileUnit | None = None
    is_foreign: bool = False


def match_title(title: str, columns: Sequence[Column]) -> Match | None:
    """Return the column that a title means, with the unit that it names; None for an unknown title."""
    key = comparable(title)
    base, spelled = split_unit(title)
    unit = None if spelled is None else find_unit(spelled)
    for column in columns:
        if key in column.titles:
            return Match(column, unit if column.holds is Holds.FIGURE else None)
        if key in column.elsewhere:
            return Match(column, unit, is_foreign=True)
        if column.beside and unit is not None and base in column.titles:
            return Match(column, unit)
        if column.holds is not Holds.FIGURE or spelled is None or base not in column.titles | column.amounts:
            continue
        # A column without a unit of its own has the unit of each row, and in its title one that is converted.
        if column.unit is not None or column.converts:
            own = unit in column.converts if column.unit is None else unit == column.unit
            return Match(column, unit, is_foreign=not own)
    return None


def find_long_layout(
    first: Sequence[tuple[int, list[str]]],
    columns: Sequence[Column],
    *,
    left_out: Collection[int],
    doubtful: Collection[int],
) -> Layout | None:
    """Return the layout of a sheet with a title for every required column, in one row or two; None without one.

    ``BadFile`` names every error of its header. Places in ``left_out`` are no columns of ours; a repeated title is no
    error yet while one of its places is ``doubtful``.
    """
    needed = {column.name for column in columns if column.required}
    for at, (line, texts) in enumerate(first[:LINES_ABOVE]):
        if _named_by(texts, columns, left_out) >= needed:
            below = first[at + 1] if at + 1 < len(first) else None
            header, rows = texts, 1
            if below is not None and below[0] == line + 1 and _continues(texts, below[1], columns, left_out):
                header, rows = make_titles(texts, below[1], columns), 2
            return _layout(first, at, header, rows, columns, left_out, doubtful)
    for at, (line, texts) in enumerate(first[:LINES_ABOVE]):
        if at + 1 == len(first) or first[at + 1][0] != line + 1:
            continue
        header = make_titles(texts, first[at + 1][1], columns)
        both = [*texts, *first[at + 1][1]]
        if _named_by(header, columns, left_out) >= needed and not any(map(FIGURE.fullmatch, both)):
            return _layout(first, at, header, 2, columns, left_out, doubtful)
    return None


def find_partial_layout(
    first: Sequence[tuple[int, list[str]]],
    columns: Sequence[Column],
    *,
    left_out: Collection[int],
    doubtful: Collection[int],
) -> Layout:
    """Return the layout of a sheet without a whole header, or raise ``BadFile`` for what its header lacks."""
    best, most = None, 0
    for number, (_, texts) in enumerate(first[:LINES_ABOVE]):
        found = _named_by(texts, columns, left_out)
        # A single title may be a word of the report, unless it begins the file; a header has no figures.
        if len(found) > most and (number == 0 or len(found) > 1) and not any(map(FIGURE.fullmatch, texts)):
            best, most = number, len(found)
    if best is None:
        named = [column for column in columns if column.refuses is None and column.holds is not Holds.HOUR]
        named = [column for column in named if column.holds is not Holds.NAME]
        shown = {column.name: column.name for column in named}
        places = {column.name: place for place, column in enumerate(named)}
        return Layout(shown, places, len(named), first[0][0], 0, 0, False, (), ())
    return _layout(first, best, first[best][1], 1, columns, left_out, doubtful)


def _layout(
    first: Sequence[tuple[int, list[str]]],
    at: int,
    header: list[str],
    rows: int,
    columns: Sequence[Column],
    left_out: Collection[int],
    doubtful: Collection[int],
) -> Layout:
    line = first[at][0]
    read = read_header(line, header, columns, left_out=left_out, doubtful=doubtful)
    read.conclude(len(strip_end(header)))
    return read.make_layout(header, at=at, rows=rows, last_line=first[at + rows - 1][0])


def read_header(
    line: int,
    header: Sequence[str],
    columns: Sequence[Column],
    *,
    left_out: Collection[int] = (),
    doubtful: Collection[int] = (),
) -> Header:
    """Return the titles of a header, each taken to its column."""
    read = Header(line, columns, doubtful)
    for place, title in enumerate(strip_end(header)):
        if place not in left_out:
            read.take(place, title)
    return read


def strip_end(texts: Sequence[str]) -> list[str]:
    """Return the texts of a record without the blank ones at its end."""
    kept = list(texts)
    while kept and not kept[-1]:
        kept.pop()
    return kept


def _named_by(texts: Sequence[str], columns: Sequence[Column], left_out: Collection[int]) -> set[str]:
    found = {
        match.column.name
        for place, text in enumerate(texts)
        if text and place not in left_out and (match := match_title(text, columns)) is not None
    }
    key, name = (next((each.name for each in columns if each.holds is held), "") for held in (Holds.KEY, Holds.NAME))
    # A name alone is what the points are called by.
    return found | {key} if key and name in found else found


def make_titles(upper: Sequence[str], lower: Sequence[str], columns: Sequence[Column]) -> list[str]:
    """Return the titles that two rows make together; a merged cell of the upper one goes on to its right."""
    titles: list[str] = []
    above = ""
    for place in range(max(len(upper), len(lower))):
        own = upper[place] if place < len(upper) else ""
        below = lower[place] if place < len(lower) else ""
        above = own or (above if below else "")
        both = f"{above} {below}".strip()
        known = next((each for each in (both, below, own) if each and match_title(each, columns) is not None), None)
        titles.append(known or both)
    return titles


def _continues(
    upper: Sequence[str], lower: Sequence[str], columns: Sequence[Column], left_out: Collection[int]
) -> bool:
    """Tell whether the row below a whole header is its second line: words, and as meaningful as the first alone."""
    words = [text for text in lower if text]
    if not words or any(any(character.isdigit() for character in text) and not _names_unit(text) for text in words):
        return False
    if all(is_unit_word(text) for text in words):
        return False
    if not any(column.holds in (Holds.KEY, Holds.DAY) for column in columns):
        return False
    for place, text in enumerate(lower):
        own = upper[place] if place < len(upper) else ""
        match = match_title(own, columns) if own and place not in left_out else None
        if not text or match is None or is_unit_word(text):
            continue
        # A row of data beside it would never make a known title of a known one.
        whole = match_title(f"{own} {text}", columns)
        if whole is None or whole.column is not match.column:
            return False
    joined = _named_by(make_titles(upper, lower, columns), columns, left_out)
    at = [place for place, text in enumerate(upper) if text and match_title(text, columns) is not None]
    said = [place for place in at if place < len(lower) and lower[place] and not is_unit_word(lower[place])]
    return bool(said) and joined >= _named_by(upper, columns, left_out)


def _names_unit(text: str) -> bool:
    return split_unit(f"x {text}")[1] is not None or split_unit(text)[1] is not None


class Header:
    """Collector of a header's titles, one after the other."""

    def __init__(self, line: int, columns: Sequence[Column], doubtful: Collection[int]) -> None:
        self.shown: dict[str, str] = {}
        self.places: dict[str, int] = {}
        self.extra: list[str] = []
        self.unit: FileUnit | None = None
        self._problems: list[Problem] = []
        self._foreign: list[tuple[int, str, Match]] = []
        self._beside: dict[str, FileUnit | None] = {}
        self._line, self._columns, self._doubtful = line, columns, doubtful
        self._name = next((column for column in columns if column.holds is Holds.NAME), None)

    def take(self, place: int, title: str) -> None:
        """Add the next title; one that names no column of ours is left out."""
        match = match_title(title, self._columns)
        if match is None:
            if title:
                self.extra.append(title)
        elif match.column.refuses is not None and match.column.holds is not Holds.HOUR:
            self._problem(match.column.refuses, title, place)
        elif match.is_foreign:
            self._foreign.append((place, title, match))
        elif match.column.name not in self.places:
            self._keep(match, title, place)
        elif place not in self._doubtful and self.places[match.column.name] not in self._doubtful:
            self._take_again(match, title, place)

    def _take_again(self, match: Match, title: str, place: int) -> None:
        """Take a second title of a column: a name beside the code, or the better of two; else it is an error."""
        column = match.column
        before = self.shown[column.name]
        if column is self._name and any(each.is_vague(before) for each in self._columns):
            self.extra.append(before)
            self._keep(match, title, place)
            return
        if column.is_vague(title) and self._name is not None and self._name.name in self.places:
            self.extra.append(title)
            return
        if column.holds is Holds.KEY and self._name is not None and self._name.name not in self.places:
            self._take_name(match, title, place)
            return
        better, worse = (bool(_CORRECTED.search(comparable(each))) for each in (title, before))
        if column.holds in (Holds.FIGURE, Holds.DAY) and better != worse:
            self.extra.append(before if better else title)
            if better:
                self._keep(match, title, place)
            return
        self._problem(Rule.REPEATED_COLUMN, title, place)

    def _take_name(self, match: Match, title: str, place: int) -> None:
        """Take the second title of the points as that of their names: of two the one that may mean something else."""
        key, name = match.column, self._name
        if name is None:
            return
        at, before = self.places[key.name], self.shown[key.name]
        if key.is_vague(before) and not key.is_vague(title):
            self._keep(match, title, place)
            title, place = before, at
        self._keep(Match(name), title, place)

    def conclude(self, width: int, *, missing: bool = True) -> None:
        """Raise the errors of the header, once it is complete; ``missing``: also for columns that it lacks."""
        # Energy comes back to a volume only by a heating value: a volume in another unit goes first.
        for place, title, match in sorted(self._foreign, key=lambda found: found[2].unit is FileUnit.MBTU):
            column = match.column
            # The same figure in another unit beside ours is an unknown column, and no other error.
            if column.name in self.places:
                self.extra.append(title)
            elif match.unit is not None and match.unit in column.converts:
                self._keep(match, title, place)
            else:
                self._problem(Rule.WRONG_UNIT, title, place, column.units)
                self._keep(match, title, place)
        self._call_by_name()
        for name, unit in self._beside.items():
            if unit is not None and unit != self.unit:
                # In another unit than the figures: nothing to hold them against.
                self.extra.append(self.shown.pop(name))
                del self.places[name]
        for column in self._columns:
            if missing and column.required and column.name not in self.places:
                self._problem(Rule.MISSING_COLUMN, column.name, width, list_required(self._columns))
        if self._problems:
            raise BadFile(self._problems)

    def _call_by_name(self) -> None:
        """Take the column of names for that of the points, where no other is."""
        key = next((column for column in self._columns if column.holds is Holds.KEY), None)
        if key is None or self._name is None or key.name in self.places or self._name.name not in self.places:
            return
        self.places[key.name] = self.places.pop(self._name.name)
        self.shown[key.name] = self.shown.pop(self._name.name)

    def make_layout(self, header: Sequence[str], *, at: int, rows: int, last_line: int) -> Layout:
        """Return the layout of this header, which begins at a record and has so many rows."""
        kept = strip_end(header)
        return Layout(
            self.shown,
            self.places,
            max(len(kept), 1),
            self._line,
            at + rows,
            at,
            True,
            tuple(self.extra),
            tuple(kept),
            last_line,
            self.unit,
        )

    def _keep(self, match: Match, title: str, place: int) -> None:
        self.shown[match.column.name], self.places[match.column.name] = title, place
        if match.column.holds is Holds.FIGURE:
            self.unit = match.unit
        if match.column.beside:
            self._beside[match.column.name] = match.unit

    def _problem(self, rule: Rule, title: str, place: int, fact: str | None = None) -> None:
        self._problems.append(Problem(rule, self._line, title, fact=fact, position=place))


def list_required(columns: Sequence[Column]) -> str:
    """Return the names of the required columns."""
    return ", ".join(column.name for column in columns if column.required)
