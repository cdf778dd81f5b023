"""Table of points and days as pasted: names or codes down, days across; a row that says nothing stops no other."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from portal.domain.gas_day import GasDay
from portal.domain.quantities import UNIT, Quantity, plain
from portal.domain.searched import comparable
from portal.domain.typed_text import as_typed
from portal.models import DeliveryPoint
from portal.services.files.row_filters import is_total
from portal.services.nominations.batches import Given, letters_of, read_given
from portal.services.store.refusals import Refusal, Rejected

from .left_out import LONGEST_KEPT, LeftOut, Missed
from .limits import MOST_DAYS
from .pasted_weekdays import find_weekday, settle_weekdays
from .pasted_words import (
    DAY_WORDS,
    DayAbove,
    find_clash_at_end,
    find_day_above,
    find_days,
    find_unit_in,
    has_name_of_day,
    is_number_of_day,
    is_of_quantities,
    is_quantity,
    words_of,
)
from .point_names import PointNames

# Reasons that stand for a whole column, told once.
_OF_COLUMNS = frozenset(
    [Missed.NOT_OPEN, Missed.TOO_FAR, Missed.NO_DAY, Missed.OTHER_WEEKDAY, Missed.WEEKDAY_ALONE, Missed.OTHER_UNIT]
)
LONGEST_PASTED, MOST_ROWS, MOST_COLUMNS = 20_000, 400, 400
_GAP = re.compile(r" {2,}")
# The quantities at the end of a line that was written by hand.
_FIGURES_AT_END = re.compile(rf"^(.*?\D)((?:\s+[0-9][0-9.,]*)+)\s*(?:{UNIT})?$", re.IGNORECASE)
_FIGURE = re.compile(r"\+?[0-9]")
_NOTHING = frozenset({"", "-", "–", "—"})


@dataclass
class PastedTable:
    """Quantities by the row id of the point, the days that they are for, and what was left out."""

    cells: dict[int, list[Given]] = field(default_factory=dict)
    days: list[GasDay] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


class _Figure(NamedTuple):
    """A quantity as typed, where it stands, and what it is for; ``title`` is that of its column.

    ``doubt`` is a day of its row that may be its own or a remark; ``several`` where another figure may be the quantity.
    """

    named: Sequence[str]
    day: GasDay | None
    day_text: str
    text: str
    cell: str
    title: str = ""
    doubt: str = ""
    several: bool = False


class _Totals(NamedTuple):
    """End of a part of the table, with the figures of its row of totals; no day where the table has none across."""

    figures: list[tuple[GasDay | None, str]]


def parse_table(
    text: str, *, points: Sequence[DeliveryPoint], open_days: Sequence[GasDay], today: GasDay
) -> PastedTable:
    """Return the quantities of a pasted table for these points and open days.

    Points are names, codes or ids; days stand across, or down with the points across, or in any column of a row for
    each, or one above the table. Without any day the nearest open one is meant, but never where a title, a cell or a
    line above may name a day and is not understood; nor is a figure taken that another could be. An unreadable quantity
    stays in its cell, to be put right. Refuses (``Rejected``) a text without any row for a point and an open day; its
    ``left_out`` says what was found instead.
    """
    every_row = list(_rows_of(text[:LONGEST_PASTED]))
    known = PointNames(points)
    rows = settle_weekdays(every_row[:MOST_ROWS], known, open_days, today)
    taken = _Taken(known, open_days, today)
    for each in _figures_of(rows, known, open_days, today):
        if isinstance(each, _Totals):
            taken.compare(each)
        else:
            taken.take(each)
    found = taken.found
    if len(every_row) > len(rows):
        found.left_out.append(LeftOut(str(every_row[MOST_ROWS][0]), Missed.TOO_LONG))
    days = sorted({given.gas_day for of_point in found.cells.values() for given in of_point})
    if not days:
        raise Rejected(Refusal.NOTHING_PASTED, "pasted", left_out=tuple(found.left_out))
    found.days = [days[0].plus(place) for place in range((days[-1].date - days[0].date).days + 1)]
    return found


class _Taken:
    """Quantities taken of a table so far, and rows left out; the same reason for a column is told once."""

    def __init__(self, known: PointNames, open_days: Sequence[GasDay], today: GasDay) -> None:
        self.found = PastedTable()
        self._known, self._open_days, self._today = known, open_days, today
        self._first: dict[tuple[int, GasDay], Given] = {}
        self._told: set[tuple[Missed, str]] = set()
        self._all: list[Given] = []
        # Where the part begins whose totals come next.
        self._part = 0

    def take(self, figure: _Figure) -> None:
        """Take a quantity, or tell why not."""
        point, said = self._known.find(figure.named), " ".join(figure.named).strip() or figure.text
        if not isinstance(point, DeliveryPoint):
            self._leave(said, point)
            return
        why, fact = self._find_reason(figure, point)
        if why is not None:
            self._leave(said, why, fact)
            return
        day = cast("GasDay", figure.day)
        given = read_given(day, figure.text, point.unit, figure.cell)
        earlier = self._first.setdefault((point.id, day), given)
        if earlier is given:
            self.found.cells.setdefault(point.id, []).append(given)
            self._all.append(given)
        elif given.quantity is None or given.quantity != earlier.quantity:
            self._leave(f"{said} {figure.text}", Missed.REPEATED, earlier.cell or "")

    def _find_reason(self, figure: _Figure, point: DeliveryPoint) -> tuple[Missed | None, str]:
        """Return why a figure of a point is not taken, None without a reason, and what that is about."""
        if figure.several:
            return Missed.SEVERAL_FIGURES, ""
        if figure.doubt:
            return Missed.UNCLEAR_DAY, figure.doubt
        if find_unit_in(figure.title) not in (None, point.unit):
            return Missed.OTHER_UNIT, figure.title
        if figure.day is None:
            weekday = find_weekday(figure.day_text)
            meant = next((day for day in self._open_days if day.date.weekday() == weekday), None)
            if meant is not None:
                return Missed.WEEKDAY_ALONE, meant.isoformat()
            clash = find_clash_at_end(figure.day_text, self._today)
            return (Missed.NO_DAY, figure.day_text) if clash is None else (Missed.OTHER_WEEKDAY, clash.fact)
        if figure.day not in self._open_days:
            return Missed.NOT_OPEN, figure.day.isoformat()
        if figure.day >= self._open_days[0].plus(MOST_DAYS):
            return Missed.TOO_FAR, figure.day.isoformat()
        return None, ""

    def compare(self, totals: _Totals) -> None:
        """Tell of totals that are neither the sum of their part of the table nor of all that was taken."""
        for day, text in totals.figures:
            of_part, of_all = (_sum_of(part, day) for part in (self._all[self._part :], self._all))
            summed = of_part or of_all
            if summed is None:
                continue
            on, found = summed
            said = read_given(on, text, found.unit, "").quantity
            if said is not None and said not in [each[1] for each in (of_part, of_all) if each is not None]:
                self._leave(text, Missed.OTHER_TOTAL, f"{on.isoformat()} {plain(found)} {found.unit.value}")
        self._part = len(self._all)

    def _leave(self, said: str, why: Missed, fact: str = "") -> None:
        of_column = why in _OF_COLUMNS
        key = (why, fact if of_column else said)
        if key not in self._told:
            self._told.add(key)
            self.found.left_out.append(LeftOut(said[:LONGEST_KEPT], why, fact[:LONGEST_KEPT]))


def _sum_of(taken: Sequence[Given], day: GasDay | None) -> tuple[GasDay, Quantity] | None:
    """Return the sum of a day, with the day; None where there are several days or units, or a text that is no quantity.

    Without a day that of all is meant.
    """
    of_day = [given for given in taken if day in (None, given.gas_day)]
    quantities = [given.quantity for given in of_day if given.quantity is not None]
    if len({given.gas_day for given in of_day}) != 1 or len(quantities) < len(of_day):
        return None
    if len({each.unit for each in quantities}) != 1:
        return None
    return of_day[0].gas_day, sum(quantities[1:], start=quantities[0])


def _rows_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows with their numbers, from 1: parted by tabs, semicolons or bars, else by two spaces or more."""
    lines = re.split(r"\r\n|[\r\n\u2028\u2029]", text)
    parted = next((sign for sign in "\t;|" if any(sign in line for line in lines)), None)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        texts = _parts_of(line) if parted is None else next(csv.reader([line], delimiter=parted), [])
        yield number, [as_typed(cell) for cell in texts[:MOST_COLUMNS]]


