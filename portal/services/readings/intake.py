"""The rows of a file of readings against what is already known, a few thousand at a time."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime
from itertools import islice
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay
from portal.domain.readings import ReadingState
from portal.models import DeliveryPoint, Reading
from portal.services import closings
from portal.services.delimited_files import Table
from portal.services.file_problems import BadFile, Problem, Rule
from portal.services.statements import Statement, day_of

from .parsing import DAY, POINT, ParsedRow, Parser
from .points import NotLocated, Points
from .rules import InForce, is_for_supervisors, row_problems, says_something_new

Progress = Callable[[int, int], None]

CHUNK = 10_000
# Whoever mends so many will see the others then.
MOST_PROBLEMS = 10_000
_STATES = {state.value: state for state in ReadingState}
_IN_FORCE = Statement(
    select(Reading.gas_day, Reading.version, Reading.state, Reading.volume_m3)
    .where(
        Reading.delivery_point_id == bindparam("point"),
        Reading.gas_day.between(bindparam("first"), bindparam("last")),
    )
    .order_by(Reading.gas_day, Reading.version)
)


class Place(NamedTuple):
    """A point that the file speaks of, and the days on which most rows are right at first sight.

    Days from ``first`` on and before ``end`` are served and over; those up to ``frozen`` are closed.
    """

    point: DeliveryPoint
    row_id: int
    first: date
    end: date
    frozen: date


class Change(NamedTuple):
    """A reading the file brings, beside what was in force before (None: nothing)."""

    place: Place
    gas_day: GasDay
    row: ParsedRow
    before: InForce | None

    @property
    def point(self) -> DeliveryPoint:
        """The delivery point it is about."""
        return self.place.point


class Intake:
    """Every row of a table looked at once, in its order; what is wrong is gathered, what is new is given.

    Memory does not grow with the file, but for four bytes a row in which it is known again.
    """

    def __init__(self, session: Session, table: Table, *, now: datetime, lock: bool, role: Role | None) -> None:
        self.new = self.changed = self.unchanged = 0
        self._session = session
        self._table = table
        self._now = now
        self._role = role
        self._problems: list[Problem] = []
        self._parser = Parser(table, self._problems)
        self._places = self._located(table, lock)
        self._lines = _Lines()

    @property
    def is_sound(self) -> bool:
        """Nothing was found wrong so far."""
        return not self._problems

    def changes(self, *, progress: Progress | None = None) -> Iterator[list[Change]]:
        """Give what the file brings, some thousand rows at a time; ``BadFile`` after the last one if any was wrong.

        The caller may write each part before it asks for the next, and throws all of it away when the file is bad.
        """
        rows = self._table.rows
        done = 0
        while part := list(islice(rows, CHUNK)):
            yield self._changes([self._parser.parse(row) for row in part])
            if len(self._problems) > MOST_PROBLEMS:
                stop = Problem(Rule.TOO_MANY_PROBLEMS, part[-1].line, fact=f"{MOST_PROBLEMS:,}")
                raise BadFile([*self._problems[:MOST_PROBLEMS], stop])
            done += len(part)
            # Of a bad file nobody is told that it came to its end.
            if progress is not None and (done < self._table.length or self.is_sound):
                progress(done, self._table.length)
        if self._problems:
            raise BadFile(self._problems)

    def _located(self, table: Table, lock: bool) -> dict[str, Place | NotLocated]:
        """Return what each text of the file names, once its points are held."""
        points = Points(self._session)
        located = {text: points.find(text) for text in table.listed}
        touched = {point.id for point in located.values() if isinstance(point, DeliveryPoint)}
        if lock:
            points.lock(touched)
        closed = closings.closed_months(self._session, delivery_point_ids=touched)
        today = GasDay.of(self._now).date

        def place(point: DeliveryPoint) -> Place:
            end = today if point.ends_on is None else min(today, point.ends_on.date)
            frozen = closed[point.id].last.date if point.id in closed else date.min
            return Place(point, point.id, point.starts_on.date, end, frozen)

        return {text: place(found) if isinstance(found, DeliveryPoint) else found for text, found in located.items()}

    def _changes(self, rows: Collection[ParsedRow]) -> list[Change]:
        found: list[tuple[ParsedRow, Place, GasDay]] = []
        days: dict[int, list[date]] = defaultdict(list)
        for row in rows:
            place = None if row.point is None else self._places[row.point]
            if isinstance(place, NotLocated):
                self._problem(place.rule, row, POINT, fact=place.fact)
            elif place is not None and row.gas_day is not None:
                day = row.gas_day.date
                first_line = self._lines.first(place.row_id, day, row.row.line)
                if first_line:
                    self._problem(Rule.REPEATED_ROW, row, POINT, fact=str(first_line))
                else:
                    found.append((row, place, row.gas_day))
                    days[place.row_id].append(day)
        known = {point_id: self._in_force(point_id, of_point) for point_id, of_point in days.items()}
        changes: list[Change] = []
        for row, place, gas_day in found:
            before = known[place.row_id].get(gas_day.date)
            if self._is_new(row, place, gas_day, before):
                changes.append(Change(place, gas_day, row, before))
        return changes

    def _is_new(self, row: ParsedRow, place: Place, gas_day: GasDay, before: InForce | None) -> bool:
        day = gas_day.date
        if before is not None or not place.first <= day < place.end or row.state is ReadingState.CORRECTED:
            self._problems += row_problems(self._table, row, place.point, before, now=self._now)
        if is_for_supervisors(gas_day, row.state, self._role, self._now):
            self._problem(Rule.FOR_SUPERVISORS, row, DAY)
        if before is None:
            self.new += 1
        elif says_something_new(row.micro, row.state, before):
            self.changed += 1
        else:
            self.unchanged += 1
            return False
        if day <= place.frozen:
            self._problem(Rule.MONTH_CLOSED, row, DAY, fact=place.frozen.isoformat()[:7])
        return True

    def _in_force(self, point_id: int, days: Collection[date]) -> dict[date, InForce]:
        """Return the newest version of each day of a point that has one, around these days."""
        rows = _IN_FORCE.tuples(self._session, point=point_id, first=min(days), last=max(days))
        return {day_of(day): InForce(version, _STATES[state], volume) for day, version, state, volume in rows}

    def _problem(self, rule: Rule, row: ParsedRow, column: str, fact: str | None = None) -> None:
        self._problems.append(self._table.problem(rule, row.row, column, fact))


class _Lines:
    """On which line each point and day came first, in four bytes each."""

    _BITS = 9

    def __init__(self) -> None:
        self._blocks: dict[int, array[int]] = {}

    def first(self, point_id: int, day: date, line: int) -> int:
        """Return the line on which the point and day came first; 0, and remember this one, when it is the first."""
        block, place = divmod(day.toordinal(), 1 << self._BITS)
        lines = self._blocks.get(point_id << 16 | block)
        if lines is None:
            lines = self._blocks[point_id << 16 | block] = array("I", [0] * (1 << self._BITS))
        found = lines[place]
        if not found:
            lines[place] = line
        return found
