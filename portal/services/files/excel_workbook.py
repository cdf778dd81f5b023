"""Workbook of plain tables: real numbers and dates in Colombian time, text as text, frozen heads."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from portal.domain.gas_day import in_bogota

Cell = str | int | Decimal | date | datetime | None


class Table(NamedTuple):
    """Sheet of a workbook: its name (up to 31 characters), head with the width of each column, and rows.

    Moments are aware.
    """

    name: str
    head: Sequence[tuple[str, float]]
    rows: Iterable[Sequence[Cell]]


def write_tables(tables: Iterable[Table], *, title: str, company: str) -> bytes:
    """Return the tables as a workbook, a sheet each."""
    # Few processes ever write one (docs/adr/0149).
    import xlsxwriter

    # Text stays text, whatever its first character.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"constant_memory": True} | options) as book:
        book.set_properties({"title": title, "company": company})
        head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF2", "text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        hour = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        for table in tables:
            page = book.add_worksheet(table.name)
            page.freeze_panes(1, 1)
            for column, (words, width) in enumerate(table.head):
                page.set_column(column, column, width)
                page.write_string(0, column, words, head)
            for row, cells in enumerate(table.rows, start=1):
                for column, cell in enumerate(cells):
                    _write(page, row, column, cell, day, hour)
    return held.getvalue()


def _write(page: Any, row: int, column: int, cell: Cell, day: Any, hour: Any) -> None:
    if isinstance(cell, str):
        page.write_string(row, column, cell)
    elif isinstance(cell, datetime):
        page.write_datetime(row, column, in_bogota(cell).replace(tzinfo=None), hour)
    elif isinstance(cell, date):
        page.write_datetime(row, column, cell, day)
    elif cell is not None:
        page.write_number(row, column, cell)
