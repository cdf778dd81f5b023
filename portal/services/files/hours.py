"""Hourly rows: the twenty-four hours of a gas day make its total, fewer make a gap; none is counted twice."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from enum import Enum
from math import gcd
from typing import TYPE_CHECKING, NamedTuple

from portal.domain.day_text import DayText, NoDay, read_day
from portal.domain.searched import comparable

from .cells import BadCell, has_no_value, parse_figure, read_day_text
from .problems import Problem, Rule
from .sheet_columns import Holds
from .sheet_notes import Incomplete
from .spreads import read_hour

if TYPE_CHECKING:
    from .sheet_tables import Row, Table

DAY = 1440
# Hours of a gas day.
HOURS = 24
# The shortest interval that is summed, in minutes.
_SHORTEST = 15


_TIME = re.compile(r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?(?::[0-9]{2})?(?: ?([ap])\.? ?m\.?)?(?: ?h(?:rs|oras)?)?")
_BETWEEN = re.compile(r"\s*(?:-|–|\ba\b|\bto\b)\s*")


class OneHour(Enum):
    """Place in a gas day of the one hour that all rows of a file have: totals have its beginning or its end."""

    BEGINS = 1
    ENDS = 2
    OTHER = 3


def read_one_hour(text: str) -> OneHour | None:
    """Return what an hour is for a gas day, 00:00 to 24:00; None for a text that is no hour."""
    said = [_read_minutes(part) for part in _BETWEEN.split(comparable(text), maxsplit=1)]
    if None in said:
        # "H7" and "Hora 7" are hours too, of which a day has several.
        return None if read_hour(text) is None else OneHour.OTHER
    if len(said) == 2:
        # The whole day, from its beginning to its end.
        return OneHour.ENDS if said[0] == 0 and said[1] in (0, DAY - 1, DAY) else OneHour.OTHER
    return {0: OneHour.BEGINS, DAY - 1: OneHour.ENDS, DAY: OneHour.ENDS}.get(said[0] or 0, OneHour.OTHER)


def _read_minutes(text: str) -> int | None:
    """Return the minutes of a day after which a time comes; None for another text."""
    found = _TIME.fullmatch(text)
    if found is None or int(found[1]) > HOURS or int(found[2] or 0) > 59:
        return None
    hour = int(found[1])
    if found[3] is not None:
        hour = hour % 12 + (12 if found[3] == "p" else 0)
    return hour * 60 + int(found[2] or 0)


class Summed(NamedTuple):
    """A row in the place of the hours of a day."""

    line: int
    texts: list[str]
    faults: tuple[Problem, ...] = ()


class Hours(NamedTuple):
    """Form of the hours of a file: ``minutes`` of each, whether in a column of their own, and whether they name ends.

    ``ends`` is None where that has to be asked: ``27/11/2026 00:00`` may begin the 27th, or end the 26th.
    """

    minutes: int
    in_column: bool
    ends: bool | None

    @classmethod
    def of(
        cls, days: Collection[str], hours: Collection[str], *, month_first: bool = False, is_across: bool = False
    ) -> Hours | None:
        """Return the form of a file by its texts of days and hours; None for a file of totals."""
        if is_across and any(hours):
            read = [found for text in hours if (found := read_hour(text)) is not None]
            named = {hour for hour, begins in read if not begins}
            # 1 to 24 name their ends; 0 to 23, and intervals, where they begin.
            return cls(60, True, 24 in named and 0 not in named)
        minutes: set[int] = set()
        for text in days:
            try:
                moment = read_day(text, month_first=month_first)
            except NoDay:
                continue
            if moment.minutes is not None:
                minutes.add(moment.minutes)
        if len(minutes) < 2:
            return None
        last_minutes = all(each % 60 == 59 or each == DAY for each in minutes)
        step = 60 if last_minutes else gcd(*minutes, DAY)
        ends = True if last_minutes or DAY in minutes else None
        return cls(step, False, ends)

    @property
    def slots(self) -> int:
        """The number of intervals of a gas day."""
        return DAY // self.minutes

    def begin(self, table: Table) -> Summer:
        """Return what sums the rows of a table."""
        return Summer(self, table)


class _Day:
    """The hours of a point and a gas day that came so far."""

    __slots__ = ("faults", "line", "slots", "texts")

    def __init__(self, row: Row) -> None:
        self.line, self.texts = row.line, row.texts
        self.slots: dict[int, tuple[int, Decimal]] = {}
        self.faults: list[Problem] = []


class Summer:
    """Sum of the hourly rows of a table, day by day; it notes the days that are not whole."""

    def __init__(self, hours: Hours, table: Table) -> None:
        self.summed = 0
        self.incomplete: list[Incomplete] = []
        self._hours, self._table = hours, table
        names = table.held
        self._day, self._figure = names[Holds.DAY], names[Holds.FIGURE]
        self._hour = names.get(Holds.HOUR, "")
        self._keys = [names[each] for each in (Holds.KEY, Holds.NAME) if each in names]
        held = {*self._keys, self._day, self._figure, self._hour}
        self._others = [name for name in table.titles if name not in held]
        ends = hours.ends if hours.ends is not None else table.answers.stamp_ends
        self._ends: bool | None = ends
        self._days: dict[tuple[str, ...], _Day] = {}
        self._whole: set[tuple[str, ...]] = set()
        self._unit = table.figure_unit

    def sum(self, rows: Iterable[Row]) -> Iterator[Summed]:
        """Yield a row for each whole day, and one with its faults for each row that cannot be summed."""
        for row in rows:
            yield from self._take(row)
        for key, day in self._days.items():
            if day.faults:
                yield Summed(day.line, day.texts, tuple(day.faults))
            else:
                missing = tuple(self._name(slot) for slot in range(self._hours.slots) if slot not in day.slots)
                self.incomplete.append(Incomplete(" ".join(filter(None, key[:-1])), _date(key[-1]), missing, day.line))

    def _take(self, row: Row) -> Iterator[Summed]:
        table = self._table
        try:
            date, slot = self._place(row)
        except BadCell as bad:
            if has_no_value(row.text(self._figure)) and bad.rule is not Rule.STAMP_UNSAID:
                # No moment of a day and no figure: words below the table.
                table.seen.without_value.append(row.line)
                return
            column = self._hour if bad.rule is Rule.NOT_AN_HOUR else self._day
            yield Summed(row.line, row.texts, (table.problem(bad.rule, row, column, bad.fact),))
            return
        key = (*[row.text(name) for name in self._keys], date.isoformat())
        if key in self._whole:
            yield Summed(row.line, row.texts, (self._twice(row, slot),))
            return
        day = self._days.get(key)
        if day is None:
            day = self._days[key] = _Day(row)
        if slot in day.slots:
            day.faults.append(self._twice(row, slot))
            return
        if any(row.text(name) != table.text_of(day.texts, name) for name in self._others):
            name = next(name for name in self._others if row.text(name) != table.text_of(day.texts, name))
            day.faults.append(table.problem(Rule.CONTRADICTS, row, name, str(day.line)))
            return
        said = row.text(self._figure)
        if has_no_value(said):
            return
        try:
            figure = parse_figure(said, reading=table.figures, unit=self._unit)
        except BadCell as bad:
            day.faults.append(table.problem(bad.rule, row, self._figure, bad.fact))
            return
        day.slots[slot] = (row.line, figure)
        if len(day.slots) == self._hours.slots and not day.faults:
            self.summed += 1
            self._whole.add(key)
            del self._days[key]
            yield Summed(day.line, self._total(row, day, date))

    def _total(self, row: Row, day: _Day, date: dt.date) -> list[str]:
        texts = [*day.texts, *[""] * (self._table.width - len(day.texts))]
        texts[row.places[self._day]] = date.isoformat()
        # Six decimals can be read in one way only.
        texts[row.places[self._figure]] = f"{sum(figure for _, figure in day.slots.values()):.6f}"
        return texts

    def _place(self, row: Row) -> tuple[dt.date, int]:
        """Return the gas day of a row, and its place there from 0; raises ``BadCell``."""
        found = read_day_text(row.text(self._day), self._table.days)
        if self._hours.in_column:
            hour = read_hour(row.text(self._hour))
            if hour is None or (self._ends and hour[0] == 0) or (not self._ends and hour[0] == 24):
                raise BadCell(Rule.NOT_AN_HOUR)
            if found.minutes not in (None, 0):
                raise BadCell(Rule.DAY_WITH_HOUR)
            return found.date, hour[0] - int(bool(self._ends))
        return self._slot(found)

    def _slot(self, found: DayText) -> tuple[dt.date, int]:
        step = self._hours.minutes
        if found.minutes is None or step < _SHORTEST:
            raise BadCell(Rule.DAY_WITH_HOUR)
        if self._ends is None:
            raise BadCell(Rule.STAMP_UNSAID)
        minutes = found.minutes + 1 if found.minutes % 60 == 59 else found.minutes
        if not self._ends:
            return found.date, minutes // step
        if minutes == 0:
            return found.date - dt.timedelta(days=1), self._hours.slots - 1
        return found.date, minutes // step - 1

    def _twice(self, row: Row, slot: int) -> Problem:
        column = self._hour if self._hours.in_column else self._day
        return self._table.problem(Rule.HOUR_TWICE, row, column, self._name(slot))

    def _name(self, slot: int) -> str:
        """Return the hour of a place as this file says it."""
        if self._hours.in_column and self._hours.minutes == 60:
            return str(slot + int(bool(self._ends)))
        minutes = (slot + int(bool(self._ends))) * self._hours.minutes
        return f"{minutes // 60:02}:{minutes % 60:02}"


def _date(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def spell_hours(hours: Sequence[str], most: int = 6) -> str:
    """Return hours as a list that stays short."""
    return ", ".join(hours[:most]) + (f" y {len(hours) - most} más" if len(hours) > most else "")
