"""Figures that the former system's files say of each point: located, dated, and in the units of the account."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from portal.domain.gas_day import FIRST_GAS_DAY, GasDay
from portal.domain.quantities import CUBIC_METRES_PER_KPC, Quantity, Unit, half_up, micro_m3, micro_mbtu
from portal.models import DeliveryPoint
from portal.services.files.cells import BadCell, FigureReading, has_no_value, parse_figure, read_day_text
from portal.services.files.problems import BadFile, Problem, Rule
from portal.services.files.sheet_tables import Row, Table
from portal.services.files.units import CONVERTED_WORDS, FileUnit
from portal.services.ledger import Recomputer
from portal.services.measures.readings import point_texts, refuse_index, shapes

from .parts import BEFORE_ALL, Part, Refused
from .shapes import DAY, POINT, UNIT, WRITTEN, Figure

MICRO = 10**6
# Points that each text can mean.
Located = dict[str, list[DeliveryPoint]]
_MICRO_M3_PER_KPC = int(CUBIC_METRES_PER_KPC * 10**9)
# Fast path: three decimals may be thousands, all others are decimals.
_USUAL = re.compile("(-?)([0-9]{1,9})(?:[.,]([0-9]{1,2}|[0-9]{4,6}))?", re.ASCII)
_TRAILING_MINUS = re.compile(r"[0-9][0-9.,' ]*-")
_UNITS = {FileUnit.M3: Unit.M3, FileUnit.KPC: Unit.M3, FileUnit.MBTU: Unit.MBTU}
# Stop listing problems of a part after this many.
MOST_PROBLEMS = 1_000
# Larger than any account of a point.
LARGEST = 10**12 * MICRO


@dataclass
class Told:
    """Figures of one point in the files, millionths by day.

    Nominated and authorised quantities are in the unit of the point, consumptions in m³; the others in ``units``.
    ``openings`` are balances before the first day, each with the words for where it stood.
    """

    point: DeliveryPoint
    days: dict[Figure, dict[date, int]] = field(default_factory=lambda: defaultdict(dict))
    units: dict[Figure, Unit] = field(default_factory=dict)
    opening: int | None = None
    # The last day of the sheet that stands before all gas days, such as 30 November 2014.
    before: tuple[date, int] | None = None
    zeros_outside: int = 0
    to_come: int = 0
    first_to_come: date | None = None
    _lines: dict[Figure, dict[date, int]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, figure: Figure, day: date, micro: int, line: int) -> int | None:
        """Add a figure; return the line of another one of the same day, None if there is none."""
        of_figure = self.days[figure]
        known = of_figure.setdefault(day, micro)
        first = self._lines[figure].setdefault(day, line)
        return None if known == micro else first


@dataclass
class Collected:
    """Figures of the files by point; ``unknown`` texts name no point, ``others`` counts rows of other companies."""

    told: list[Told] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    others: int = 0


class Collector:
    """Read the rows of every part. ``company_id`` loads the points of one company alone."""

    def __init__(
        self, session: Session, *, today: GasDay, company_id: int | None = None, opposite_sign: bool = False
    ) -> None:
        self._session = session
        self._today = today.date
        self._company_id = company_id
        self._sign = -1 if opposite_sign else 1
        self._points = point_texts.Points(session)
        self._told: dict[int, Told] = {}
        self._recomputer = Recomputer(session)
        self._unknown: dict[str, None] = {}
        self._others = 0
        self._problems: list[Problem] = []

    def collect(self, parts: Sequence[Part]) -> Collected:
        """Return what all parts say; ``Refused`` with every problem, by part."""
        refused: dict[str, list[Problem]] = defaultdict(list)
        for part in parts:
            self._problems = []
            try:
                if part.figure is Figure.CONSUMED:
                    refuse_index(part.table, part.figure.value)
                self._read(part)
                part.table.refuse(self._problems)
            except BadFile as bad:
                refused[part.place] += [each for each in bad.problems if each not in refused[part.place]]
        if any(refused.values()):
            raise Refused([(place, BadFile(problems)) for place, problems in refused.items()])
        told = sorted(self._told.values(), key=lambda each: each.point.id)
        return Collected(told, list(self._unknown), self._others)

    def _read(self, part: Part) -> None:
        part.table.ask_about_days(today=GasDay(self._today))
        reader = _Reader(part)
        days: dict[str, date] = {}
        chosen: dict[tuple[int, str, date], Told | None] = {}
        table = part.table
        at_point, at_day, at_figure = table.place(POINT), table.place(DAY), table.place(part.figure.value)
        for row, page, located in self._rows_of(part):
            if len(self._problems) > MOST_PROBLEMS:
                break
            texts = row.texts
            figure = texts[at_figure] if at_figure < len(texts) else ""
            if row.faults:
                self._problems += row.faults
                continue
            if not figure or has_no_value(figure):
                continue
            text = texts[at_point] if 0 <= at_point < len(texts) else ""
            if not text and at_point >= 0:
                self._add(table.problem(Rule.EMPTY, row, POINT))
                continue
            day_text = texts[at_day] if 0 <= at_day < len(texts) else BEFORE_ALL if at_day < 0 else ""
            day = days.get(day_text) or self._day(table, row, day_text, days)
            micro = reader.micro(row, figure, self._problems)
            if day is None or micro is None:
                continue
            key = (page, text, day)
            if key not in chosen:
                chosen[key] = self._choose(part, row, located[text], text, day)
            told = chosen[key]
            if told is not None:
                self._put(part, row, told, day, micro)
        if part.opening is not None:
            self._put_opening(part, self._locate(part).get("", []))

    def _rows_of(self, part: Part) -> Iterator[tuple[Row, int, Located]]:
        """Yield the rows of a part, the line where their page begins, and the points that their texts or page mean."""
        page, located, pages = 0, self._locate(part), self._find_pages(part)
        ahead = sorted(pages, reverse=True)
        for row in part.table.rows:
            while ahead and ahead[-1] <= row.line:
                page = ahead.pop()
                located = {"": pages[page]}
            # The line that names the point is none of its rows.
            if row.line not in pages:
                yield row, page, located

    def _find_pages(self, part: Part) -> dict[int, list[DeliveryPoint]]:
        """Return the points that words between the rows of a sheet of one point name, by their lines."""
        found = ((line, next(filter(self._points.is_point, texts), None)) for line, texts in part.between)
        return {line: self._points.find(text) for line, text in found if text is not None}

    def _locate(self, part: Part) -> dict[str, list[DeliveryPoint]]:
        """Return the points that each text of the part can mean; "" is the one of a sheet of its own."""
        if part.table.place(POINT) >= 0:
            located = {text: self._points.find(text) for text in part.table.listed}
            point_texts.find_by_name(self._points, part.table, located)
            part.table.seen.resembled = dict(self._points.resembled)
            return located
        for texts in part.named_by:
            found = {point.id: point for text in texts if text for point in self._points.find(text)}
            if found:
                return {"": list(found.values())}
        return {"": []}

    def _day(self, table: Table, row: Row, text: str, known: dict[str, date]) -> date | None:
        """Return the day of a row; an hour of midnight beside it is that of a spreadsheet's date."""
        if text == BEFORE_ALL:
            return known.setdefault(text, date.fromisoformat(BEFORE_ALL))
        try:
            found = read_day_text(text, table.days)
            if found.minutes not in (None, 0):
                raise BadCell(Rule.DAY_WITH_HOUR)
        except BadCell as bad:
            self._add(table.problem(bad.rule, row, DAY, bad.fact))
            return None
        return known.setdefault(text, found.date)

    def _choose(self, part: Part, row: Row, points: list[DeliveryPoint], text: str, day: date) -> Told | None:
        """Return where the figures of a text and day go; None, with its problem or note, if nowhere."""
        if not points:
            name = text or next((each for texts in part.named_by for each in texts if each), "")
            if name not in self._unknown:
                self._unknown[name] = None
                if self._company_id is None:
                    problem = part.table.problem(Rule.UNKNOWN_POINT, row, POINT)
                    self._add(problem if text else Problem(Rule.UNKNOWN_POINT, None, None, name))
            return None
        meant = point_texts.find_meant(points, GasDay(max(day, FIRST_GAS_DAY.date)))
        if isinstance(meant, point_texts.NotLocated):
            self._add(part.table.problem(meant.rule, row, POINT, meant.fact))
            return None
        if self._company_id is not None and meant.contract.company_id != self._company_id:
            self._others += 1
            return None
        return self._told.setdefault(meant.id, Told(meant))

    def _put(self, part: Part, row: Row, told: Told, day: date, micro: int) -> None:
        figure, point, table = part.figure, told.point, part.table
        is_before = day < FIRST_GAS_DAY.date
        if is_before and figure in (Figure.ACCUMULATED, Figure.OPENING):
            self._put_before(part, row, told, day, micro)
            return
        if is_before and day.isoformat() == BEFORE_ALL:
            return
        if day >= self._today:
            told.to_come += figure in WRITTEN
            told.first_to_come = min(day, told.first_to_come or day)
            return
        is_outside = day < point.starts_on.date or (point.ends_on is not None and day >= point.ends_on.date)
        if is_before or is_outside:
            if micro == 0 or (figure not in WRITTEN and not is_before):
                told.zeros_outside += figure in WRITTEN
                return
            late = not is_before and day >= point.starts_on.date
            rule = Rule.DAY_OUT_OF_RANGE if is_before else Rule.AFTER_END if late else Rule.BEFORE_START
            bound = point.starts_on if not late or point.ends_on is None else point.ends_on.plus(-1)
            self._add(table.problem(rule, row, DAY, bound.isoformat()))
            return
        value = self._in_units(part, row, told, day, micro)
        if value is None:
            return
        other = told.add(figure, day, value, row.line)
        if other is not None:
            self._add(table.problem(Rule.REPEATED_ROW, row, figure.value, str(other)))

    def _in_units(self, part: Part, row: Row, told: Told, day: date, micro: int) -> int | None:
        """Return a figure in the unit in which it counts; None, with its problem, if it cannot be converted."""
        figure, point, table = part.figure, told.point, part.table
        unit = table.unit_of(row)[0]
        if unit is FileUnit.KPC:
            micro = half_up(micro * _MICRO_M3_PER_KPC, 10**9)
        said = point.unit if unit is None else _UNITS[unit]
        if figure not in WRITTEN:
            if told.units.setdefault(figure, said) is not said:
                self._add(table.problem(Rule.WRONG_UNIT, row, figure.value, told.units[figure].value))
                return None
            return micro * self._sign
        if micro < 0:
            self._add(table.problem(Rule.NEGATIVE, row, figure.value))
            return None
        wanted = Unit.M3 if figure is Figure.CONSUMED else point.unit
        if said is not wanted:
            milli, provisional = self._recomputer.history_of(point).at(day, delivery_point_id=point.id)
            if provisional:
                self._add(table.problem(Rule.HEATING_VALUE_MISSING, row, figure.value, day.isoformat()))
                return None
            micro = micro_m3(micro, milli) if wanted is Unit.M3 else micro_mbtu(micro, milli)
        largest = shapes.LARGEST.micro
        if micro > largest:
            self._add(table.problem(Rule.TOO_LARGE, row, figure.value, shapes.LARGEST_WORDS))
            return None
        return micro

    def _put_before(self, part: Part, row: Row, told: Told, day: date, micro: int) -> None:
        """Note a balance before the first gas day: an opening row, or the days before 1 December 2014."""
        value = self._in_units(part, row, told, day, micro)
        if value is None:
            return
        if day.isoformat() == BEFORE_ALL:
            self._note_opening(part, told, value, part.table.problem(Rule.REPEATED_ROW, row, part.figure.value, "–"))
        elif told.before is None or told.before[0] < day:
            told.before = (day, value)

    def _put_opening(self, part: Part, points: list[DeliveryPoint]) -> None:
        """Note the balance that stands above the table of a sheet of one point."""
        told = None if len(points) != 1 else self._told.get(points[0].id)
        if told is None or part.opening is None:
            return
        try:
            micro = read_signed(part.opening, part.table.figures)
        except BadCell as bad:
            self._add(Problem(bad.rule, None, Figure.OPENING.value, part.opening, bad.fact))
            return
        self._note_opening(part, told, micro * self._sign, Problem(Rule.REPEATED_ROW, None, None, part.opening, "–"))

    def _note_opening(self, part: Part, told: Told, micro: int, twice: Problem) -> None:
        if told.opening is not None and told.opening != micro:
            self._add(twice)
            return
        told.opening = micro
        told.units.setdefault(Figure.OPENING, told.units.get(part.figure, told.point.unit))

    def _add(self, problem: Problem) -> None:
        self._problems.append(problem)


