"""CSV as Excel in Colombia opens it: semicolons, UTF-8 with a mark."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from portal.domain.gas_day import in_bogota
from portal.domain.quantities import plain

from .cells import disarm
from .excel_workbook import Cell

# Makes Excel read UTF-8.
MARK = "\ufeff"


def write_rows(rows: Iterable[Iterable[object]], *, mark: bool = True) -> bytes:
    """Return rows as CSV, with a mark unless other rows came before; the same rows give the same bytes.

    A cell of text that people typed needs ``cells.disarm`` before.
    """
    text = io.StringIO()
    if mark:
        text.write(MARK)
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def write_table(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a table as CSV: decimal comma, days as ISO dates, moments in Colombian time, text that no program runs."""
    return write_rows([head, *map(_written, rows)])


def _written(cells: Sequence[Cell]) -> Iterator[str]:
    for cell in cells:
        if isinstance(cell, str):
            yield disarm(cell)
        elif isinstance(cell, Decimal):
            yield plain(cell).replace(".", ",")
        elif isinstance(cell, datetime):
            yield f"{in_bogota(cell):%Y-%m-%d %H:%M:%S}"
        elif isinstance(cell, date):
            yield cell.isoformat()
        else:
            yield "" if cell is None else str(cell)
