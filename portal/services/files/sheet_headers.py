"""Header of a sheet: its place, and the meaning of its columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from portal.domain.searched import comparable

from .problems import BadFile, Problem, Rule

if TYPE_CHECKING:
    from .sheet_tables import Column


from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .sheet_tables import Column

# A report's logos, titles and dates come above its header.
LINES_ABOVE = 30
_FIGURE = re.compile(r"[+-]?[0-9][0-9.,' ]*")


@dataclass(frozen=True)
class Layout:
    """Columns of a file: their titles in the file, and their places from 0."""

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

    @property
    def first_line(self) -> int:
        """The first line that may hold data."""
        return self.line + int(self.has_header)

    @property
    def titles_at(self) -> dict[str, int]:
        """The places of our columns by their titles in the file."""
        return {self.shown[name]: place for name, place in self.places.items()}

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


def find_layout(
    first: Sequence[tuple[int, list[str]]],
    columns: Sequence[Column],
    *,
    left_out: Collection[int],
    doubtful: Collection[int],
    keeps_extra: bool,
) -> Layout:
    """Return the layout by the first records of a file; ``BadFile`` names every error of its header.

    The header is the first record with a title for every required column; otherwise the one with most titles. Places in
    ``left_out`` are no columns of ours; a repeated title is no error yet while one of its places is ``doubtful``.
    """
    at = _header_at(first, columns, left_out)
    if at is None:
        named = [column for column in columns if column.refuses is None]
        shown = {column.name: column.name for column in named}
        places = {column.name: place for place, column in enumerate(named)}
        return Layout(shown, places, len(named), first[0][0], 0, 0, False, (), ())
    line, texts = first[at]
    header = list(texts)
    while header and not header[-1]:
        header.pop()
    read = _Header(line, columns, doubtful, keeps_extra=keeps_extra)
    for place, title in enumerate(header):
        if place not in left_out:
            read.take(place, title)
    read.conclude(len(header))
    return Layout(
        read.shown, read.places, max(len(header), 1), line, at + 1, at, True, tuple(read.extra), tuple(header)
    )


def _header_at(
    first: Sequence[tuple[int, list[str]]], columns: Sequence[Column], left_out: Collection[int]
) -> int | None:
    best, most = None, 0
    needed_here = {column.name for column in columns if column.required}
    for number, (_, texts) in enumerate(first):
        found = {
            column.name
            for place, text in enumerate(texts)
            if text and place not in left_out and (column := _column(comparable(text), columns)) is not None
        }
        if found >= needed_here:
            return number
        # A single title may be a word of the report, unless it begins the file; a header has no figures.
        if len(found) > most and (number == 0 or len(found) > 1) and not any(map(_FIGURE.fullmatch, texts)):
            best, most = number, len(found)
    return best


def _column(title: str, columns: Sequence[Column]) -> Column | None:
    return next((each for each in columns if title in each.titles or title in each.elsewhere), None)


class _Header:
    """Collector of a header's titles, one after the other."""

    def __init__(self, line: int, columns: Sequence[Column], doubtful: Collection[int], *, keeps_extra: bool) -> None:
        self.shown: dict[str, str] = {}
        self.places: dict[str, int] = {}
        self.extra: list[str] = []
        self._problems: list[Problem] = []
        self._foreign: list[tuple[int, str, Column]] = []
        self._line, self._columns, self._doubtful, self._keeps_extra = line, columns, doubtful, keeps_extra

    def take(self, place: int, title: str) -> None:
        """Add the next title; a blank one counts only if no column may be left out."""
        key = comparable(title)
        column = _column(key, self._columns)
        if column is None:
            if self._keeps_extra:
                known = ", ".join(each.name for each in self._columns)
                self._problem(Rule.UNKNOWN_COLUMN, title, place, known)
            elif title:
                self.extra.append(title)
        elif column.refuses is not None:
            self._problem(column.refuses, title, place)
        elif key in column.elsewhere:
            self._foreign.append((place, title, column))
        elif column.name not in self.places:
            self._keep(column, title, place)
        elif place not in self._doubtful and self.places[column.name] not in self._doubtful:
            self._problem(Rule.REPEATED_COLUMN, title, place)

    def conclude(self, width: int) -> None:
        """Raise the errors of the header, once it is complete."""
        for place, title, column in self._foreign:
            # The same figure in another unit beside ours is an unknown column, and no other error.
            if column.name in self.places and not self._keeps_extra:
                self.extra.append(title)
            else:
                self._problem(Rule.WRONG_UNIT, title, place, column.unit)
                self._keep(column, title, place)
        for column in self._columns:
            if column.required and column.name not in self.places:
                self._problem(Rule.MISSING_COLUMN, column.name, width, list_required(self._columns))
        if self._problems:
            raise BadFile(self._problems)

    def _keep(self, column: Column, title: str, place: int) -> None:
        self.shown[column.name], self.places[column.name] = title, place

    def _problem(self, rule: Rule, title: str, place: int, fact: str | None = None) -> None:
        self._problems.append(Problem(rule, self._line, title, fact=fact, position=place))


