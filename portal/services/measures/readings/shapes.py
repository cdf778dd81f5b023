"""Shape of a file of readings: each value parsed on its own, without the database."""

from __future__ import annotations

import re
from typing import NamedTuple

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import ReadingState
from portal.domain.searched import comparable
from portal.services.files.cells import BadCell, has_no_value, parse_figure, parse_measured_day
from portal.services.files.problems import Problem, Rule
from portal.services.files.sheet_columns import Column, Holds, spell_titles
from portal.services.files.sheet_tables import Row, Table
from portal.services.files.units import FileUnit, find_unit
from portal.services.files.workbook_parts import is_unread

# Upper limit of a volume: more than a city takes in a day.
LARGEST = Quantity.of(10_000_000, Unit.M3)
LARGEST_WORDS = "10,000,000 m³"
LONGEST_REASON = 500
MICRO = 10**6

_AMOUNTS = (
    *(
        "quantity",
        "volume",
        "cantidad",
        "consumo",
        "lectura",
        "medición",
        "volumen",
        "volumen corregido",
        "consumption",
    ),
    *("consumo corregido", "volumen estándar", "volumen std", "vol corregido", "vol. corregido", "volumen neto"),
    *("corrected volume", "standard volume", "std volume", "net volume", "daily volume", "gas volume", "vol std"),
    *(
        "vol. std",
        "vol. std.",
        "vol. corr.",
        "vol corr",
        "volumen corr",
        "volumen corr.",
        "volumen diario",
        "consumo diario",
    ),
    *(
        "volumen del día",
        "consumo del día",
        "volumen día",
        "consumo día",
        "volumen gas",
        "consumo gas",
        "consumo de gas",
    ),
    *("volumen total", "consumo total", "volumen total corregido", "volumen corregido total", "cantidad medida"),
    *("volumen medido", "consumo medido", "volumen corregido diario", "volumen condiciones estándar", "vc", "vbc"),
)
# Titles that name an amount only with a unit beside them.
_UNITLESS = (
    "energía",
    "total",
    "total día",
    "energy",
    "energía total",
    "energía diaria",
    "vol",
    "vol.",
    "valor",
    "value",
)
POINT, DAY, QUANTITY, UNIT, STATE, REASON = "delivery point", "gas day", "quantity", "unit", "state", "reason"
NAME, HOUR = "point name", "hour"


DAY_TITLES = spell_titles(
    DAY,
    *("date", "fecha", "fecha gas", "día", "día de gas", "fecha de gas", "día gas", "fecha y hora", "fecha/hora"),
    *("fecha hora", "timestamp", "date time", "datetime", "date/time", "gas date", "día operativo", "fecha lectura"),
    *("fecha de lectura", "fecha medición", "fecha de medición", "estampa de tiempo", "day", "production date"),
    *("contract day", "fecha operativa", "fecha consumo", "fecha de consumo", "period", "fecha (dd/mm/aaaa)"),
)


# The state of the equipment, which telemetry sends under the title of that of the reading.
_OF_THE_EQUIPMENT = (
    *("ok", "normal", "bueno", "buena", "good", "malo", "mala", "bad", "comunicando", "comunica", "no comunica"),
    *("con comunicación", "sin comunicación", "en línea", "fuera de línea", "online", "offline", "on", "off", "activo"),
    *("activa", "inactivo", "inactiva", "operativo", "operativa", "operando", "en operación", "en servicio", "abierto"),
    *("abierta", "cerrado", "cerrada", "encendido", "apagado", "alarma", "sin alarma", "sí", "no", "válido", "válida"),
    *("conectado", "conectada", "desconectado", "desconectada", "1", "0", "true", "false", "running", "up", "down"),
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
            *("station", "meter", "meter id", "point", "site", "tag", "código eds", "código estación", "cod punto"),
            *("cod. punto", "punto de medición", "punto medición", "cliente", "usuario", "código sic"),
            *("code", "id punto", "id medidor", "unidad remota", "rtu", "computador de flujo", "flow computer"),
        ),
        required=True,
        holds=Holds.KEY,
        # A company, or who made the report.
        vague=spell_titles("cliente", "usuario"),
    ),
    Column(DAY, DAY_TITLES, required=True, holds=Holds.DAY),
    Column(
        QUANTITY,
        spell_titles(QUANTITY, *_AMOUNTS),
        required=True,
        unit=FileUnit.M3,
        holds=Holds.FIGURE,
        converts=frozenset({FileUnit.THOUSAND_M3, FileUnit.KPC, FileUnit.MBTU}),
        amounts=spell_titles(*_UNITLESS),
    ),
    Column(UNIT, spell_titles(UNIT, "unidad", "unidades", "unidad de medida", "um", "units"), holds=Holds.UNIT),
    Column(STATE, spell_titles(STATE, "estado"), others=spell_titles(*_OF_THE_EQUIPMENT)),
    Column(REASON, spell_titles(REASON, "motivo", "razón", "justificación")),
    Column(
        NAME,
        spell_titles(
            *("nombre", "nombre del punto", "nombre punto", "nombre de la estación", "nombre estación", "name"),
            *("nombre eds", "descripción", "punto de consumo nombre", "station name", "razón social"),
        ),
        holds=Holds.NAME,
    ),
    Column(
        HOUR,
        spell_titles(*("hora", "hour", "hora gas", "hora de gas", "periodo", "período", "hora del día", "hr", "time")),
        holds=Holds.HOUR,
    ),
)

