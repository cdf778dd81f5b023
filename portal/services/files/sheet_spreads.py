"""Sheets that say more than one value a row: days, points or hours across, and values that stand above the header."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from portal.domain.gas_day import Month
from portal.domain.searched import comparable

from .cells import has_no_value
from .problems import BadFile, Problem, Rule
from .row_filters import is_total
from .sheet_columns import Column, Holds
from .sheet_headers import (
    FIGURE,
    LINES_ABOVE,
    Header,
    Layout,
    match_title,
    read_header,
    strip_end,
)
from .spelled_days import find_month, is_day, is_serial_day, write_day_of_month
from .spreads import Across, Cell, Spread, read_hour
from .units import find_unit, is_other_unit, is_unit_word, split_unit

# Titles of columns that are no point, though they have figures.
_NO_POINT = re.compile(
    r"(?:total|suma|promedio|media\b|max|min\b|minim|observ|nota|coment|presi|temper|alarm|estado|semana|mes\b|ano\b"
    r"|dia\b|hora|lluvia|bateria|volt|humedad|poder cal|pcs?\b|gravedad|densidad|energia|diferencia|desbalance|acumulad"
    r"|responsable|revis|item|n[o°º]\.?$|#|dp\b|psi|caudal|factor|pressure|temperature|alarm|average|sum\b|remark).*"
)
_FEWEST_HOURS = 23
# Days between two titles that are numbers of days: more, and they are figures.
_MOST_BETWEEN = 7


def find_spread_layout(
    first: Sequence[tuple[int, list[str]]],
    columns: Sequence[Column],
    *,
    left_out: Collection[int],
    sheet: str = "",
    named: bool,
) -> Layout | None:
    """Return the layout of a sheet with points, days or hours across; None for another one.

    ``sheet`` is the name of a workbook's sheet, which may say the month. Places in ``left_out`` are no columns of ours.
    ``named``: only of a header that has a title for what stands down; a line above it may look like one that has none.
    """
    held = {column.holds: column for column in columns if column.holds is not None}
    if not {Holds.KEY, Holds.FIGURE} <= held.keys():
        return None
    if Holds.DAY in held:
        for at in range(min(len(first), LINES_ABOVE)):
            finder = _Finder(first, at, columns, left_out, sheet, is_named=named)
            found = finder.find_days() or finder.find_points()
            if found is not None:
                return found
    return None


def find_hours_across(
    first: Sequence[tuple[int, list[str]]], columns: Sequence[Column], *, left_out: Collection[int]
) -> Layout | None:
    """Return the layout of a sheet with a point and a day a row, and a column for each hour; None for another one."""
    if not any(column.holds is Holds.HOUR for column in columns):
        return None
    finders = (_Finder(first, at, columns, left_out, "", is_named=True) for at in range(min(len(first), LINES_ABOVE)))
    return next((found for finder in finders if (found := finder.find_hours()) is not None), None)


class _Finder:
    """Search for values across in one record of a sheet, taken as its header."""

    def __init__(
        self,
        first: Sequence[tuple[int, list[str]]],
        at: int,
        columns: Sequence[Column],
        left_out: Collection[int],
        sheet: str,
        *,
        is_named: bool,
    ) -> None:
        self._first, self._at, self._columns, self._is_named = first, at, columns, is_named
        self._line, raw = first[at]
        self._texts = ["" if place in left_out else text for place, text in enumerate(raw)]
        self._left_out = left_out
        self._held = {column.holds: column for column in columns if column.holds is not None}
        self._matches = {
            place: match
            for place, text in enumerate(self._texts)
            if text and (match := match_title(text, columns)) is not None
        }
        # The total beside the values is none of them, though its title names an amount.
        self._totals = {
            place
            for place, match in self._matches.items()
            if match.column.holds is Holds.FIGURE and is_total(self._texts[place])
        }
        self._holds = {match.column.holds for place, match in self._matches.items() if place not in self._totals}
        self._sheet = sheet

    def _below(self, number: int) -> list[str]:
        return self._first[self._at + number][1] if self._at + number < len(self._first) else []

    def _month(self) -> Month | None:
        above = [" ".join(texts) for _, texts in self._first[: self._at]]
        return find_month([*above, *[text for text in self._texts if text], self._sheet])

    def find_hours(self) -> Layout | None:
        """Find a point and a day a row, and a column for each hour."""
        if not {Holds.KEY, Holds.DAY} <= self._holds or self._held.get(Holds.HOUR) is None:
            return None
        hours = {
            place: text
            for place, text in enumerate(self._texts)
            if place not in self._matches and text and read_hour(text) is not None
        }
        if len(hours) < _FEWEST_HOURS:
            return None
        figures = {place for place, match in self._matches.items() if match.column.holds is Holds.FIGURE}
        self._totals |= figures
        cells = [Cell(place, text, text) for place, text in hours.items()]
        return self._layout(Across.HOURS, cells, header=self._without(hours))

    def find_days(self) -> Layout | None:
        """Find a point a row, and a column for each day."""
        if {Holds.DAY, Holds.FIGURE} & self._holds:
            return None
        others = {place: text for place, text in enumerate(self._texts) if text and place not in self._matches}
        days = {place: text for place, text in others.items() if is_day(text)}
        keys = [place for place, match in self._matches.items() if match.column.holds in (Holds.KEY, Holds.NAME)]
        # A pivot table calls its points "Etiquetas de fila", or nothing.
        if not keys and (self._is_named or len(days) < 2 or 0 in days or 0 in self._matches):
            return None
        key = min(keys, default=0)
        plain = [text for place, text in others.items() if place not in days and place != key]
        # A row of data has a day and figures; a header has its days behind the title of the points.
        serials = [place for place, text in others.items() if keys and is_serial_day(text)]
        if not days and _follow_each_other([others[place] for place in serials]):
            days = {place: others[place] for place in serials}
            plain = [text for text in plain if text not in days.values()]
        if days and (min(days) < key or any(map(FIGURE.fullmatch, plain)) or self._is_period(days)):
            return None
        month = None if days else self._month()
        days = days or self._find_numbered_days(others)
        if not days or not self._has_figures_first(days):
            return None
        header = self._without({*days, *([] if keys else [0])})
        if not keys:
            column = self._held[Holds.KEY]
            header.places[column.name], header.shown[column.name] = 0, self._text(0) or column.name
        cells = [Cell(place, self._texts[place], text) for place, text in days.items()]
        return self._layout(Across.DAYS, cells, header=header, month=month)

    def _is_period(self, days: Collection[int]) -> bool:
        """Tell whether words stand between the days, as in ``Desde 01/11/2026 Hasta 22/11/2026``."""
        between = [self._texts[place] for place in range(min(days), max(days)) if place not in days]
        return any(text and not _is_extra(text) for text in between)

    def _has_figures_first(self, places: Collection[int]) -> bool:
        """Tell whether figures come below these titles, and not the days of the header itself."""
        for _, texts in self._first[self._at + 1 :]:
            said = [texts[place] for place in places if place < len(texts) and texts[place]]
            if any(map(is_day, said)):
                return False
            if any(map(FIGURE.fullmatch, said)):
                return True
        return True

    def _find_numbered_days(self, others: dict[int, str]) -> dict[int, str]:
        """Return the days whose titles are numbers of the one month that stands above; none for fewer than two."""
        month = self._month()
        if month is None:
            return {}
        numbered = {place: write_day_of_month(text, month) for place, text in others.items()}
        days = {place: text for place, text in numbered.items() if text != others[place]}
        return days if 2 <= len(days) == len(set(days.values())) else {}

    def find_points(self) -> Layout | None:
        """Find a day or a moment a row, and a column for each point."""
        at_day = self._find_day_place()
        if at_day is None:
            return None
        below = self._below(1)
        rows = 2 if self._is_second_row(below, at_day) else 1
        units, data = self._first_data(rows)
        said = data[at_day] if at_day < len(data) else ""
        begins = is_day(said) or (Holds.DAY in self._holds and is_serial_day(said))
        month = None if begins else self._month()
        if not begins and (month is None or write_day_of_month(said, month) == said):
            return None
        titles = {
            place: text for place, text in enumerate(self._texts) if text and place != at_day and not _is_extra(text)
        }
        # The days of a period above the table are no points.
        if any(map(is_day, titles.values())):
            return None
        self._refuse_other_days(at_day, rows, month)
        second = below if rows == 2 else []
        cells = [self._with_unit(cell, units) for cell in self._points_of(second, titles)]
        cells = [cell for cell in cells if self._has_figures(cell, rows)]
        if not cells:
            return None
        header = self._header_of_points(cells, second, at_day)
        return self._layout(Across.POINTS, cells, header=header, rows=rows, month=month, day_number=at_day)

    def _first_data(self, rows: int) -> tuple[Sequence[str], Sequence[str]]:
        """Return the row of units below the header, if there is one, and the first row of data."""
        units: Sequence[str] = ()
        for _, data in self._first[self._at + rows :]:
            if not units and data and all(is_unit_word(text) for text in data if text):
                units = data
            elif not is_total(next(filter(None, data), "")):
                return units, data
        return units, ()

    def _refuse_other_days(self, at_day: int, rows: int, month: Month | None) -> None:
        """Raise ``BadFile`` for a second column of days: the points beside it would get the days of the first."""
        places = [place for place, match in self._matches.items() if match.column.holds is Holds.DAY]
        below = [texts for _, texts in self._first[self._at + rows :]]
        for place in places:
            said = [texts[place] for texts in below if place < len(texts)]
            numbered = month is not None and any(write_day_of_month(text, month) != text for text in said)
            if place != at_day and (numbered or any(map(is_day, said))):
                raise BadFile([Problem(Rule.SECOND_DAYS, self._line, self._texts[place], position=place)])

    def _with_unit(self, cell: Cell, units: Sequence[str]) -> Cell:
        """Return a column with its unit in the row of units; ``BadFile`` for one that is not converted."""
        spelled = units[cell.place] if cell.place < len(units) else ""
        unit, figure = find_unit(spelled) if spelled else None, self._held[Holds.FIGURE]
        if spelled and (is_other_unit(spelled) or (unit is not None and unit not in (figure.unit, *figure.converts))):
            raise BadFile([Problem(Rule.WRONG_UNIT, None, cell.title, spelled, figure.units)])
        return cell if unit is None else replace(cell, unit=unit.value)

    def _find_day_place(self) -> int | None:
        """Return the place of the days where points may be across: that of its title, else the first one."""
        if {Holds.KEY, Holds.FIGURE} & self._holds:
            return None
        days = [place for place, match in self._matches.items() if match.column.holds is Holds.DAY]
        if days:
            return days[0]
        first = self._text(0)
        if self._is_named:
            return None
        # A row of data begins with its day.
        may_be = 0 not in self._matches and not is_day(first) and FIGURE.fullmatch(first) is None
        return 0 if may_be and len(strip_end(self._texts)) > 1 else None

    def _header_of_points(self, cells: Sequence[Cell], second: Sequence[str], at_day: int) -> Header:
        """Return the header beside the columns of points: day, hour and unit, and what is left out."""
        header = Header(self._line, self._columns, ())
        day = self._held[Holds.DAY]
        header.places[day.name], header.shown[day.name] = at_day, self._texts[at_day] or day.name
        taken, said = {at_day, *[cell.place for cell in cells]}, {cell.said for cell in cells}
        for place in range(max(len(self._texts), len(second))):
            text = self._text(place) or (second[place] if place < len(second) else "")
            if place in taken or not text:
                continue
            match = self._matches.get(place)
            if match is not None and match.column.holds in (Holds.HOUR, Holds.UNIT):
                header.take(place, text)
            else:
                under = second[place] if place < len(second) else ""
                # The point of a group without a figure is left out as a whole.
                whole = [text] if under and _without_unit(text) not in said else []
                header.extra += [*whole, under or text]
        header.extra = list(dict.fromkeys(header.extra))
        return header

    def _has_figures(self, cell: Cell, rows: int) -> bool:
        """Tell whether a column has a figure, or nothing, below its title."""
        texts = [texts[cell.place] for _, texts in self._first[self._at + rows :] if cell.place < len(texts)]
        said = [text for text in texts if not has_no_value(text) and not is_unit_word(text)]
        return not said or any(any(character.isdigit() for character in text) for text in said)

    def _text(self, place: int) -> str:
        return self._texts[place] if place < len(self._texts) else ""

    def _is_second_row(self, below: Sequence[str], at_day: int) -> bool:
        """Tell whether the record below is a second row of the header: words beside a blank day, and no figures."""
        if not below or self._first[self._at + 1][0] != self._line + 1 or self._is_title_of(below, at_day):
            return False
        if at_day < len(below) and below[at_day] and not is_unit_word(below[at_day]):
            return False
        words = [text for text in below if text]
        # A code may be a number: not all of them are.
        figures = all(FIGURE.fullmatch(text) for text in words)
        return len(words) > 0 and not figures and not all(is_unit_word(text) for text in words)

    def _is_title_of(self, below: Sequence[str], at_day: int) -> bool:
        """Tell whether this row is only a title above a header that names its day, and not a name for each point."""
        own = match_title(below[at_day], self._columns) if at_day < len(below) and below[at_day] else None
        if own is None or own.column.holds is not Holds.DAY or Holds.DAY in self._holds:
            return False
        points = [place for place, text in enumerate(below) if text and place != at_day and not _is_extra(text)]
        return bool(self._text(at_day)) or not all(self._text(place) for place in points)

    def _points_of(self, below: Sequence[str], titles: dict[int, str]) -> list[Cell]:
        """Return the columns of points; of a group below one point its figure, of a name above a code both."""
        groups = {place: match_title(text, self._columns) for place, text in enumerate(below) if text}
        figures = {
            place: match for place, match in groups.items() if match is not None and match.column.holds is Holds.FIGURE
        }
        if figures:
            cells, point = [], ""
            for place, text in enumerate(below):
                point = self._text(place) or point
                match = figures.get(place)
                if match is not None and point and not _is_extra(point):
                    unit = "" if match.unit is None else match.unit.value
                    cells.append(Cell(place, f"{point} {text}", _without_unit(point), unit=unit))
            return cells
        # A code without a name of its own above it is a point like the others.
        alone = {place: text for place, text in enumerate(below) if text and not self._text(place)}
        alone = {place: text for place, text in alone.items() if not is_unit_word(text) and not _is_extra(text)}
        found = [Cell(place, text, _without_unit(text), unit=_unit_of(text)) for place, text in alone.items()]
        for place, text in titles.items():
            code = below[place] if place < len(below) else ""
            unit = _unit_of(text) or _unit_of(code)
            bare = _without_unit(text)
            if code and not is_unit_word(code):
                found.append(Cell(place, f"{text} {code}", _without_unit(code), bare, unit))
            else:
                spelled = find_unit(code) if code else None
                found.append(Cell(place, text, bare, unit=unit or ("" if spelled is None else spelled.value)))
        return sorted(found, key=lambda cell: cell.place)

    def _without(self, places: Collection[int]) -> Header:
        """Return the header without the columns of values; raises its errors, but for those that it lacks."""
        passed = {*places, *self._totals}
        titles = ["" if place in passed else text for place, text in enumerate(self._texts)]
        read = read_header(self._line, titles, self._columns, left_out=self._left_out)
        read.extra += [self._texts[place] for place in sorted(self._totals)]
        read.conclude(len(titles), missing=False)
        return read

    def _layout(
        self,
        across: Across,
        cells: Sequence[Cell],
        *,
        header: Header,
        rows: int = 1,
        month: Month | None = None,
        day_number: int = -1,
    ) -> Layout:
        twice = _find_twice(cells)
        if twice is not None:
            raise BadFile([Problem(Rule.REPEATED_COLUMN, self._line, twice.title, position=twice.place)])
        made = header.make_layout(self._texts, at=self._at, rows=rows, last_line=self._first[self._at + rows - 1][0])
        width = max(made.width, *[len(strip_end(self._below(number))) for number in range(rows)])
        kept = tuple(made.places.values())
        spread = Spread(width, kept, (), across, tuple(cells), month, day_number if month is not None else -1)
        return _spread_out(replace(made, width=width), spread, self._columns)


def _spread_out(made: Layout, spread: Spread, columns: Sequence[Column]) -> Layout:
    """Return the layout of the records that a spread makes."""
    held = {column.holds: column for column in columns if column.holds is not None}
    at_said, at_name, at_figure, at_unit, _ = spread.places
    places, shown = {name: place for place, name in enumerate(made.places)}, dict(made.shown)
    if spread.across is not None:
        said = {Across.POINTS: Holds.KEY, Across.DAYS: Holds.DAY, Across.HOURS: Holds.HOUR}[spread.across]
        added = {held[said].name: at_said, held[Holds.FIGURE].name: at_figure}
        if said is Holds.KEY and Holds.NAME in held and any(cell.name for cell in spread.cells):
            added[held[Holds.NAME].name] = at_name
        if Holds.UNIT in held and any(cell.unit for cell in spread.cells) and held[Holds.UNIT].name not in places:
            added[held[Holds.UNIT].name] = at_unit
        places |= added
        shown |= {name: name for name in added if name not in shown}
    return replace(made, raw_places=made.places, places=places, shown=shown, spread=spread)


def _follow_each_other(serials: Iterable[str]) -> bool:
    """Tell whether numbers are those of several days, one soon after the other."""
    days = list(map(int, serials))
    return len(days) > 1 and all(0 < later - day <= _MOST_BETWEEN for day, later in itertools.pairwise(days))


def _find_twice(cells: Sequence[Cell]) -> Cell | None:
    seen: set[str] = set()
    for cell in cells:
        key = comparable(cell.said)
        if key in seen:
            return cell
        seen.add(key)
    return None


def _is_extra(title: str) -> bool:
    return is_total(title) or _NO_POINT.match(comparable(title)) is not None


def _without_unit(title: str) -> str:
    """Return a title as written, without the unit in brackets behind it."""
    base, spelled = split_unit(title)
    if spelled is None:
        return title
    for bracket in "([{":
        head, found, _ = title.rpartition(bracket)
        if found and comparable(head).strip() == base:
            return head.strip()
    return base


def _unit_of(title: str) -> str:
    spelled = split_unit(title)[1]
    unit = find_unit(spelled) if spelled else None
    return "" if unit is None else unit.value
