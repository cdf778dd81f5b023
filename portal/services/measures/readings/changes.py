"""Changes that a file of readings brings, found against the stored readings in batches of a few thousand rows.

Also finds the delivery points that the texts of a file mean.
"""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.codes import index_of, keys_of, may_be_changed
from portal.domain.gas_day import GasDay
from portal.domain.readings import ReadingState
from portal.domain.searched import comparable
from portal.models import DeliveryPoint
from portal.services.files.cells import strip_key
from portal.services.files.intake import Progress
from portal.services.files.problems import BadFile, Problem, Rule
from portal.services.files.questions import Question, Unanswered
from portal.services.files.sheet_tables import Table
from portal.services.ledger import closings
from portal.services.points.point_codes import choose_on_day
from portal.services.store.statements import day_of

from . import hot
from .rules import InForce, find_age_rule, find_row_problems, is_new
from .shapes import DAY, POINT, QUANTITY, ParsedRow, Parser

CHUNK = 10_000
# Stop listing after this many problems: the rest show up once these are mended.
MOST_PROBLEMS = 10_000
_STATES = {state.value: state for state in ReadingState}


class Place(NamedTuple):
    """A point named in the file, and the range of days for which most rows need no closer check.

    Days from ``first`` to before ``end`` are served and over; days up to ``frozen`` are closed.
    """

    point: DeliveryPoint
    row_id: int
    first: date
    end: date
    frozen: date


class Change(NamedTuple):
    """A reading from the file, beside the reading in force before (None: nothing)."""

    place: Place
    gas_day: GasDay
    row: ParsedRow
    before: InForce | None

    @property
    def point(self) -> DeliveryPoint:
        """The delivery point of the reading."""
        return self.place.point