STATE_SPELLINGS = {
    **dict.fromkeys(("", "p", "provisional", "telemetria"), ReadingState.PROVISIONAL),
    **dict.fromkeys(("c", "certificada", "certificado", "certified"), ReadingState.CERTIFIED),
    **dict.fromkeys(("e", "estimada", "estimado", "estimated"), ReadingState.ESTIMATED),
    **dict.fromkeys(("a", "ajustada", "ajustado", "corregida", "corregido", "corrected"), ReadingState.CORRECTED),
}


# Units of a file of readings, all of them converted into m³.
CONVERTED = (FileUnit.M3, FileUnit.THOUSAND_M3, FileUnit.KPC, FileUnit.MBTU)
# Fast path for most figures of telemetry: without separators nothing can be misread.
_USUAL = re.compile("([0-9]{1,6})(?:[.,]([0-9]{1,2}))?", re.ASCII)


class Converted(NamedTuple):
    """A figure as the file has it, millionths of its unit, and the heating value that made m³ of MBTU."""

    micro: int
    unit: FileUnit
    milli: int | None


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
    # The name beside the code, where the file has both.
    name: str | None = None
    # The unit of a figure that is still to be converted: then ``micro`` is millionths of it.
    unit: FileUnit | None = None
    # What a converted figure was in the file, and with which heating value, thousandths of BTU/ft³.
    converted: Converted | None = None

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
        self._units: dict[str, FileUnit] = {"": table.unit or FileUnit.M3}
        self._places = [table.place(name) for name in (POINT, DAY, QUANTITY, UNIT, STATE, REASON, NAME)]
        self._width = table.width

    def parse(self, row: Row) -> ParsedRow:
        """Parse one row."""
        if row.faults:
            self.problems += row.faults
            return ParsedRow(row, None, None, None, None, None)
        # One cell more, for the columns that the file lacks.
        cells = row.texts + [""] * max(1, self._width + 1 - len(row.texts))
        at_point, at_day, at_quantity, at_unit, at_state, at_reason, at_name = self._places
        point, day_text, quantity, reason = cells[at_point], cells[at_day], cells[at_quantity], cells[at_reason] or None
        usual = _USUAL.fullmatch(quantity)
        if usual is None and has_no_value(quantity) and reason is None and self._is_provisional(cells[at_state]):
            return ParsedRow(row, point or None, None, None, None, None, has_no_value=True)
        if not point or is_unread(point):
            self._problem(Rule.EMPTY, row, POINT)
            point = ""
        day = self._days.get(day_text) or self._day(day_text, row)
        unit = self._units.get(cells[at_unit]) or self._unit(cells[at_unit], row)
        if usual is not None:
            micro: int | None = int(usual[1]) * MICRO + int((usual[2] or "0").ljust(6, "0"))
        else:
            micro = self._volume(quantity, row, unit)
        state = self._states.get(cells[at_state]) or self._state(cells[at_state])
        if state is None:
            self._problem(Rule.UNKNOWN_STATE, row, STATE)
        if reason is not None or state is ReadingState.CORRECTED:
            problem = _reason_rule(state, reason)
            if problem is not None:
                self._problem(problem, row, REASON)
        # A name that a look-up did not find says nothing against the code beside it.
        name = None if is_unread(cells[at_name]) else cells[at_name] or None
        if unit is FileUnit.M3:
            return ParsedRow(row, point or None, day, micro, state, reason, name=name)
        return ParsedRow(row, point or None, day, None if unit is None else micro, state, reason, name=name, unit=unit)

    def _problem(self, rule: Rule, row: Row, column: str, fact: str | None = None) -> None:
        self.problems.append(self.table.problem(rule, row, column, fact))

    def _day(self, text: str, row: Row) -> GasDay | None:
        try:
            return self._days.setdefault(text, parse_measured_day(text, reading=self.table.days))
        except BadCell as error:
            self._problem(error.rule, row, DAY, error.fact)
            return None

    def _volume(self, text: str, row: Row, unit: FileUnit | None) -> int | None:
        try:
            volume = Quantity.of(parse_figure(text, reading=self.table.figures, unit=unit), Unit.M3)
        except BadCell as error:
            fact = LARGEST_WORDS if error.rule is Rule.TOO_LARGE else error.fact
            self._problem(error.rule, row, QUANTITY, fact)
            return None
        if volume > LARGEST:
            self._problem(Rule.TOO_LARGE, row, QUANTITY, fact=LARGEST_WORDS)
            return None
        return volume.micro

    def _unit(self, text: str, row: Row) -> FileUnit | None:
        """Return the unit that a row names; a unit that cannot be converted is a problem of the row."""
        found = find_unit(text)
        if found not in CONVERTED:
            self._problem(Rule.WRONG_UNIT, row, UNIT, fact=", ".join(CONVERTED))
            return None
        self._units[text] = found
        return found

    def _is_provisional(self, text: str) -> bool:
        return (self._states.get(text) or self._state(text)) is ReadingState.PROVISIONAL

    def _state(self, text: str) -> ReadingState | None:
        known = STATE_SPELLINGS.get(comparable(text))
        if known is not None:
            self._states[text] = known
        return known


def _reason_rule(state: ReadingState | None, reason: str | None) -> Rule | None:
    if reason is not None and is_unread(reason):
        return Rule.CELL_ERROR
    if state is ReadingState.CORRECTED and reason is None:
        return Rule.REASON_MISSING
    if reason is not None and state is not None and state is not ReadingState.CORRECTED:
        return Rule.REASON_NOT_WANTED
    if reason is not None and len(reason) > LONGEST_REASON:
        return Rule.REASON_TOO_LONG
    return None
