"""Table of points and days as pasted: names or codes down, days across; a row that says nothing stops no other."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from portal.domain.day_text import Clash
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, Unit, plain
from portal.domain.searched import comparable
from portal.domain.typed_text import as_typed
from portal.models import DeliveryPoint
from portal.services.files.cells import AS_TYPED_FIGURES
from portal.services.files.row_filters import is_total
from portal.services.nominations.batches import Given, find_clash, find_near_day, read_given
from portal.services.store.refusals import Refusal, Rejected

from .left_out import LONGEST_KEPT, LeftOut, Missed
from .limits import MOST_DAYS
from .point_names import PointNames

# Reasons that stand for a whole column, told once.
_OF_COLUMNS = (Missed.NOT_OPEN, Missed.TOO_FAR, Missed.NO_DAY, Missed.OTHER_WEEKDAY, Missed.OTHER_UNIT)
LONGEST_PASTED, MOST_ROWS, MOST_COLUMNS = 20_000, 400, 400
# Words of a day as people write it, and its unit: "miércoles, 1 de diciembre de 2026 (m3)".
_LONGEST_DAY = 10
_GAP = re.compile(r" {2,}")
# The quantities at the end of a line that was written by hand.
_FIGURES_AT_END = re.compile(r"^(.*?\D)((?:\s+[0-9][0-9.,]*)+)\s*(?:m3|m³|mbtu)?$", re.IGNORECASE)
_QUANTITY = re.compile(r"\+?[0-9][0-9.,']*\s*\(?(?:s?m3|m³|mbtu|mmbtu)?\)?", re.IGNORECASE)
# No quantity has its thousands so: 02.12.2026.
_DOTTED_DATE = re.compile(r"[0-9]{1,2}\.[0-9]{1,2}\.(?:[0-9]{4}|[0-9]{2})")
_FIGURE = re.compile(r"\+?[0-9]")
_NOTHING = frozenset({"", "-", "–", "—"})
# Words of a title that says what a column holds: of quantities it has one of the first, and none but these.
_UNITS = {"m3": Unit.M3, "sm3": Unit.M3, "mbtu": Unit.MBTU, "mmbtu": Unit.MBTU}
_QUANTITY_WORDS = frozenset(
    [*"cantidad cantidades nominacion nominado nominada volumen consumo valor".split(), *_UNITS]  # noqa: SIM905
)
_BESIDE_QUANTITY = frozenset(["gas", "total", "de", "del", "en", "por", "dia", "diario", "diaria"])
# In a line above a table.
_OF_WEEKS = frozenset(["semana", "semanal", "al"])
_DAY_NAMES = frozenset("lunes martes miercoles jueves viernes sabado domingo hoy manana semana semanal".split())  # noqa: SIM905
_LONGEST_MONTH = 31
_DAY_WORDS = frozenset(["fecha", "dia", "de", "gas"])
_UNIT_AT_END = re.compile(r"\s*\(?(?:s?m3|m³|m?mbtu)\)?$", re.IGNORECASE)


@dataclass
class PastedTable:
    """Quantities by the row id of the point, the days that they are for, and what was left out."""

    cells: dict[int, list[Given]] = field(default_factory=dict)
    days: list[GasDay] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


class _Figure(NamedTuple):
    """A quantity as typed, where it stands, and what it is for; ``title`` is that of its column.

    ``doubt`` is a day of its row that may be its own or a remark.
    """

    named: Sequence[str]
    day: GasDay | None
    day_text: str
    text: str
    cell: str
    title: str = ""
    doubt: str = ""


class _Totals(NamedTuple):
    """End of a part of the table, with the figures of its row of totals; no day where the table has none across."""

    figures: list[tuple[GasDay | None, str]]


def parse_table(
    text: str, *, points: Sequence[DeliveryPoint], open_days: Sequence[GasDay], today: GasDay
) -> PastedTable:
    """Return the quantities of a pasted table for these points and open days.

    Points are names, codes or ids; days stand in the first row, or down the first column with the points across, or in
    the second column of three, or one above the table. Without any day the nearest open one is meant, but never under a
    title that may be a day and is not understood. An unreadable quantity stays in its cell, to be put right. Refuses
    (``Rejected``) a text without any row for a point and an open day; its ``left_out`` says what was found instead.
    """
    every_row = list(_rows_of(text[:LONGEST_PASTED]))
    rows, known = every_row[:MOST_ROWS], PointNames(points)
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
        elif figure.doubt:
            self._leave(said, Missed.UNCLEAR_DAY, figure.doubt)
        elif _unit_of(figure.title) not in (None, point.unit):
            self._leave(said, Missed.OTHER_UNIT, figure.title)
        elif figure.day is None:
            clash = _find_clash(figure.day_text, self._today)
            if clash is None:
                self._leave(said, Missed.NO_DAY, figure.day_text)
            else:
                self._leave(said, Missed.OTHER_WEEKDAY, clash.fact)
        elif figure.day not in self._open_days:
            self._leave(said, Missed.NOT_OPEN, figure.day.isoformat())
        elif figure.day >= self._open_days[0].plus(MOST_DAYS):
            self._leave(said, Missed.TOO_FAR, figure.day.isoformat())
        else:
            given = read_given(figure.day, figure.text, point.unit, figure.cell, AS_TYPED_FIGURES)
            earlier = self._first.setdefault((point.id, figure.day), given)
            if earlier is given:
                self.found.cells.setdefault(point.id, []).append(given)
                self._all.append(given)
            elif given.quantity is None or given.quantity != earlier.quantity:
                self._leave(f"{said} {figure.text}", Missed.REPEATED, earlier.cell or "")

    def compare(self, totals: _Totals) -> None:
        """Tell of totals that are neither the sum of their part of the table nor of all that was taken."""
        for day, text in totals.figures:
            of_part, of_all = (_sum_of(part, day) for part in (self._all[self._part :], self._all))
            summed = of_part or of_all
            if summed is None:
                continue
            on, found = summed
            said = read_given(on, text, found.unit, "", AS_TYPED_FIGURES).quantity
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
    """A row with its number; blank where it has no more cells."""

    number: int
    cells: list[str]

    def at(self, place: int) -> str:
        return self.cells[place] if place < len(self.cells) else ""

    def figure(self, place: int, named: Sequence[str], day: GasDay | None, day_text: str = "", **more: str) -> _Figure:
        return _Figure(named, day, day_text, self.at(place), _cell(place, self.number), **more)


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
    heading, above = _NO_HEADING, _Above("", None)
    for number, texts in rows:
        if not any(texts):
            continue
        if is_total(texts[0]):
            yield _totals_of(texts, heading)
            continue
        if len([cell for cell in texts if cell]) == 1 and not known.is_point(texts):
            above = _day_above(" ".join(texts).strip(), today) or above
            continue
        found = _find_heading(texts, known, today, heading)
        row = _Row(number, texts)
        if found is not None:
            heading = found
            yield _Totals([])
        elif heading.points:
            for place, name in heading.points.items():
                if row.at(place) not in _NOTHING:
                    yield row.figure(place, [name], _day(row.at(0), today), row.at(0), title=heading.at(place))
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
    if len(texts) < 2 or known.is_point(texts[:1]) or any(_is_quantity(cell) for cell in texts[1:]):
        return None
    days = _days_of(texts, today)
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
    row: _Row, known: PointNames, heading: _Heading, above: _Above, today: GasDay, open_days: Sequence[GasDay]
) -> Iterator[_Figure]:
    """Yield the quantity of a row that says its day itself, or leaves it to a line above the table or to tomorrow."""
    cells = row.cells
    place = _find_quantity(cells, known, heading)
    if place is None:
        return
    points = [at for at in range(place) if known.is_point([cells[at]])]
    named = [cells[at] for at in points] or cells[:place]
    of_days = [at for at, title in enumerate(heading.titles) if title and _words_of(title) <= _DAY_WORDS]
    # The first column is that of the points where another does not name them; numbers there count the rows.
    is_told = bool(points) and (0 in of_days or not _counts(cells))
    others = [at for at in range(len(cells)) if at != place and at not in points and (at or is_told)]
    unread = {
        at: title
        for at, title in enumerate(heading.titles)
        if at in others and title and at not in of_days and not _is_of_quantities(title) and not is_total(title)
    }
    for at, title in unread.items():
        if cells[at] not in _NOTHING and not known.is_point([cells[at]]):
            yield row.figure(at, named[:1], None, title)
    days = {at: day for at, day in _days_of(cells, today).items() if at != place and at not in points}
    of_row = [at for at in days if at in of_days] or [at for at in days if at < place or at not in unread]
    title = heading.at(place)
    if title and not _is_of_quantities(title):
        yield row.figure(place, named, None, title)
    elif len(of_row) == 1:
        yield row.figure(place, named, days[of_row[0]], title=title)
    elif days:
        yield row.figure(place, named, None, title=title, doubt=cells[min(days)])
    else:
        between = [cells[at] for at in others if at < place and cells[at] and at not in unread]
        # A day that was left blank, as below a merged cell, is not tomorrow.
        blank = [heading.at(at) for at in of_days if not row.at(at)]
        said = " ".join(between) or " ".join(blank) or (above.text if above.day is None else "")
        day = above.day or (open_days[0] if open_days else None)
        yield row.figure(place, named[:1] if between else named, None if said else day, said, title=title)


def _counts(cells: Sequence[str]) -> bool:
    """Tell whether a row begins with its number in the table."""
    return cells[0].isdigit() and len(cells[0]) <= len(str(MOST_ROWS))


def _find_quantity(cells: Sequence[str], known: PointNames, heading: _Heading) -> int | None:
    """Return the place of the quantity in a row without days across, None in a row without one."""
    titled = [place for place, title in enumerate(heading.titles) if place < len(cells) and _is_of_quantities(title)]
    if titled:
        return titled[0]
    numbers = [
        place for place in range(1, len(cells)) if _is_quantity(cells[place]) and not known.is_point([cells[place]])
    ]
    if len(numbers) == 1:
        return numbers[0]
    last = len(cells) - 1
    return last if last and (_FIGURE.match(cells[last]) or known.is_point(cells[:last])) else None


class _Above(NamedTuple):
    """Line above a table about its day: its words, empty without any, and the day that they say."""

    text: str
    day: GasDay | None


def _day_above(text: str, today: GasDay) -> _Above | None:
    """Return the day that a line above a table ends with; where it may be about days and is none, its words alone.

    One that names a weekday, a week or two numbers of days is about days, and so is one with a figure in it.
    """
    words = [word.strip(" .:,;()") for word in comparable(text).split()]
    # A date of another weekday than is written beside it is no day, nor is it without the weekday.
    for end in _ends_of(text) if _find_clash(text, today) is None else ():
        day = _day(end, today)
        if day is not None:
            before = words[: len(words) - len(end.split())]
            is_one = not any(word in _OF_WEEKS or (word.isdigit() and int(word) <= _LONGEST_MONTH) for word in before)
            return _Above(text, day if is_one else None)
    about_days = any(character.isdigit() for character in text) or not _DAY_NAMES.isdisjoint(words)
    return _Above(text, None) if about_days else None


def _words_of(title: str) -> set[str]:
    return {word.strip("(),.:") for word in comparable(title).split()}


def _is_quantity(cell: str) -> bool:
    return _QUANTITY.fullmatch(cell) is not None and _DOTTED_DATE.fullmatch(cell) is None


def _is_of_quantities(title: str) -> bool:
    words = _words_of(title)
    return bool(words & _QUANTITY_WORDS) and words <= _QUANTITY_WORDS | _BESIDE_QUANTITY


def _unit_of(title: str) -> Unit | None:
    """Return the unit that a title names, None without one."""
    return next((_UNITS[word] for word in sorted(_words_of(title)) if word in _UNITS), None)


def _days_of(texts: Sequence[str], today: GasDay) -> dict[int, GasDay]:
    return {place: day for place, cell in enumerate(texts) if (day := _day(cell, today)) is not None}


def _day(text: str, today: GasDay) -> GasDay | None:
    """Return the day that a cell is, None for a bare number, which is a quantity."""
    bare_number = text.replace(".", "").replace(",", "").isdigit() and not _DOTTED_DATE.fullmatch(text)
    if not text or bare_number:
        return None
    return find_near_day(_UNIT_AT_END.sub("", text), today)


def _find_clash(text: str, today: GasDay) -> Clash | None:
    """Return the date with another weekday that a title is, or a line above a table ends with."""
    clashes = (find_clash(_UNIT_AT_END.sub("", end), today) for end in _ends_of(text))
    return next((clash for clash in clashes if clash is not None), None)


def _ends_of(text: str) -> Iterator[str]:
    """Yield the last words of a text, the longest end first, as far as a day may reach."""
    words = text.split()
    for place in range(max(0, len(words) - _LONGEST_DAY), len(words)):
        yield " ".join(words[place:]).strip(" .:,;()")


def _cell(place: int, number: int) -> str:
    """Return the name of a cell as sheets have it: "C4"."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(ord("A") + rest) + name
    return f"{name}{number}"
