"""Rows of a sheet that are no data: the header again, units, totals, notes below and beside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

from portal.domain.searched import comparable

from .cells import has_no_value
from .problems import BadFile, Problem, Rule
from .sheet_columns import Column, Holds
from .sheet_headers import Layout, match_title
from .units import FileUnit, find_unit, is_other_unit, is_unit_word
from .workbook_parts import is_unread


class Skipped(Enum):
    """Reasons for skipping a row."""

    HEADER_AGAIN = 1
    UNITS = 2
    TOTAL = 3
    BELOW = 4
    BESIDE = 5
    TITLES_AGAIN = 6
    SECTION = 7


_TOTAL = re.compile(
    r"(?:(?:gran |sub[ -]?)?total(?:es)?[ :.]*"
    r"(?:general|acumulado|(?:de(?:l)? )?(?:dia|mes|periodo|reporte|punto)|s?m3|\(.*\))?"
    r"|suma(?:toria)?|promedio|(?:maxim|minim)[oa]|media|(?:grand )?sum|average"
    r"|(?:(?:total|cantidad|numero|n[o°º]\.?) (?:de )?)?(?:registros|filas|datos))[ :.]*"
)
_TOTAL_OF = re.compile(r"(?:gran |sub[ -]?)?total(?:es)?\b")
_MAY_BE_TOTAL = frozenset("tsgpmarnfcdTSGPMARNFCD")
_BELOW = re.compile(
    r"(?:fin|final|generad[oa]|impres[oa]|elaborad[oa]|descargad[oa]|fuente|notas?|observacion(?:es)?|reporte|informe"
    r"|pagina|revis[oa]|revisad[oa]|aprob[oa]|aprobad[oa]|elabor[oa]|firma|valores|convenciones|tel|end of"
    r"|this report)\b.*|[*=_-]{3,}.*|\*.*"
)


def is_total(text: str) -> bool:
    """Tell whether a cell marks its row as a total."""
    return text[:1] in _MAY_BE_TOTAL and _TOTAL.fullmatch(comparable(text)) is not None


_DATA_ROW, _TOTAL_ROW, _TOTAL_OF_ROW, _TITLE_ROW = range(4)
_SAID = (Holds.KEY, Holds.NAME, Holds.DAY, Holds.FIGURE, Holds.HOUR)


def _is_title(text: str, columns: Sequence[Column]) -> bool:
    match = match_title(text, columns)
    return match is not None and match.column.holds in _SAID


def _kind_of(first: str, columns: Sequence[Column]) -> int:
    """Return what the first text of a row tells of it."""
    if is_total(first):
        return _TOTAL_ROW
    if _is_title(first, columns):
        return _TITLE_ROW
    named = first[:1] in _MAY_BE_TOTAL and _TOTAL_OF.match(comparable(first)) is not None
    return _TOTAL_OF_ROW if named else _DATA_ROW


class RowFilter:
    """Filter of rows that hold data; ``width`` is that of the widest row of data so far.

    ``unit`` is the unit of the figures by a row of units, None without one, ``units`` are the texts of that row.
    ``above`` are the records above the header, which a report may repeat on each of its pages.
    """

    def __init__(
        self, layout: Layout, columns: Sequence[Column], above: Sequence[tuple[int, Sequence[str]]] = ()
    ) -> None:
        self.width = 0
        self.unit: FileUnit | None = None
        self.units: tuple[str, ...] = ()
        self._columns, self._is_spread = columns, layout.spread is not None and bool(layout.spread.cells)
        self._header = tuple(map(comparable, layout.header))
        self._first_titles = {title.casefold() for title in layout.header if title}
        self._above = {tuple(texts) for _, texts in above}
        self._first_titles |= {next(filter(None, texts), "").casefold() for texts in self._above}
        self._sections = {each.line for each in layout.sections}
        self._width = layout.width
        self._after_header = layout.has_header
        self._units_line: int | None = None
        self._units_known = False
        places = layout.in_file
        day = next((column.name for column in columns if column.holds is Holds.DAY), "")
        self._at_day = places.get(day, -1)
        may_be_total = (Holds.DAY, Holds.HOUR, Holds.KEY, Holds.NAME)
        named = [column.name for column in columns if column.holds in may_be_total]
        self._totals_at = [places[name] for name in named if places.get(name, 0) > 0]
        self._figure = next((column for column in columns if column.holds is Holds.FIGURE), None)
        self._at_figure = -1 if self._figure is None else places.get(self._figure.name, -1)
        ours = {places[column.name] for column in columns if column.name in places}
        self._ours = frozenset(ours | (set() if layout.spread is None else layout.spread.at))
        self._figures_at = {self._at_figure} if layout.spread is None else set(layout.spread.at) or {self._at_figure}
        self._kinds: dict[str, int] = {}
        # The line from which only notes come, 0 while there is none.
        self._below_from = 0
        # Lines of totals without a word, found once all figures were seen.
        self.totals: set[int] = set()

    def skips(self, line: int, texts: list[str]) -> Skipped | None:
        """Return why the row is skipped; None for a row of data. ``BadFile`` for a row of units with another unit."""
        if not self._units_known:
            self._units_known = True
            if self._after_header and self._is_units(line, texts):
                self._units_line = line
        if line == self._units_line:
            return Skipped.UNITS
        if self._sections and line in self._sections:
            return Skipped.SECTION
        first = texts[0] or next(filter(None, texts), "")
        if self._after_header and first.casefold() in self._first_titles:
            again = self._find_again(texts)
            if again is not None:
                return again
        # The same few points begin row after row.
        kind = self._kinds.get(first)
        if kind is None:
            kind = self._kinds[first] = _kind_of(first, self._columns)
        if (kind != _DATA_ROW or self._totals_at or self.totals) and self._is_total(kind, line, texts):
            return Skipped.TOTAL
        if texts[0] and 1 < len(texts) <= self._width and self._has_figure(texts):
            return None
        return self._skips_note(line, first, texts)

    def _is_total(self, kind: int, line: int, texts: list[str]) -> bool:
        if kind == _TITLE_ROW:
            self._refuse_second_table(line, texts)
        if kind == _TOTAL_ROW or (kind == _TOTAL_OF_ROW and self._has_no_day(texts)) or line in self.totals:
            return True
        for place in self._totals_at:
            if place < len(texts) and texts[place][:1] in _MAY_BE_TOTAL:
                named = _TOTAL_OF.match(comparable(texts[place])) is not None and self._has_no_day(texts)
                if named or is_total(texts[place]):
                    return True
        return False

    def _has_figure(self, texts: list[str]) -> bool:
        """Tell whether a row says a figure, or that there is none, where the table has its figures."""
        at = self._at_figure
        if at >= 0:
            text = texts[at] if at < len(texts) else ""
            return bool(text) and (text[0].isdigit() or has_no_value(text) or any(map(str.isdigit, text)))
        said = [text for place in self._figures_at if place < len(texts) and (text := texts[place])]
        return any(text[0].isdigit() for text in said) or any(map(has_no_value, said))

    def _skips_note(self, line: int, first: str, texts: list[str]) -> Skipped | None:
        """Return why a row is no data that has one text, or none in its first column."""
        if not self._after_header or not first:
            return None
        if not any(texts[texts.index(first) + 1 :]) and _BELOW.match(comparable(first)):
            return Skipped.BELOW
        if not texts[0] and self._are_units_again(line, texts):
            return Skipped.UNITS
        if self._is_note(line, texts):
            return Skipped.BELOW
        # Nothing in any column of ours: a note beside the data.
        if not texts[0] and self._ours and not any(texts[place] for place in self._ours if place < len(texts)):
            return Skipped.BESIDE
        return None

    def _is_note(self, line: int, texts: list[str]) -> bool:
        """Tell whether a row has words and nothing else where the table has its points, days and figures.

        Without a day and a figure it is no reading; its words name somebody who signed, or what a mark means.
        """
        said = [texts[place] for place in self._ours if place < len(texts) and texts[place]]
        if any(any(map(str.isdigit, text)) or is_unread(text) for text in said):
            return False
        signed = bool(said) and _BELOW.match(comparable(said[0])) is not None
        if signed or 0 < self._below_from < line:
            # Who signed, and the names below.
            self._below_from = min(self._below_from or line, line)
            return True
        # Words in all of the columns are a row that somebody filled in wrongly.
        if len(said) == len(self._ours):
            return False
        figures = self._figures_at & {place for place in range(len(texts)) if not has_no_value(texts[place])}
        return bool(figures) or any(texts[self._width :])

    def _has_no_day(self, texts: list[str]) -> bool:
        """Tell whether a row lacks its day: "Total EDS Piñalito" is a name where it has one, and never a day."""
        text = texts[self._at_day] if 0 <= self._at_day < len(texts) else ""
        return self._at_day >= 0 and (not text or _TOTAL_OF.match(comparable(text)) is not None)

    def _refuse_second_table(self, line: int, texts: list[str]) -> None:
        """Raise ``BadFile`` for another header below: its rows would be read by the titles of the first one."""
        titles = [text for text in texts if text and _is_title(text, self._columns)]
        if self._after_header and (len(titles) > 1 or (self._is_spread and len(texts) > 1)):
            raise BadFile([Problem(Rule.SECOND_TABLE, line, None, " ".join(filter(None, texts))[:60])])

    def _find_again(self, texts: list[str]) -> Skipped | None:
        if self._repeats(texts):
            return Skipped.HEADER_AGAIN
        return Skipped.TITLES_AGAIN if tuple(texts) in self._above else None

    def _repeats(self, texts: list[str]) -> bool:
        titles = [comparable(text) for text in texts]
        while titles and not titles[-1]:
            titles.pop()
        return tuple(titles) == self._header

    def _are_units_again(self, line: int, texts: list[str]) -> bool:
        """Tell whether a row repeats the units of a page; ``BadFile`` if they are others from there on."""
        if not 0 <= self._at_figure < len(texts) or find_unit(texts[self._at_figure]) is None:
            return False
        if not all(is_unit_word(text) for text in texts if text):
            return False
        figure = self._figure
        own = self.unit or (None if figure is None else figure.unit)
        if find_unit(texts[self._at_figure]) != own:
            raise BadFile([Problem(Rule.SECOND_TABLE, line, None, texts[self._at_figure])])
        return True

    def _is_units(self, line: int, texts: list[str]) -> bool:
        said = [text for text in texts if text]
        if not said or not all(is_unit_word(text) for text in said):
            return False
        self.units = tuple(texts)
        figure = self._figure
        # A column without a unit of its own has that of this row, if it is converted.
        if figure is None or not (figure.unit or figure.converts) or not 0 <= self._at_figure < len(texts):
            return True
        spelled = texts[self._at_figure]
        unit = find_unit(spelled)
        also = _ALSO.get(figure.unit or "", ())
        if unit is None and is_other_unit(spelled) and comparable(spelled).strip("()") not in also:
            raise BadFile([Problem(Rule.WRONG_UNIT, line, figure.name, spelled, figure.units)])
        if unit is not None and unit != figure.unit and unit not in figure.converts:
            raise BadFile([Problem(Rule.WRONG_UNIT, line, figure.name, spelled, figure.units)])
        self.unit = unit
        return True


# Short for the unit of the column, where no other can be meant.
_ALSO = {"BTU/ft3": ("btu", "pcs", "pc")}