class FileChanges:
    """Check every row of a table once, in its order; collect the problems, yield the new readings.

    Memory does not grow with the file, but for sixteen bytes a row, by which a repeated row is recognised.
    """

    def __init__(self, session: Session, parser: Parser, *, now: datetime, lock: bool, role: Role | None) -> None:
        self.new = self.changed = self.unchanged = 0
        self._session = session
        self._parser = parser
        self._table = parser.table
        self._now = now
        self._role = role
        # The parser adds the problems of a row's shape to the same list.
        self._problems = parser.problems
        self._places = self._located(parser.table, lock)
        self._lines = _Lines()
        self._today = GasDay.of(now)
        self._of_today: list[ParsedRow] = []
        self._without_value: list[ParsedRow] = []

    @property
    def is_sound(self) -> bool:
        """True while no problem was found."""
        return not self._problems

    def changes(self, *, progress: Progress | None = None) -> Iterator[list[Change]]:
        """Yield the changes, some thousand rows at a time; raise ``BadFile`` after the last part if any row was bad.

        The caller may write each part before it asks for the next, and rolls all of it back when the file is bad.
        """
        rows = self._table.rows
        done = 0
        while part := list(islice(rows, CHUNK)):
            yield self._changes([self._parser.parse(row) for row in part])
            if len(self._problems) > MOST_PROBLEMS:
                stop = Problem(Rule.TOO_MANY_PROBLEMS, part[-1].line, fact=f"{MOST_PROBLEMS:,}")
                raise BadFile([*self._problems[:MOST_PROBLEMS], stop])
            done += len(part)
            # Never report 100 % for a file that will be rejected.
            if progress is not None and (done < self._table.length or self.is_sound):
                progress(done, self._table.length)
        self._conclude()

    def _conclude(self) -> None:
        """Refuse the file for the collected problems, or ask the collected questions, after its last row."""
        seen = self._table.seen
        if not self.new + self.changed + self.unchanged and not seen.today_left_out and not self._problems:
            for row in self._without_value:
                self._problem(Rule.EMPTY, row, QUANTITY)
        self._table.refuse(self._problems)
        if self._of_today and self._table.answers.today is None:
            told = [self._table.problem(Rule.TODAY_TOTAL, row.row, DAY) for row in self._of_today[:MOST_PROBLEMS]]
            facts = {"day": self._today.isoformat(), "rows": str(len(self._of_today))}
            raise Unanswered(Question.TODAY, told, facts=facts)
        seen.stamp_ends = self._table.answers.stamp_ends if seen.has_hours else None

    def _located(self, table: Table, lock: bool) -> dict[str, Place | NotLocated | list[Place]]:
        """Lock the points and return the place that each text of the file names; of a list the gas day decides."""
        points = Points(self._session)
        located = {text: points.find(text) for text in table.listed}
        table.seen.resembled = dict(points.resembled)
        touched = {point.id for found in located.values() for point in found}
        if lock:
            points.lock(touched)
        closed = closings.find_closed_months(self._session, delivery_point_ids=touched)
        today = GasDay.of(self._now).date

        def place(point: DeliveryPoint) -> Place:
            end = today if point.ends_on is None else min(today, point.ends_on.date)
            frozen = closed[point.id].last.date if point.id in closed else date.min
            return Place(point, point.id, point.starts_on.date, end, frozen)

        def named(found: list[DeliveryPoint]) -> Place | NotLocated | list[Place]:
            if not found:
                return NotLocated(Rule.UNKNOWN_POINT)
            return place(found[0]) if len(found) == 1 else [place(point) for point in found]

        return {text: named(found) for text, found in located.items()}

    def _changes(self, rows: Collection[ParsedRow]) -> list[Change]:
        found: list[tuple[ParsedRow, Place, GasDay]] = []
        days: dict[int, list[date]] = defaultdict(list)
        for row in rows:
            if row.has_no_value:
                self._pass_over(row)
                continue
            place = self._place(row)
            if isinstance(place, NotLocated):
                self._problem(place.rule, row, POINT, fact=place.fact)
            elif place is not None and row.gas_day is not None:
                day = row.gas_day.date
                if row.gas_day == self._today and self._is_left_out(row):
                    continue
                said = hash((row.micro, row.state, row.reason))
                first_line, same = self._lines.note(place.row_id, day, row.row.line, said)
                if first_line and same:
                    self._table.seen.again.append(row.row.line)
                elif first_line:
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

    def _place(self, row: ParsedRow) -> Place | NotLocated | None:
        """Return the place of a row; None when it lacks a point, or the day that would tell which point."""
        found = None if row.point is None else self._places[row.point]
        if not isinstance(found, list):
            return found
        if row.gas_day is None:
            return None
        point = find_meant([place.point for place in found], row.gas_day)
        return point if isinstance(point, NotLocated) else next(each for each in found if each.row_id == point.id)

    def _pass_over(self, row: ParsedRow) -> None:
        self._table.seen.without_value.append(row.row.line)
        if len(self._without_value) < MOST_PROBLEMS:
            self._without_value.append(row)

    def _is_left_out(self, row: ParsedRow) -> bool:
        """Tell whether a row for today, which is not over, is left out; ask when the answer is not known yet."""
        if self._table.answers.today is False:
            self._table.seen.today_left_out += 1
            return True
        self._of_today.append(row)
        return False

    def _is_new(self, row: ParsedRow, place: Place, gas_day: GasDay, before: InForce | None) -> bool:
        day = gas_day.date
        if before is not None or not place.first <= day < place.end or row.state is ReadingState.CORRECTED:
            self._problems += find_row_problems(self._table, row, place.point, before, now=self._now)
        too_old = find_age_rule(gas_day, row.micro, row.state, before, self._role, self._now)
        if too_old is not None:
            self._problem(too_old, row, QUANTITY if too_old is Rule.TOO_OLD_TO_CHARGE else DAY)
        if before is None:
            self.new += 1
        elif is_new(row.micro, row.state, before):
            self.changed += 1
        else:
            self.unchanged += 1
            return False
        if day <= place.frozen:
            self._problem(Rule.MONTH_CLOSED, row, DAY, fact=place.frozen.isoformat()[:7])
        return True

    def _in_force(self, point_id: int, days: Collection[date]) -> dict[date, InForce]:
        """Return the newest version of each day of a point that has one, around these days."""
        rows = hot.IN_FORCE.named(self._session, hot.VersionRow, point=point_id, first=min(days), last=max(days))
        return {day_of(row.gas_day): InForce(row.version, _STATES[row.state], row.volume_m3) for row in rows}

    def _problem(self, rule: Rule, row: ParsedRow, column: str, fact: str | None = None) -> None:
        self._problems.append(self._table.problem(rule, row.row, column, fact))