def _parts_of(line: str) -> list[str]:
    """Return the parts of a line without separators: a name, and the figures after it."""
    texts = _GAP.split(line.strip())
    if len(texts) > 1:
        return texts
    by_hand = _FIGURES_AT_END.match(line.strip())
    return [by_hand[1].strip(" :,"), *by_hand[2].split()] if by_hand else texts


class _Row(NamedTuple):
    """A row with its number, blank where it has no more cells.

    ``counts`` is true where its first cell and those of the rows above it, up to the heading, count them.
    """

    number: int
    cells: list[str]
    counts: bool

    def at(self, place: int) -> str:
        return self.cells[place] if place < len(self.cells) else ""

    def figure(self, place: int, named: Sequence[str], day: GasDay | None, day_text: str = "", **more: Any) -> _Figure:
        return _Figure(named, day, day_text, self.at(place), f"{letters_of(place)}{self.number}", **more)


class _Heading(NamedTuple):
    """Row that says what the columns are: days across (None for a title that is none), points across, or neither."""

    titles: list[str]
    days: Mapping[int, GasDay | None]
    points: Mapping[int, str]

    def at(self, place: int) -> str:
        return self.titles[place] if place < len(self.titles) else ""


_NO_HEADING = _Heading([], {}, {})


def _figures_of(
    rows: Sequence[tuple[int, list[str]]], known: PointNames, open_days: Sequence[GasDay], today: GasDay
) -> Iterator[_Figure | _Totals]:
    """Yield each quantity with what it is for, whichever way the table lies, and the totals below them."""
    heading, above, below, counts = _NO_HEADING, DayAbove("", None), 0, True
    for number, texts in rows:
        if not any(texts):
            continue
        if is_total(texts[0]):
            yield _totals_of(texts, heading)
            continue
        if len([cell for cell in texts if cell]) == 1 and not known.is_point(texts):
            above = find_day_above(" ".join(texts).strip(), today) or above
            continue
        found = _find_heading(texts, known, today, heading)
        below += 1
        counts = counts and texts[0] == str(below)
        row = _Row(number, texts, counts)
        if found is not None:
            heading, below, counts = found, 0, True
            yield _Totals([])
        elif heading.points:
            yield from _under_points(row, known, heading, today)
        elif heading.days:
            yield from _under_days(row, known, heading)
        else:
            yield from _under_titles(row, known, heading, above, today, open_days)


