"""Weekdays without a date in a pasted table: given their dates where there is one reading, and left alone elsewhere.

There is one reading below a line that names the week ("Semana del 30 de noviembre"), and for all of the next seven
days that can be nominated, in their order. Anything else that speaks of days leaves a doubt (docs/rules.md, "Typed
days").
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from portal.domain.calendar import WEEKDAYS
from portal.domain.gas_day import GasDay
from portal.domain.searched import comparable
from portal.services.files.row_filters import is_total

from .pasted_words import DAY_WORDS, find_day, find_day_above, find_days, is_quantity, words_of
from .point_names import PointNames

Rows = list[tuple[int, list[str]]]
WEEK = len(WEEKDAYS)
_LAST_OF_MONTH = 31
_NAMES = {
    name: place for place, each in enumerate(map(comparable, WEEKDAYS)) for name in (each, each[:3], f"{each[:3]}.")
}
_WEEK = re.compile(r"(.*?)\bsemana\s+(?:del?\s+)?(.+?)(?:\s+(?:al?|hasta(?:\s+el)?|-|–)\s+(.+))?")
# What may stand before "semana" without saying which.
_BEFORE = frozenset(["programa", "programacion", "nominacion", "nominaciones", "pedido", "gas", "de", "la", "para"])
_MONTH_OF = re.compile(r"[0-9]{1,2}(\s+de\s+|[ /.-])(.+)")


class Week(NamedTuple):
    """Week that a line names: its first day, and its last one where the line says it."""

    first: GasDay
    last: GasDay


def find_weekday(text: str) -> int | None:
    """Return the weekday that a text is and nothing else, 0 for Monday; None for another text."""
    return _NAMES.get(comparable(text).strip(" ,:"))


def read_week(text: str, today: GasDay) -> Week | None:
    """Return the week that a line names by the date of its first day; None for another line."""
    read = _WEEK.fullmatch(comparable(text).strip(" .:,;"))
    if read is None or not words_of(read[1]) <= _BEFORE | {""}:
        return None
    begins, ends = read[2], read[3]
    if ends is not None and begins.isdigit():
        # "del 1 al 7 de diciembre": the month stands once.
        month = _MONTH_OF.fullmatch(ends)
        begins = f"{begins}{month[1]}{month[2]}" if month is not None else begins
    first = find_day(begins, today)
    if first is None:
        return None
    last = first.plus(WEEK - 1) if ends is None else find_day(ends, today)
    return Week(first, last) if last is not None and first < last < first.plus(WEEK) else None


def settle_weekdays(rows: Rows, known: PointNames, open_days: Sequence[GasDay], today: GasDay) -> Rows:
    """Return the rows with the date beside each weekday, where there is one reading of them."""
    dated = [(number, list(texts)) for number, texts in rows]
    lines = _Lines(today)
    across = [at for at, (_, texts) in enumerate(rows) if _is_heading(texts, known, today)]
    down = _find_column(rows, known, today)
    # Tables one below the other may be of several weeks, and weekdays both ways of anything.
    alone = len(across) + (down is not None) == 1
    for at, (_, texts) in enumerate(rows):
        if at in across:
            week = read_week(texts[0], today) or lines.week
            places = {place: name for place, each in enumerate(texts) if (name := find_weekday(each)) is not None}
            days = _resolve(list(places.values()), week, lines, alone, open_days)
            if days is not None and not _goes_on(rows[at + 1 :], places, known, today):
                for place, day in zip(places, days, strict=True):
                    dated[at][1][place] = _dated(texts[place], day)
            lines = _Lines(today)
        elif len([each for each in texts if each]) == 1 and not known.is_point(texts):
            lines.add(" ".join(texts).strip())
    if down is not None and not across:
        _date_column(dated, down, lines, alone, open_days)
    return dated


class _Lines:
    """Lines above a table: the week that one of them names, and whether another speaks of days too."""

    def __init__(self, today: GasDay) -> None:
        self.week: Week | None = None
        # Of a day beside the week; of anything that may be a day.
        self.doubts, self.says_more = False, False
        self._today = today

    def add(self, text: str) -> None:
        week, above = read_week(text, self._today), find_day_above(text, self._today)
        if week is not None:
            self.doubts |= self.week is not None
            self.week = week
        elif above is not None:
            self.says_more = True
            # A number of a contract is none, a date or a weekday is.
            self.doubts |= above.day is not None or not re.search("[0-9]", text) or "semana" in comparable(text)


def _resolve(
    weekdays: Sequence[int], week: Week | None, lines: _Lines, alone: bool, open_days: Sequence[GasDay]
) -> list[GasDay] | None:
    """Return the days of weekdays in their order, None where there is a doubt."""
    if week is not None:
        if lines.doubts or (week.first.date.weekday() and weekdays[0] != week.first.date.weekday()):
            return None
        days = [week.first.plus((each - week.first.date.weekday()) % WEEK) for each in weekdays]
    else:
        days = list(open_days[:WEEK])
        is_next = [day.date.weekday() for day in days] == list(weekdays) and len(days) == WEEK
        if not is_next or not alone or lines.says_more or days[-1] != days[0].plus(WEEK - 1):
            return None
    rising = all(before < after for before, after in pairwise(days))
    return days if rising and (week is None or days[-1] <= week.last) else None


def _dated(text: str, day: GasDay) -> str:
    return f"{WEEKDAYS[day.date.weekday()]} {day.date:%d/%m/%Y}" if find_weekday(text) is not None else text


def _is_heading(texts: Sequence[str], known: PointNames, today: GasDay) -> bool:
    """Tell whether a row is one of weekdays across: several, or one beside the title of the points."""
    weekdays = [each for each in texts if find_weekday(each) is not None]
    others = [each for each in texts if each and find_weekday(each) is None]
    if any(known.is_point([each]) for each in weekdays):
        return False
    if not weekdays or known.is_point(texts[:1]) or find_days(texts, today) or find_weekday(texts[0]) is not None:
        return False
    return not any(is_quantity(each) or known.is_point([each]) for each in others)


def _goes_on(below: Rows, places: Mapping[int, int], known: PointNames, today: GasDay) -> bool:
    """Tell whether the row below a heading may say the dates itself."""
    texts = next((texts for _, texts in below if any(texts)), [])
    if known.is_point(texts[:1]):
        return False
    there = [texts[place] for place in places if place < len(texts) and texts[place]]
    return bool(find_days(texts, today)) or any(each.isdigit() and int(each) <= _LAST_OF_MONTH for each in there)


class _Column(NamedTuple):
    """Column of weekdays: its place, and the indices of its rows."""

    place: int
    rows: list[int]


def _find_column(rows: Rows, known: PointNames, today: GasDay) -> _Column | None:
    """Return the one column of a table with a weekday in each of its rows; None with a gap or a date beside it."""
    body = [
        at for at, (_, texts) in enumerate(rows) if any(is_quantity(each) for each in texts) and not is_total(texts[0])
    ]
    if not body:
        return None
    places = [
        place
        for place in range(max(len(rows[at][1]) for at in body))
        if any(place < len(rows[at][1]) and find_weekday(rows[at][1][place]) is not None for at in body)
    ]
    if len(places) != 1:
        return None
    (place,) = places
    whole = all(place < len(rows[at][1]) and find_weekday(rows[at][1][place]) is not None for at in body)
    named = whole and any(known.is_point([rows[at][1][place]]) for at in body)
    if not whole or named or any(find_days(rows[at][1], today) for at in body):
        return None
    head = [texts for _, texts in rows[: body[0]] if len([each for each in texts if each]) > 1]
    title = head[-1][place] if head and place < len(head[-1]) else ""
    # Several headings are several tables; a column of remarks has a title of its own.
    if len(head) > 1 or (title and not words_of(title) <= DAY_WORDS):
        return None
    return _Column(place, body)


def _date_column(dated: Rows, column: _Column, lines: _Lines, alone: bool, open_days: Sequence[GasDay]) -> None:
    """Write the dates beside the weekdays of a column, where they have one reading."""
    weekdays = [find_weekday(dated[at][1][column.place]) or 0 for at in column.rows]
    once = list(dict.fromkeys(weekdays))
    # A row for each point and day repeats them; the week says which, no order does.
    if len(once) != len(weekdays) and lines.week is None:
        return
    if lines.week is not None:
        begins = lines.week.first.date.weekday()
        once.sort(key=lambda weekday: (weekday - begins) % WEEK)
    days = _resolve(once, lines.week, lines, alone, open_days)
    if days is None:
        return
    by_weekday = {day.date.weekday(): day for day in days}
    for at, weekday in zip(column.rows, weekdays, strict=True):
        dated[at][1][column.place] = _dated(dated[at][1][column.place], by_weekday[weekday])