class _Reader:
    """Figures of a part in millionths of the file's unit."""

    def __init__(self, part: Part) -> None:
        self._table, self._name = part.table, part.figure.value
        self._figures = part.table.figures

    def micro(self, row: Row, text: str, problems: list[Problem]) -> int | None:
        """Return the figure of a row; None, with its problem, if it cannot be read."""
        usual = _USUAL.fullmatch(text)
        if usual is not None:
            micro = int(usual[2]) * MICRO + (int(usual[3].ljust(6, "0")) if usual[3] else 0)
            return -micro if usual[1] else micro
        if not self._table.unit_of(row)[1]:
            problems.append(self._table.problem(Rule.WRONG_UNIT, row, UNIT, CONVERTED_WORDS))
            return None
        try:
            return read_signed(text, self._figures)
        except BadCell as bad:
            problems.append(self._table.problem(bad.rule, row, self._name, bad.fact))
            return None


def read_signed(text: str, reading: FigureReading) -> int:
    """Return a figure in millionths, negative with a minus before or behind it or in brackets; ``BadCell`` for none."""
    bare = text.strip()
    negative = (
        bare.startswith("-") or (bare.startswith("(") and bare.endswith(")")) or bool(_TRAILING_MINUS.fullmatch(bare))
    )
    bare = bare.strip("()").removeprefix("-").removesuffix("-").strip() if negative else bare
    micro = Quantity.of(parse_figure(bare, reading=reading), Unit.M3).micro
    return -micro if negative else micro


def list_days(told: Told) -> list[date]:
    """Return the days on which a point has a figure to be written, in order."""
    return sorted({day for figure in WRITTEN for day in told.days[figure]})