def _totals_of(texts: Sequence[str], heading: _Heading) -> _Totals:
    """Return the totals of a row; those of points across are of no day, and are not held against anything."""
    if heading.points:
        return _Totals([])
    days: Mapping[int, GasDay | None] = heading.days
    places = range(1, len(texts)) if not days else [place for place, day in days.items() if day is not None]
    return _Totals([(days.get(place), texts[place]) for place in places if place < len(texts)])


def _find_heading(texts: Sequence[str], known: PointNames, today: GasDay, before: _Heading) -> _Heading | None:
    """Return the heading that a row is; None for a row of a table.

    No point leads a heading and no quantity stands in it: a day among the quantities of a row is a remark. Below
    another one it begins with the same word, or with none where it has the dates.
    """
    if (
        len(texts) < 2
        or known.is_point(texts[:1])
        or any(is_quantity(cell) for cell in texts[1:] if not is_number_of_day(texts, cell))
    ):
        return None
    days = find_days(texts, today)
    # Dates in a second row of titles, below weekdays.
    goes_on = not texts[0] and days and not before.days and not before.points
    if before.titles and comparable(texts[0]) != comparable(before.at(0)) and not goes_on:
        return None
    if 0 in days:
        return None
    if days:
        # What stands there without a day, behind the first one, is told.
        places = [place for place in range(min(days), len(texts)) if not is_total(texts[place])]
        return _Heading(list(texts), {place: days.get(place) for place in places}, {})
    points = {place: cell for place, cell in enumerate(texts) if place and cell and not is_total(cell)}
    if any(known.is_point([cell]) for cell in points.values()):
        return _Heading(list(texts), {}, points)
    return _Heading(list(texts), {}, {})


def _under_points(row: _Row, known: PointNames, heading: _Heading, today: GasDay) -> Iterator[_Figure]:
    """Yield the quantities of a row of a table with points across; its day stands before them."""
    first = min(place for place, name in heading.points.items() if known.is_point([name]))
    titled = [at for at in range(first) if heading.at(at) and words_of(heading.at(at)) <= DAY_WORDS]
    # Of several columns before them, one with another title holds no days.
    leading = titled or [at for at in range(first) if first == 1 or not heading.at(at)]
    days = {at: day for at, day in find_days(row.cells[:first], today).items() if at in leading}
    said = " ".join(row.at(at) for at in (titled or range(first)) if row.at(at)) or heading.at(0)
    day = next(iter(days.values())) if len(days) == 1 else None
    # Without titles the first column says the day, where it says anything.
    doubt = said if len(days) > 1 or (days and not titled and 0 in leading and row.at(0) and 0 not in days) else ""
    for place, name in heading.points.items():
        # A column before the points that are known is one of a point that is not, where it has quantities.
        if row.at(place) not in _NOTHING and (place >= first or (is_quantity(row.at(place)) and place not in titled)):
            yield row.figure(place, [name], day, said, title=heading.at(place), doubt=doubt)


