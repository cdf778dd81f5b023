"""Shape of a file of readings: each value parsed on its own, without the database."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import ReadingState
from portal.domain.searched import comparable
from portal.services.files.cells import BadCell, has_no_value, parse_figure, parse_measured_day
from portal.services.files.problems import Problem, Rule
from portal.services.files.sheet_tables import Column, Holds, Row, Table, spell_titles

# Upper limit of a volume: more than a city takes in a day.
LARGEST = Quantity.of(10_000_000, Unit.M3)
LARGEST_WORDS = "10,000,000 m³"
LONGEST_REASON = 500
MICRO = 10**6

# The same amount in one of these units is another figure: refuse such a column, naming its unit.
_AMOUNTS = (
    *("quantity", "volume", "cantidad", "consumo", "lectura", "medición", "volumen", "energía", "volumen corregido"),
    *("consumo corregido", "volumen estándar", "volumen std", "vol corregido", "vol. corregido", "total", "total día"),
)
_OUR_UNITS = ("m3", "sm3", "m3 std", "m3 estándar")
_OTHER_UNITS = (
    "mbtu",
    "mmbtu",
    "gbtu",
    "gbtud",
    "btu",
    "kpc",
    "mpc",
    "pc",
    "ft3",
    "scf",
    "mscf",
    "kwh",
    "gj",
    "kg",
    "nm3",
)
POINT, DAY, QUANTITY, UNIT, STATE, REASON = "delivery point", "gas day", "quantity", "unit", "state", "reason"


def spell_with_units(amounts: Sequence[str], units: Sequence[str]) -> list[str]:
    """Return each amount with each unit as in column titles: ``volumen m3``, ``volumen (m3)``, ``volumen [m3]``."""
    forms = ("{} {}", "{} ({})", "{}({})", "{} [{}]", "{} en {}")
    return [form.format(amount, unit) for amount in amounts for unit in units for form in forms]


DAY_TITLES = spell_titles(
    DAY, "date", "fecha", "fecha gas", "día", "día de gas", "fecha de gas", "día gas", "fecha y hora"
)


# Titles of the portal's own exports, of telemetry and of the day book; without a header, in this order.
COLUMNS = (
    Column(
        POINT,
        spell_titles(
            POINT,
            "punto",
            "punto de entrega",
            "punto entrega",
            "punto de consumo",
            "punto consumo",
            "código",
            "código transportador",
            "eds",
            "eds o empresa",
            "id",
            "medidor",
            "estación",
            "codigo punto",
            "código del punto",
        ),
        required=True,
    ),
    Column(DAY, DAY_TITLES, required=True, holds=Holds.DAY),
    Column(
        QUANTITY,
        spell_titles(
            QUANTITY,
            *[each for each in _AMOUNTS if not each.startswith(("energía", "total"))],
            *spell_with_units(_AMOUNTS, _OUR_UNITS),
        ),
        required=True,
        elsewhere=spell_titles(*spell_with_units(_AMOUNTS, _OTHER_UNITS)),
        unit="m3",
        holds=Holds.FIGURE,
    ),
    Column(UNIT, spell_titles(UNIT, "unidad")),
    Column(STATE, spell_titles(STATE, "estado")),
    Column(REASON, spell_titles(REASON, "motivo", "razón", "justificación")),
    Column("hour", spell_titles("hora", "hour", "hora gas", "hora de gas", "periodo", "período"), refuses=Rule.HOURLY),
)

UNIT_SPELLINGS = frozenset({"", "m3", "sm3", "metros cubicos"})
STATE_SPELLINGS = {
    **dict.fromkeys(("", "p", "provisional", "telemetria"), ReadingState.PROVISIONAL),
    **dict.fromkeys(("c", "certificada", "certificado", "certified"), ReadingState.CERTIFIED),
    **dict.fromkeys(("e", "estimada", "estimado", "estimated"), ReadingState.ESTIMATED),
    **dict.fromkeys(("a", "ajustada", "ajustado", "corregida", "corregido", "corrected"), ReadingState.CORRECTED),
}


# Fast path for most figures of telemetry: without separators nothing can be misread.
_USUAL = re.compile("([0-9]{1,6})(?:[.,]([0-9]{1,2}))?", re.ASCII)


class ParsedRow(NamedTuple):
    """A parsed row; an unreadable value is None and has its problem. ``micro`` is millionths of m³."""

    row: Row
    point: str | None
    gas_day: GasDay | None
    micro: int | None
    state: ReadingState | None
    reason: str | None
    # The sender has no value for the day: a gap, never zero.
    has_no_value: bool = False

    @property
    def volume(self) -> Quantity | None:
        """The volume in standard m³."""
        return None if self.micro is None else Quantity.from_micro(self.micro, Unit.M3)


class Parser:
    """Parse the rows of a table, each value on its own, and collect the problems of their shape.

    Volumes are standard m³ with at most six decimals; days in any unambiguous spelling; states a letter of the
    sheet (P, C, E, A) or the word, provisional when blank. A row without a value is no reading.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self.problems: list[Problem] = []
        # Cache: the same few texts repeat in row after row.
        self._days: dict[str, GasDay] = {}
        self._states: dict[str, ReadingState] = {}
        self._units: set[str] = set()
        self._places = [table.place(name) for name in (POINT, DAY, QUANTITY, UNIT, STATE, REASON)]
        self._width = table.width

    def parse(self, row: Row) -> ParsedRow:
        """Parse one row."""
        # One cell more, for the columns that the file lacks.
        cells = row.texts + [""] * max(1, self._width + 1 - len(row.texts))
        at_point, at_day, at_quantity, at_unit, at_state, at_reason = self._places
        point, day_text, quantity, reason = cells[at_point], cells[at_day], cells[at_quantity], cells[at_reason] or None
        usual = _USUAL.fullmatch(quantity)
        if usual is None and has_no_value(quantity) and reason is None and self._is_provisional(cells[at_state]):
            return ParsedRow(row, point or None, None, None, None, None, has_no_value=True)
        if not point:
            self._problem(Rule.EMPTY, row, POINT)
        day = self._days.get(day_text) or self._day(day_text, row)
        if usual is not None:
            micro: int | None = int(usual[1]) * MICRO + int((usual[2] or "0").ljust(6, "0"))
        else:
            micro = self._volume(quantity, row)
        if cells[at_unit] not in self._units and not self._is_m3(cells[at_unit]):
            self._problem(Rule.WRONG_UNIT, row, UNIT, fact="m3")
        state = self._states.get(cells[at_state]) or self._state(cells[at_state])
        if state is None:
            self._problem(Rule.UNKNOWN_STATE, row, STATE)
        if reason is not None or state is ReadingState.CORRECTED:
            problem = _reason_rule(state, reason)
            if problem is not None:
                self._problem(problem, row, REASON)
        return ParsedRow(row, point or None, day, micro, state, reason)

    def _problem(self, rule: Rule, row: Row, column: str, fact: str | None = None) -> None:
        self.problems.append(self.table.problem(rule, row, column, fact))

    def _day(self, text: str, row: Row) -> GasDay | None:
        try:
            return self._days.setdefault(text, parse_measured_day(text, reading=self.table.days))
        except BadCell as error:
            self._problem(error.rule, row, DAY, error.fact)
            return None

    def _volume(self, text: str, row: Row) -> int | None:
        try:
            volume = Quantity.of(parse_figure(text, reading=self.table.figures, unit="m3"), Unit.M3)
        except BadCell as error:
            fact = LARGEST_WORDS if error.rule is Rule.TOO_LARGE else error.fact
            self._problem(error.rule, row, QUANTITY, fact)
            return None
        if volume > LARGEST:
            self._problem(Rule.TOO_LARGE, row, QUANTITY, fact=LARGEST_WORDS)
            return None
        return volume.micro

    def _is_m3(self, text: str) -> bool:
        known = comparable(text) in UNIT_SPELLINGS
        if known:
            self._units.add(text)
        return known

    def _is_provisional(self, text: str) -> bool:
        return (self._states.get(text) or self._state(text)) is ReadingState.PROVISIONAL

    def _state(self, text: str) -> ReadingState | None:
        known = STATE_SPELLINGS.get(comparable(text))
        if known is not None:
            self._states[text] = known
        return known


def _reason_rule(state: ReadingState | None, reason: str | None) -> Rule | None:
    if state is ReadingState.CORRECTED and reason is None:
        return Rule.REASON_MISSING
    if reason is not None and state is not None and state is not ReadingState.CORRECTED:
        return Rule.REASON_NOT_WANTED
    if reason is not None and len(reason) > LONGEST_REASON:
        return Rule.REASON_TOO_LONG
    return None