def list_required(columns: Sequence[Column]) -> str:
    """Return the names of the required columns."""
    return ", ".join(column.name for column in columns if column.required)


class Skipped(Enum):
    """Reasons for skipping a row."""

    HEADER_AGAIN = 1
    UNITS = 2
    TOTAL = 3
    BELOW = 4


_TOTAL = re.compile(
    r"(?:(?:gran |sub[ -]?)?total(?:es)?[ :.]*"
    r"(?:general|acumulado|(?:de(?:l)? )?(?:dia|mes|periodo|reporte|punto)|s?m3|\(.*\))?"
    r"|suma(?:toria)?|promedio|(?:maxim|minim)[oa]|media|(?:grand )?sum|average)[ :.]*"
)
_MAY_BE_TOTAL = frozenset("tsgpmaTSGPMA")
_BELOW = re.compile(
    r"(?:fin|final|generad[oa]|impres[oa]|elaborad[oa]|descargad[oa]|fuente|notas?|observacion(?:es)?|reporte|informe"
    r"|pagina|end of|this report)\b.*|[*=_-]{3,}.*|\*.*"
)
_UNIT = re.compile(
    r"\(?(s?m3|m\^3|mbtu|mmbtu|gbtu|kpc|mpc|btu(?:/(?:pc|ft3|pie3))?|ft3|pc|kwh|gj|(?:dd|d)[/-]mm?[/-](?:aaaa|aa|yyyy|yy)|"
    r"(?:aaaa|yyyy)-mm-dd|fecha|dia|codigo|texto|nombre|n/?a|-+|bar|barg|psi|psia|psig|kpa|°? ?[cf]|%|id)\)?"
)
_OUR_UNITS = {"m3": ("m3", "sm3", "m^3"), "BTU/ft3": ("btu/pc", "btu/ft3", "btu/pie3", "btu")}


def is_total(text: str) -> bool:
    """Tell whether a cell marks its row as a total."""
    return text[:1] in _MAY_BE_TOTAL and _TOTAL.fullmatch(comparable(text)) is not None


class RowFilter:
    """Filter of rows that hold data; ``width`` is that of the widest row of data so far."""

    def __init__(self, layout: Layout, columns: Sequence[Column]) -> None:
        self.width = 0
        self._header = tuple(map(comparable, layout.header))
        self._first_titles = {title.casefold() for title in layout.header if title}
        self._after_header = layout.has_header
        self._line = layout.line
        self._units_line: int | None = None
        self._units_known = False
        day = next((column.name for column in columns if column.holds and column.holds.name == "DAY"), "")
        self._at_day = layout.places.get(day, -1)
        self._figure = next((column for column in columns if column.holds and column.holds.name == "FIGURE"), None)
        self._at_figure = -1 if self._figure is None else layout.places.get(self._figure.name, -1)

    def skips(self, line: int, texts: list[str]) -> Skipped | None:
        """Return why the row is skipped; None for a row of data. ``BadFile`` for a row of units with another unit."""
        if not self._units_known:
            self._units_known = True
            if self._after_header and self._is_units(line, texts):
                self._units_line = line
        if line == self._units_line:
            return Skipped.UNITS
        first = texts[0] or next(filter(None, texts), "")
        if self._after_header and first.casefold() in self._first_titles and self._repeats(texts):
            return Skipped.HEADER_AGAIN
        if is_total(first) or (0 <= self._at_day < len(texts) and is_total(texts[self._at_day])):
            return Skipped.TOTAL
        if (
            self._after_header
            and first
            and not any(texts[texts.index(first) + 1 :])
            and _BELOW.match(comparable(first))
        ):
            return Skipped.BELOW
        return None

    def _repeats(self, texts: list[str]) -> bool:
        titles = [comparable(text) for text in texts]
        while titles and not titles[-1]:
            titles.pop()
        return tuple(titles) == self._header

    def _is_units(self, line: int, texts: list[str]) -> bool:
        said = [comparable(text) for text in texts if text]
        if not said or not all(_UNIT.fullmatch(text) for text in said):
            return False
        figure = self._figure
        unit = comparable(texts[self._at_figure]).strip("()") if 0 <= self._at_figure < len(texts) else ""
        ours = _OUR_UNITS.get(figure.unit or "", ()) if figure is not None else ()
        if figure is not None and unit and unit not in ours and figure.unit:
            raise BadFile([Problem(Rule.WRONG_UNIT, line, figure.name, texts[self._at_figure], figure.unit)])
        return True