def _under_days(row: _Row, known: PointNames, heading: _Heading) -> Iterator[_Figure]:
    """Yield the quantities of a row of a table with days across."""
    named = row.cells[: min(heading.days)]
    # A column before the days that is neither a name nor a code: its title was no day.
    for place, cell in enumerate(named):
        if place and _FIGURE.match(cell) and not known.is_point([cell]):
            yield row.figure(place, named[:1], None, heading.at(place) or cell)
    for place, day in heading.days.items():
        if row.at(place) not in _NOTHING:
            yield row.figure(place, named, day, heading.at(place), title=heading.at(place))


def _under_titles(
    row: _Row, known: PointNames, heading: _Heading, above: DayAbove, today: GasDay, open_days: Sequence[GasDay]
) -> Iterator[_Figure]:
    """Yield the quantity of a row that says its day itself, or leaves it to a line above the table or to tomorrow."""
    cells = row.cells
    place = _find_quantity(row, known, heading)
    if place is None:
        return
    points = [at for at in range(len(cells)) if at != place and known.is_point([cells[at]])]
    named = [cells[at] for at in points] or cells[:place] or cells[1:2]
    of_days = [at for at, title in enumerate(heading.titles) if title and words_of(title) <= DAY_WORDS]
    # The first column is that of the points where another does not name them; numbers there count the rows.
    is_told = bool(points) and (0 in of_days or not row.counts)
    others = [at for at in range(len(cells)) if at != place and at not in points and (at or is_told)]
    unread = {
        at: title
        for at, title in enumerate(heading.titles)
        if at in others and title and at not in of_days and not is_of_quantities(title) and not is_total(title)
    }
    for at, title in unread.items():
        if cells[at] not in _NOTHING and not known.is_point([cells[at]]):
            yield row.figure(at, named[:1], None, title)
    days = {at: day for at, day in find_days(cells, today).items() if at != place and at not in points}
    if of_days:
        days = {at: day for at, day in days.items() if at in of_days}
    of_row = [at for at in days if at in of_days] or [at for at in days if at < place or at not in unread]
    if days and not of_days and any(has_name_of_day(cells[at]) and at not in days for at in others):
        of_row = []
    title = heading.at(place)
    if _has_several(row, known, heading):
        yield row.figure(place, named, None, several=True)
    elif title and not is_of_quantities(title):
        yield row.figure(place, named, None, title)
    elif len(of_row) == 1:
        yield row.figure(place, named, days[of_row[0]], title=title)
    elif days:
        yield row.figure(place, named, None, title=title, doubt=cells[min(days)])
    else:
        between = [
            cells[at]
            for at in others
            if cells[at] and at not in unread and at not in of_days and (at < place or has_name_of_day(cells[at]))
        ]
        # A day that is not read, or was left blank as below a merged cell, is not tomorrow.
        between += [row.at(at) or heading.at(at) for at in of_days]
        said = " ".join(between) or (above.text if above.day is None else "")
        day = above.day or (open_days[0] if open_days else None)
        yield row.figure(place, named[:1] if between else named, None if said else day, said, title=title)


def _find_quantity(row: _Row, known: PointNames, heading: _Heading) -> int | None:
    """Return the place of the quantity in a row without days across, None in a row without one."""
    cells = row.cells
    titled = [place for place, title in enumerate(heading.titles) if place < len(cells) and is_of_quantities(title)]
    if titled:
        return titled[0]
    numbers = _find_numbers(row, known)
    if len(numbers) == 1:
        return numbers[0]
    last = len(cells) - 1
    return last if last and (_FIGURE.match(cells[last]) or known.is_point(cells[:last])) else None


def _has_several(row: _Row, known: PointNames, heading: _Heading) -> bool:
    """Tell whether nothing says which figure of a row is its quantity."""
    return not any(heading.titles) and len(_find_numbers(row, known)) > 1


def _find_numbers(row: _Row, known: PointNames) -> list[int]:
    numbers = [at for at, cell in enumerate(row.cells) if is_quantity(cell) and not known.is_point([cell])]
    return numbers[1:] if numbers[:1] == [0] and row.counts else numbers