class _Lines:
    """First line and content of each point and day, in sixteen bytes each."""

    _BITS = 9

    def __init__(self) -> None:
        self._blocks: dict[int, array[int]] = {}

    def note(self, point_id: int, day: date, line: int, said: int) -> tuple[int, bool]:
        """Return the line on which the point and day came first, and whether it had the same content.

        Returns 0, and remembers this line, when it is the first. ``said`` is a 64-bit hash of the content.
        """
        block, place = divmod(day.toordinal(), 1 << self._BITS)
        lines = self._blocks.get(point_id << 16 | block)
        if lines is None:
            lines = self._blocks[point_id << 16 | block] = array("q", [0] * (2 << self._BITS))
        found = lines[2 * place]
        if not found:
            lines[2 * place], lines[2 * place + 1] = line, said
        return found, lines[2 * place + 1] == said


# Words for kinds of place, which may be missing from a name.
_KIND = re.compile(r"^(?:eds|estacion(?: de servicio)?|planta|punto)\b\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class NotLocated:
    """Reason why a text names no point, or more than one."""

    rule: Rule
    fact: str | None = None


class Points:
    """Find delivery points by the texts of a file; ``resembled`` are the texts that only come near a point's code."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._by_id: dict[str, DeliveryPoint] = {}
        self._by_code: dict[str, list[DeliveryPoint]] = defaultdict(list)
        self._by_name: dict[str, list[DeliveryPoint]] = defaultdict(list)
        self._by_short_name: dict[str, list[DeliveryPoint]] = defaultdict(list)
        self.resembled: dict[str, str] = {}
        for point in session.scalars(select(DeliveryPoint).order_by(DeliveryPoint.id)).unique():
            self._by_id[point.public_id] = point
            self._by_code[comparable(point.carrier_code)].append(point)
            self._by_name[comparable(point.name)].append(point)
            self._by_short_name[_short(point.name)].append(point)
        self._alike = index_of({point.carrier_code for points in self._by_code.values() for point in points})

    def find(self, text: str) -> list[DeliveryPoint]:
        """Return the points that ``text`` can mean on any day; ``find_meant`` chooses among them.

        Ids match exactly; codes and names without case, accents and blanks. A number may be a code that a spreadsheet
        changed: it matches a point only if no other code becomes the same number.
        """
        text = strip_key(text)
        key = comparable(text)
        exact = self._by_code.get(key, [])
        if exact and not may_be_changed(text):
            return exact
        if text in self._by_id:
            return [self._by_id[text]]
        named = self._by_name.get(key, [])
        if not exact and len(_codes(named)) == 1:
            return named
        alike = sorted({code for each in keys_of(text) for code in self._alike.get(each, [])})
        if alike:
            return self._resembling(text, [point for code in alike for point in self._by_code[comparable(code)]])
        return self._resembling(text, named or self._by_short_name.get(_short(text), []))

    def _resembling(self, text: str, points: list[DeliveryPoint]) -> list[DeliveryPoint]:
        codes = _codes(points)
        if len(codes) > 1 or (codes and comparable(text) != comparable(codes[0])):
            self.resembled[text] = ", ".join(codes)
        return points

    def lock(self, point_ids: Iterable[int]) -> None:
        """Lock these points until the caller's transaction ends, in id order, so that imports wait for each other."""
        wanted = sorted(point_ids)
        if wanted and self._session.get_bind().dialect.name != "sqlite":
            self._session.execute(
                select(DeliveryPoint.id)
                .where(DeliveryPoint.id.in_(wanted))
                .order_by(DeliveryPoint.id)
                .with_for_update(key_share=True)
            )


def find_meant(points: list[DeliveryPoint], day: GasDay) -> DeliveryPoint | NotLocated:
    """Return the one candidate that is meant on a gas day; ``NotLocated`` names all of several."""
    return choose_on_day(points, day) or NotLocated(Rule.SEVERAL_POINTS, ", ".join(_codes(points)))


def _codes(points: Iterable[DeliveryPoint]) -> list[str]:
    """Return the codes of points, each once, in their order."""
    return list(dict.fromkeys(point.carrier_code for point in points))


def _short(name: str) -> str:
    return _KIND.sub("", comparable(name)) or comparable(name)
