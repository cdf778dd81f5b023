"""The shape of a file of readings: each value read by itself, before anything is asked of the database."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import ReadingState
from portal.services.cells import BadCell, parse_day, parse_figure
from portal.services.delimited_files import Column, Row, Table, read_table, titles
from portal.services.file_problems import Problem, Rule
from portal.services.names import comparable

# More gas than a city takes in a day.
LARGEST = Quantity.of(10_000_000, Unit.M3)
LONGEST_REASON = 500

POINT, DAY, QUANTITY, UNIT, STATE, REASON = "delivery point", "gas day", "quantity", "unit", "state", "reason"


# Titles of the portal's own exports, of the telemetry and of the day book; in this order when there is no header.
COLUMNS = (
    Column(
        POINT,
        titles(
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
        ),
        required=True,
    ),
    Column(DAY, titles(DAY, "date", "fecha", "fecha gas", "día", "día de gas"), required=True),
    Column(
        QUANTITY,
        titles(
            QUANTITY,
            "volume",
            "cantidad",
            "consumo",
            "consumo m3",
            "lectura",
            "medición",
            "volumen",
            "volumen m3",
            "consumo (m³)",
            "volumen (m³)",
        ),
        required=True,
    ),
    Column(UNIT, titles(UNIT, "unidad")),
    Column(STATE, titles(STATE, "estado")),
    Column(REASON, titles(REASON, "motivo", "razón", "justificación")),
)

UNIT_SPELLINGS = frozenset({"", "m3", "sm3", "metros cubicos"})
STATE_SPELLINGS = {
    **dict.fromkeys(("", "p", "provisional", "telemetria"), ReadingState.PROVISIONAL),
    **dict.fromkeys(("c", "certificada", "certificado", "certified"), ReadingState.CERTIFIED),
    **dict.fromkeys(("e", "estimada", "estimado", "estimated"), ReadingState.ESTIMATED),
    **dict.fromkeys(("a", "ajustada", "ajustado", "corregida", "corregido", "corrected"), ReadingState.CORRECTED),
}


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """A row as it was understood; what could not be read is None and has its problem."""

    row: Row
    point: str | None
    gas_day: GasDay | None
    volume: Quantity | None
    state: ReadingState | None
    reason: str | None


def parse(content: bytes) -> tuple[Table, list[ParsedRow], list[Problem]]:
    """Return the table, its rows as understood and every problem of their shape; ``BadFile`` when it is no table.

    Volumes are standard m³ with at most six decimals; days ``YYYY-MM-DD`` or ``dd/mm/aaaa``; states a letter of the
    sheet (P, C, E, A) or the word, provisional when nothing is said.
    """
    table = read_table(content, COLUMNS)
    problems: list[Problem] = []
    return table, [_parse_row(table, row, problems) for row in table.rows], problems


def _day(table: Table, row: Row, problems: list[Problem]) -> GasDay | None:
    try:
        return parse_day(row.text(DAY))
    except BadCell as error:
        problems.append(table.problem(error.rule, row, DAY))
        return None


def _parse_row(table: Table, row: Row, problems: list[Problem]) -> ParsedRow:
    point = row.text(POINT) or None
    if point is None:
        problems.append(table.problem(Rule.EMPTY, row, POINT))
    day = _day(table, row, problems)
    volume = _volume(table, row, problems)
    unit = row.text(UNIT)
    if comparable(unit) not in UNIT_SPELLINGS:
        problems.append(table.problem(Rule.WRONG_UNIT, row, UNIT, fact="m3"))
    state = STATE_SPELLINGS.get(comparable(row.text(STATE)))
    if state is None:
        problems.append(table.problem(Rule.UNKNOWN_STATE, row, STATE))
    reason = row.text(REASON) or None
    problem = _reason_rule(state, reason)
    if problem is not None:
        problems.append(table.problem(problem, row, REASON))
    return ParsedRow(row, point, day, volume, state, reason)


def _volume(table: Table, row: Row, problems: list[Problem]) -> Quantity | None:
    try:
        volume = Quantity.of(parse_figure(row.text(QUANTITY)), Unit.M3)
    except BadCell as error:
        problems.append(table.problem(error.rule, row, QUANTITY))
        return None
    if volume > LARGEST:
        problems.append(table.problem(Rule.TOO_LARGE, row, QUANTITY, fact="10,000,000 m³"))
        return None
    return volume


def _reason_rule(state: ReadingState | None, reason: str | None) -> Rule | None:
    if state is ReadingState.CORRECTED and reason is None:
        return Rule.REASON_MISSING
    if reason is not None and state is not None and state is not ReadingState.CORRECTED:
        return Rule.REASON_NOT_WANTED
    if reason is not None and len(reason) > LONGEST_REASON:
        return Rule.REASON_TOO_LONG
    return None
