"""Table of points and days as pasted: names or codes down, days across; a row that says nothing stops no other."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from portal.domain.gas_day import GasDay
from portal.domain.searched import comparable
from portal.domain.typed_text import as_typed
from portal.models import DeliveryPoint
from portal.services.files.cells import AS_TYPED_FIGURES
from portal.services.files.row_filters import is_total
from portal.services.nominations.batches import Given, find_near_day, read_given
from portal.services.store.refusals import Refusal, Rejected

from .limits import MOST_DAYS

LONGEST_PASTED, MOST_ROWS, MOST_COLUMNS = 20_000, 400, 60
LONGEST_KEPT = 120
_GAP = re.compile(r" {2,}")
# The quantities at the end of a line that was written by hand.
_FIGURES_AT_END = re.compile(r"^(.*?\D)((?:\s+[0-9][0-9.,]*)+)\s*(?:m3|m³|mbtu)?$", re.IGNORECASE)
_QUANTITY = re.compile(r"\+?[0-9][0-9.,']*\s*\(?(?:s?m3|m³|mbtu|mmbtu)?\)?", re.IGNORECASE)
_FIGURE = re.compile(r"\+?[0-9]")
_NOTHING = frozenset({"", "-", "–", "—"})
# Words of a title that says what a column holds, and no day.
_QUANTITY_WORDS = (
    "cantidad cantidades nominacion nominado nominada volumen consumo gas valor total de del en por dia diario diaria"
)
_UNIT_WORDS = "m3 sm3 mbtu mmbtu"
_OF_QUANTITIES = frozenset([*_QUANTITY_WORDS.split(), *_UNIT_WORDS.split()])


class Missed(StrEnum):
    """Reason why a row, or a column, of a pasted table gives nothing."""

    NO_POINT = "no-point"
    SEVERAL_POINTS = "several-points"
    NO_DAY = "no-day"
    NOT_OPEN = "not-open"
    TOO_FAR = "too-far"
    REPEATED = "repeated"


class LeftOut(NamedTuple):
    """Row or column left out of a pasted table: its text, and why; ``fact`` is the day or the place that is meant."""

    text: str
    why: Missed
    fact: str = ""


@dataclass
class PastedTable:
    """Quantities by the row id of the point, the days that they are for, and what was left out."""

    cells: dict[int, list[Given]] = field(default_factory=dict)
    days: list[GasDay] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


class _Figure(NamedTuple):
    """A quantity as typed, where it stands, and what it is for."""

    named: Sequence[str]
    day: GasDay | None
    day_text: str
    text: str
    cell: str


def parse_table(
    text: str, *, points: Sequence[DeliveryPoint], open_days: Sequence[GasDay], today: GasDay
) -> PastedTable:
    """Return the quantities of a pasted table for these points and open days.

    Points are names, codes or ids; days stand in the first row, or down the first column with the points across, or in
    the second column of three, or one above the table. Without any day the nearest open one is meant, but never under a
    title that may be a day and is not understood. An unreadable quantity stays in its cell, to be put right. Refuses
    (``Rejected``) a text without any row for a point and an open day; its ``left_out`` says what was found instead.
    """
    rows = list(_rows_of(text[:LONGEST_PASTED]))[:MOST_ROWS]
    known = _Names(points)
    taken = _Taken(known, open_days)
    for figure in _figures_of(rows, known, open_days, today):
        taken.take(figure)
    found = taken.found
    days = sorted({given.gas_day for of_point in found.cells.values() for given in of_point})
    if not days:
        raise Rejected(Refusal.NOTHING_PASTED, "pasted", left_out=tuple(found.left_out))
    found.days = [days[0].plus(place) for place in range((days[-1].date - days[0].date).days + 1)]
    return found


class _Taken:
    """Quantities taken of a table so far, and rows left out; the same reason for a column is told once."""

    def __init__(self, known: _Names, open_days: Sequence[GasDay]) -> None:
        self.found = PastedTable()
        self._known, self._open_days = known, open_days
        self._first: dict[tuple[int, GasDay], Given] = {}
        self._told: set[tuple[Missed, str]] = set()

    def take(self, figure: _Figure) -> None:
        """Take a quantity, or tell why not."""
        point, said = self._known.find(figure.named), " ".join(figure.named).strip() or figure.text
        if not isinstance(point, DeliveryPoint):
            self._leave(said, point)
        elif figure.day is None:
            self._leave(said, Missed.NO_DAY, figure.day_text)
        elif figure.day not in self._open_days:
            self._leave(said, Missed.NOT_OPEN, figure.day.isoformat())
        elif figure.day >= self._open_days[0].plus(MOST_DAYS):
            self._leave(said, Missed.TOO_FAR, figure.day.isoformat())
        else:
            given = read_given(figure.day, figure.text, point.unit, figure.cell, AS_TYPED_FIGURES)
            earlier = self._first.setdefault((point.id, figure.day), given)
            if earlier is given:
                self.found.cells.setdefault(point.id, []).append(given)
            elif given.quantity is None or given.quantity != earlier.quantity:
                self._leave(f"{said} {figure.text}", Missed.REPEATED, earlier.cell or "")

    def _leave(self, said: str, why: Missed, fact: str = "") -> None:
        of_column = why in (Missed.NOT_OPEN, Missed.TOO_FAR, Missed.NO_DAY)
        key = (why, fact if of_column else said)
        if key not in self._told:
            self._told.add(key)
            self.found.left_out.append(LeftOut(said[:LONGEST_KEPT], why, fact[:LONGEST_KEPT]))


def keep_left_out(left_out: Iterable[LeftOut]) -> str:
    """Return what was left out as it is stored with a group."""
    return json.dumps([list(each) for each in left_out])


def read_left_out(kept: str | None) -> list[LeftOut]:
    """Return what ``keep_left_out`` stored."""
    return [LeftOut(text, Missed(why), fact) for text, why, fact in json.loads(kept or "[]")]


class _Names:
    """Points by everything that a sheet may call them."""

    def __init__(self, points: Sequence[DeliveryPoint]) -> None:
        self._exact: dict[str, list[DeliveryPoint]] = {}
        self._words: list[tuple[frozenset[str], DeliveryPoint]] = []
        for point in points:
            for name in {point.name, point.carrier_code, point.public_id}:
                self._exact.setdefault(comparable(name), []).append(point)
            self._words.append((frozenset(comparable(point.name).split()), point))

    def find(self, named: Sequence[str]) -> DeliveryPoint | Missed:
        """Return the point that one of the texts names: whole, else by some of its words if only one point has them."""
        texts = [comparable(each) for each in named if each]
        for text in texts:
            exact = self._exact.get(text, [])
            if exact:
                return exact[0] if len(exact) == 1 else Missed.SEVERAL_POINTS
        several = False
        for text in texts:
            words = frozenset(text.split())
            fitting = [point for known, point in self._words if words and words <= known]
            if len(fitting) == 1:
                return fitting[0]
            several = several or len(fitting) > 1
        return Missed.SEVERAL_POINTS if several else Missed.NO_POINT


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


def _figures_of(
    rows: Sequence[tuple[int, list[str]]], known: _Names, open_days: Sequence[GasDay], today: GasDay
) -> Iterator[_Figure]:
    """Yield each quantity with what it is for, whichever way the table lies."""
    head: Mapping[int, GasDay | None] = {}
    across: Mapping[int, str] = {}
    titles: list[str] = []
    above = _Above("", None)
    for number, texts in rows:
        if not any(texts) or is_total(texts[0]):
            continue
        if len([cell for cell in texts if cell]) == 1 and not isinstance(known.find(texts), DeliveryPoint):
            above = _day_above(" ".join(texts).strip(), today) or above
            continue
        days = {place: day for place, cell in enumerate(texts) if (day := _day(cell, today)) is not None}
        if days and 0 not in days and not _is_long(texts, days, known):
            # Days across; what stands there without a day, behind the first one, is told.
            behind = min(days)
            head = {place: days.get(place) for place in range(behind, len(texts)) if not is_total(texts[place])}
            titles, across = texts, {}
            continue
        if not head and not across and _is_of_points(texts[1:], known):
            across = {place: cell for place, cell in enumerate(texts) if place and cell and not is_total(cell)}
            continue
        if not (head or across or titles or days) and _is_title(texts, known):
            titles = texts
            continue
        yield from _of_row(_Row(number, texts), known, days, head, titles, across, above, open_days)


class _Row(NamedTuple):
    """A row with its number; blank where it has no more cells."""

    number: int
    cells: list[str]

    def at(self, place: int) -> str:
        return self.cells[place] if place < len(self.cells) else ""

    def figure(self, place: int, named: Sequence[str], day: GasDay | None, day_text: str = "") -> _Figure:
        return _Figure(named, day, day_text, self.at(place), _cell(place, self.number))


def _of_row(
    row: _Row,
    known: _Names,
    days: Mapping[int, GasDay],
    head: Mapping[int, GasDay | None],
    titles: Sequence[str],
    across: Mapping[int, str],
    above: _Above,
    open_days: Sequence[GasDay],
) -> Iterator[_Figure]:
    cells = row.cells
    if across:
        for place, name in across.items():
            if row.at(place) not in _NOTHING:
                yield row.figure(place, [name], days.get(0), row.at(0))
    elif head:
        named = cells[: min(head)]
        # A column before the days that is neither a name nor a code: its title was no day.
        for place in _strange(named, known):
            yield row.figure(place, named[:1], None, titles[place] or named[place])
        for place in head:
            if row.at(place) not in _NOTHING:
                yield row.figure(place, named, head[place], titles[place])
    elif 1 in days and len(cells) > 2:
        yield row.figure(2, cells[:1], days[1])
    elif len(cells) > 1 and (_FIGURE.match(cells[-1]) or isinstance(known.find(cells[:-1]), DeliveryPoint)):
        yield from _without_days(row, known, titles, above, open_days)


def _without_days(
    row: _Row, known: _Names, titles: Sequence[str], above: _Above, open_days: Sequence[GasDay]
) -> Iterator[_Figure]:
    """Yield the quantities of a row of a table that names no day but perhaps one above it."""
    cells, last = row.cells, len(row.cells) - 1
    unread = {place: title for place, title in enumerate(titles) if place and title and not _is_of_quantities(title)}
    for place in range(1, last):
        if (
            place in unread
            and _FIGURE.match(cells[place])
            and not isinstance(known.find([cells[place]]), DeliveryPoint)
        ):
            yield row.figure(place, cells[:1], None, unread[place])
    odd = [
        cell
        for place, cell in enumerate(cells[1:-1], start=1)
        if cell and place not in unread and not isinstance(known.find([cell]), DeliveryPoint)
    ]
    said = unread.get(last) or " ".join(odd) or (above.text if above.day is None else "")
    day = above.day or (open_days[0] if open_days else None)
    yield row.figure(last, cells[:1] if odd else cells[:-1], None if said else day, said)


class _Above(NamedTuple):
    """Line above a table about its day: its words, empty without any, and the day that they say."""

    text: str
    day: GasDay | None


def _day_above(text: str, today: GasDay) -> _Above | None:
    """Return the day that a line above a table ends with; without a figure in it none is meant."""
    words = text.split()
    for place in range(len(words)):
        day = _day(" ".join(words[place:]).strip(" .:,;()"), today)
        if day is not None:
            return _Above(text, day)
    return _Above(text, None) if any(character.isdigit() for character in text) else None


def _is_title(texts: Sequence[str], known: _Names) -> bool:
    """Tell whether a row says what the columns are: no point leads it, and no quantity ends it."""
    if isinstance(known.find(texts[:1]), DeliveryPoint) or _QUANTITY.fullmatch(texts[-1]):
        return False
    return len(texts) > 1


def _is_of_quantities(title: str) -> bool:
    return {word.strip("(),.:") for word in comparable(title).split()} <= _OF_QUANTITIES


def _strange(named: Sequence[str], known: _Names) -> list[int]:
    return [
        place
        for place, cell in enumerate(named)
        if place and _FIGURE.match(cell) and not isinstance(known.find([cell]), DeliveryPoint)
    ]


def _is_long(texts: Sequence[str], days: Mapping[int, GasDay], known: _Names) -> bool:
    """Tell whether a row is of three columns: a point, its day, its quantity."""
    if len(texts) < 3 or list(days) != [1]:
        return False
    return _QUANTITY.fullmatch(texts[2]) is not None or isinstance(known.find(texts[:1]), DeliveryPoint)


def _is_of_points(cells: Sequence[str], known: _Names) -> bool:
    """Tell whether these are titles of columns, with points among them."""
    named = [cell for cell in cells if cell and isinstance(known.find([cell]), DeliveryPoint)]
    return bool(named) and not any(_FIGURE.match(cell) for cell in cells if cell not in named)


def _day(text: str, today: GasDay) -> GasDay | None:
    """Return the day that a cell is, None for a bare number, which is a quantity."""
    if not text or text.replace(".", "").replace(",", "").isdigit():
        return None
    return find_near_day(text, today)


def _cell(place: int, number: int) -> str:
    """Return the name of a cell as sheets have it: "C4"."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(ord("A") + rest) + name
    return f"{name}{number}"
