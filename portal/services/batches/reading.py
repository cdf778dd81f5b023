"""Days and quantities out of a file or of what was pasted from a sheet."""

from __future__ import annotations

from portal.domain.gas_day import GasDay
from portal.domain.quantities import BadQuantity, Quantity, Unit, parse_quantity
from portal.services.cells import BadCell, parse_day, parse_figure
from portal.services.delimited_files import Column, Row, Table, titles
from portal.services.file_problems import BadFile, Problem, Rule
from portal.services.workbook_files import read_any

from .drafting import MOST_DAYS, Given

DAY, QUANTITY = "fecha", "cantidad"
COLUMNS = (
    Column(DAY, titles("día de gas", "día", "fecha", "fecha gas"), required=True),
    Column(
        QUANTITY, titles("cantidad", "nominación", "nominada", "cantidad nominada", "m3", "m³", "mbtu"), required=True
    ),
)


def read_text(text: str, *, unit: Unit) -> list[Given]:
    """Return the days of what was pasted: two columns as a sheet copies them, with or without their titles.

    As ``read_file``.
    """
    return read_file(text.encode(), unit=unit)


def read_file(content: bytes, *, unit: Unit) -> list[Given]:
    """Return the days of a CSV or workbook, in its order; figures in ``unit`` as they are written in Colombia.

    A quantity that cannot be read stays with its cell, to be put right on the page; a day that cannot be read, is there
    twice or is one too many refuses the whole file (``BadFile``), each with line and column.
    """
    table = read_any(content, COLUMNS, listed=DAY)
    problems: list[Problem] = []
    found: dict[GasDay, Given] = {}
    lines: dict[GasDay, int] = {}
    for row in table.rows:
        day = _day(table, row, problems)
        if day is None:
            continue
        if day in found:
            problems.append(table.problem(Rule.REPEATED_ROW, row, DAY, str(lines[day])))
            continue
        lines[day] = row.line
        found[day] = _given(table, row, day, unit)
    if len(found) > MOST_DAYS:
        problems.append(Problem(Rule.TOO_MANY_ROWS, fact=str(MOST_DAYS)))
    if problems:
        raise BadFile(problems)
    return sorted(found.values(), key=lambda given: given.gas_day)


def _day(table: Table, row: Row, problems: list[Problem]) -> GasDay | None:
    try:
        return parse_day(row.text(DAY))
    except BadCell as error:
        problems.append(table.problem(error.rule, row, DAY))
        return None


def _given(table: Table, row: Row, day: GasDay, unit: Unit) -> Given:
    text = row.text(QUANTITY)
    cell = f"{_letters(table.place(QUANTITY))}{row.line}"
    try:
        return Given(day, parse_quantity(text, unit), cell=cell)
    except BadQuantity:
        pass
    try:
        # A workbook gives plain figures, with a decimal point.
        quantity = Quantity.of(parse_figure(text), unit)
        return Given(day, parse_quantity(_colombian(quantity), unit), cell=cell)
    except (BadCell, BadQuantity, ValueError):
        return Given(day, None, text, cell)


def _colombian(quantity: Quantity) -> str:
    whole, _, decimals = str(quantity.amount.normalize().__format__("f")).partition(".")
    return f"{whole},{decimals}" if decimals else whole


def _letters(place: int) -> str:
    """Return the letters of a column, from 0: A, B, … Z, AA."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
