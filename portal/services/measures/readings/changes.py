"""Changes that a file of readings brings, found against the stored readings in batches of a few thousand rows.

Also finds the delivery points that the texts of a file mean.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay
from portal.domain.readings import ReadingState
from portal.models import DeliveryPoint
from portal.services.files.cells import BadCell
from portal.services.files.hours import spell_hours
from portal.services.files.intake import Progress
from portal.services.files.problems import BadFile, Problem, Rule
from portal.services.files.questions import Question, Unanswered
from portal.services.files.sheet_tables import Row, Table
from portal.services.files.spreads import Across
from portal.services.ledger import closings
from portal.services.store.statements import day_of

from . import hot
from .conversions import Conversions
from .point_texts import NotLocated, Points, find_by_name, find_meant
from .rules import InForce, find_age_rule, find_row_problems, is_new
from .shapes import DAY, NAME, POINT, QUANTITY, ParsedRow, Parser

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


class Left(NamedTuple):
    """A row that cannot be taken, and its problems."""

    row: ParsedRow
    problems: list[Problem]


class Without:
    """Rows of a file that cannot be taken, by their key; ``days`` are points and days of which two rows differ."""

    def __init__(self) -> None:
        self.rows: dict[tuple[int, str], Left] = {}
        self.days: dict[tuple[int, date], int] = {}
        self.refusal: BadFile | None = None

    def check_rest(self, found: FileChanges) -> None:
        """Refuse the file for these rows if no other row of it is good."""
        if self.refusal is not None and not found.new + found.changed + found.unchanged:
            raise self.refusal


class FileChanges:
    """Check every row of a table once, in its order; collect the problems, yield the new readings.

    Memory does not grow with the file, but for sixteen bytes a row, by which a repeated row is recognised.
    """

    def __init__(
        self,
        session: Session,
        parser: Parser,
        *,
        now: datetime,
        lock: bool,
        role: Role | None,
        without: Without | None = None,
    ) -> None:
        self.bad = Without()
        self._without = without
        self.new = self.changed = self.unchanged = 0
        # Sum of the good rows in millionths of a m³, to hold against the sender's.
        self.total = 0
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
        self._conversions = Conversions(session)
        # Titles of columns that name no point: told once, not for each of their rows.
        self._told: set[str] = set()

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
            yield self._changes(list(self._parsed(part)))
            if len(self._problems) > MOST_PROBLEMS:
                stop = Problem(Rule.TOO_MANY_PROBLEMS, part[-1].line, fact=f"{MOST_PROBLEMS:,}")
                raise BadFile([*self._problems[:MOST_PROBLEMS], stop])
            done += len(part)
            # Never report 100 % for a file that will be rejected.
            if progress is not None and (done < self._table.length or self.is_sound):
                progress(done, self._table.length)
        self._conclude()

    def _parsed(self, rows: Iterable[Row]) -> Iterator[ParsedRow]:
        """Parse the rows, but for those that are left out; note those with a problem of their shape."""
        parse, problems, without = self._parser.parse, self._problems, self._without
        for row in rows:
            if without is not None and self._table.key_of(row) in without.rows:
                continue
            before = len(problems)
            parsed = parse(row)
            if len(problems) > before:
                for problem in problems[before:]:
                    self._blame(parsed, problem)
            yield parsed

    def _blame(self, row: ParsedRow, problem: Problem) -> None:
        left = self.bad.rows.setdefault(self._table.key_of(row.row), Left(row, []))
        left.problems.append(problem)

    def _conclude(self) -> None:
        """Refuse the file for the collected problems, or ask the collected questions, after its last row."""
        seen = self._table.seen
        if not self.new + self.changed + self.unchanged and not seen.today_left_out and not self._problems:
            for row in self._without_value:
                self._problem(Rule.EMPTY, row, QUANTITY)
            self._problems += [
                Problem(Rule.HOURS_MISSING, each.line, value=each.point, fact=spell_hours(each.hours))
                for each in seen.incomplete[:MOST_PROBLEMS]
            ]
        self._table.ask_about_days(today=self._today)
        self._table.refuse(self._problems)
        if self._of_today and self._table.answers.today is None:
            told = [self._table.problem(Rule.TODAY_TOTAL, row.row, DAY) for row in self._of_today[:MOST_PROBLEMS]]
            facts = {"day": self._today.isoformat(), "rows": str(len(self._of_today))}
            raise Unanswered(Question.TODAY, told, facts=facts)
        seen.stamp_ends = self._table.answers.stamp_ends if seen.has_hours else None

    def _located(self, table: Table, lock: bool) -> dict[str, Place | NotLocated | list[Place]]:
        """Lock the points and return the place that each text of the file names; of a list the gas day decides."""
        points = Points(self._session)
        if table.seen.across is Across.POINTS:
            lost = [title for title in table.seen.left_out if points.is_point(title)]
            if lost:
                raise BadFile(Problem(Rule.POINT_LEFT_OUT, table.seen.header_line, title) for title in lost)
        located = {text: points.find(text) for text in table.listed}
        self._by_name = find_by_name(points, table, located)
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

    def _fits_name(self, row: ParsedRow, point: DeliveryPoint) -> bool:
        """Tell whether the name beside a code means the same point, or none at all."""
        meant = [] if row.name is None else self._by_name.get(row.name, [])
        return not meant or any(each.id == point.id for each in meant)

    def _changes(self, rows: Collection[ParsedRow]) -> list[Change]:
        found: list[tuple[ParsedRow, Place, GasDay]] = []
        days: dict[int, list[date]] = defaultdict(list)
        for row in rows:
            if row.has_no_value:
                self._pass_over(row)
                continue
            place = self._place(row)
            if isinstance(place, NotLocated):
                self._tell_unknown(place, row)
            elif place is not None and row.gas_day is not None:
                if row.gas_day == self._today and self._is_left_out(row):
                    continue
                meant = row if row.unit is None and row.name is None else self._as_meant(row, place)
                if meant is not None and self._is_first(meant, place, row.gas_day.date):
                    found.append((meant, place, row.gas_day))
                    days[place.row_id].append(row.gas_day.date)
        known = {point_id: self._in_force(point_id, of_point) for point_id, of_point in days.items()}
        changes: list[Change] = []
        for row, place, gas_day in found:
            before = known[place.row_id].get(gas_day.date)
            if self._is_new(row, place, gas_day, before):
                changes.append(Change(place, gas_day, row, before))
        return changes

    def _is_first(self, row: ParsedRow, place: Place, day: date) -> bool:
        """Tell whether a point and day came for the first time; note an equal row, refuse another figure."""
        if self._without is not None and (place.row_id, day) in self._without.days:
            # One of two rows with different figures: neither is good.
            line = self._without.days[place.row_id, day]
            self._blame(row, self._table.problem(Rule.REPEATED_ROW, row.row, POINT, fact=str(line)))
            return False
        first_line, same = self._lines.note(place.row_id, day, row.row.line, hash((row.micro, row.state, row.reason)))
        if not first_line:
            return True
        if same:
            self._table.seen.again.append(row.row.line)
        else:
            self._problem(Rule.REPEATED_ROW, row, POINT, fact=str(first_line))
            self.bad.days[place.row_id, day] = row.row.line
        return False

    def _as_meant(self, row: ParsedRow, place: Place) -> ParsedRow | None:
        """Return a row in m³ whose name fits its code; None for one with a problem of either."""
        if not self._fits_name(row, place.point):
            self._problem(Rule.OTHER_NAME, row, NAME, fact=place.point.carrier_code)
            return None
        if row.unit is None or row.micro is None:
            return row
        try:
            meant = self._conversions.convert(row, place.point)
        except BadCell as bad:
            self._problem(bad.rule, row, QUANTITY, fact=bad.fact)
            return None
        converted = self._table.seen.converted
        converted[row.unit] = converted.get(row.unit, 0) + 1
        return meant

    def _place(self, row: ParsedRow) -> Place | NotLocated | None:
        """Return the place of a row; None when it lacks a point, or the day that would tell which point."""
        found = None if row.point is None else self._places[row.point]
        if not isinstance(found, list):
            return found
        if row.gas_day is None:
            return None
        point = find_meant([place.point for place in found], row.gas_day)
        return point if isinstance(point, NotLocated) else next(each for each in found if each.row_id == point.id)

    def _tell_unknown(self, place: NotLocated, row: ParsedRow) -> None:
        if row.point is not None and self._table.is_titled(POINT):
            if row.point in self._told:
                self._blame(row, self._table.problem(place.rule, row.row, POINT, place.fact))
                return
            self._told.add(row.point)
        self._problem(place.rule, row, POINT, fact=place.fact)

    def _pass_over(self, row: ParsedRow) -> None:
        lines = self._table.seen.without_value
        if not lines or lines[-1] != row.row.line:
            lines.append(row.row.line)
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
            for problem in find_row_problems(self._table, row, place.point, before, now=self._now):
                self._problems.append(problem)
                self._blame(row, problem)
        too_old = find_age_rule(gas_day, row.micro, row.state, before, self._role, self._now)
        if too_old is not None:
            self._problem(too_old, row, QUANTITY if too_old is Rule.TOO_OLD_TO_CHARGE else DAY)
        self.total += row.micro or 0
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
        problem = self._table.problem(rule, row.row, column, fact)
        self._problems.append(problem)
        self._blame(row, problem)


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
