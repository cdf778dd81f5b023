"""Day book as sent upstream: CSV and workbook with exactly the columns of docs/rules.md, "Day book"."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import IO, NamedTuple

from portal.domain.authorisations import Origin
from portal.domain.gas_day import BOGOTA, GasDay
from portal.domain.quantities import Quantity, Unit, in_kpc, plain
from portal.services.files import excel_csv
from portal.services.files.cells import disarm, rearm

from .lines import Line

COLUMNS = (
    "fecha_gas",
    "tipo",
    "punto_salida",
    "codigo_transportador",
    "contrato",
    "modalidad",
    "punto_consumo",
    "cantidad",
    "unidad",
    "cantidad_MBTU",
    "cantidad_KPC",
    "origen",
    "version",
    "hora_recibo",
)
_WIDTHS = (12, 13, 14, 20, 16, 16, 34, 13, 9, 15, 14, 8, 8, 20)


class Entry(NamedTuple):
    """A row of the file; without a nomination the cell stays empty, for a blank is never zero."""

    gas_day: GasDay
    kind: str
    exit_point: str
    carrier_code: str
    contract: str
    modality: str
    point: str
    quantity: Quantity | None
    unit: str
    mbtu: Quantity | None
    kpc: Decimal | None
    origin: str
    revision: int | None
    received_at: datetime | None


def entry_of(line: Line, gas_day: GasDay) -> Entry:
    """Return the row of a line."""
    asked = line.asked
    return Entry(
        gas_day,
        line.kind_word or "",
        line.exit_code,
        line.carrier_code,
        line.contract_number,
        line.modality_word,
        line.point,
        None if asked is None else asked.in_unit(line.unit),
        line.unit_word,
        None if asked is None else asked.mbtu,
        None if asked is None else in_kpc(asked.m3),
        "" if line.origin is Origin.NONE else line.origin.value,
        line.revision,
        line.received_at,
    )


def entries_of(lines: Iterable[Line], *, gas_day: GasDay) -> list[Entry]:
    """Return the rows of the lines."""
    return [entry_of(line, gas_day) for line in lines]


def read_entries(content: bytes) -> list[Entry]:
    """Return the rows of a file that ``write_csv`` made, so that a frozen workbook has the same figures."""
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
    next(rows)
    return [_read(*cells) for cells in rows]


def write_csv(entries: Iterable[Entry]) -> bytes:
    """Return the book as CSV that Excel opens correctly in Colombia: ``;``, decimal comma, UTF-8 with a mark.

    The same rows give the same bytes: their SHA-256 names a frozen version.
    """
    return excel_csv.write_rows([COLUMNS, *map(_cells, entries)])


def _cells(entry: Entry) -> list[object]:
    return [
        entry.gas_day.isoformat(),
        entry.kind,
        disarm(entry.exit_point),
        disarm(entry.carrier_code),
        disarm(entry.contract),
        entry.modality,
        disarm(entry.point),
        _comma(entry.quantity),
        entry.unit,
        _comma(entry.mbtu),
        _comma(entry.kpc),
        entry.origin,
        "" if entry.revision is None else entry.revision,
        "" if entry.received_at is None else f"{entry.received_at.astimezone(BOGOTA):%Y-%m-%d %H:%M:%S}",
    ]


def write_xlsx(entries: Iterable[Entry], *, gas_day: GasDay, title: str, company: str, into: IO[bytes]) -> None:
    """Write the book as a workbook of the same columns: real numbers and dates, Colombian time, text as text."""
    options = {"constant_memory": True}
    options |= {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    # Few processes ever write one (docs/adr/0149).
    import xlsxwriter

    with xlsxwriter.Workbook(into, options) as book:
        book.set_properties({"title": title, "company": company})
        page = book.add_worksheet(f"Libro {gas_day.isoformat()}")
        page.freeze_panes(1, 0)
        head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF2"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        hour = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        exact = book.add_format({"num_format": "#,##0.######"})
        for column, (name, width) in enumerate(zip(COLUMNS, _WIDTHS, strict=True)):
            page.set_column(column, column, width)
            page.write_string(0, column, name, head)
        for row, entry in enumerate(entries, start=1):
            page.write_datetime(row, 0, gas_day.date, day)
            for column in (1, 2, 3, 4, 5, 6, 8, 11):
                page.write_string(row, column, str(entry[column]))
            for column, figure in ((7, entry.quantity), (9, entry.mbtu), (10, entry.kpc)):
                if figure is not None:
                    page.write_number(row, column, _number(figure), exact)
            if entry.revision is not None:
                page.write_number(row, 12, entry.revision)
            if entry.received_at is not None:
                page.write_datetime(row, 13, entry.received_at.astimezone(BOGOTA).replace(tzinfo=None), hour)


def _read(
    day: str,
    kind: str,
    exit_point: str,
    carrier_code: str,
    contract: str,
    modality: str,
    point: str,
    quantity: str,
    unit: str,
    mbtu: str,
    kpc: str,
    origin: str,
    revision: str,
    received: str,
) -> Entry:
    arrived = datetime.fromisoformat(received).replace(tzinfo=BOGOTA) if received else None
    return Entry(
        GasDay(date.fromisoformat(day)),
        kind,
        rearm(exit_point),
        rearm(carrier_code),
        rearm(contract),
        modality,
        rearm(point),
        Quantity.of(_point(quantity), Unit(unit)) if quantity else None,
        unit,
        Quantity.of(_point(mbtu), Unit.MBTU) if mbtu else None,
        Decimal(_point(kpc)) if kpc else None,
        origin,
        int(revision) if revision else None,
        arrived,
    )


def _point(figure: str) -> str:
    return figure.replace(",", ".")


def _comma(value: Quantity | Decimal | None) -> str:
    return "" if value is None else plain(value).replace(".", ",")


def _number(value: Quantity | Decimal) -> float:
    return float(value.amount if isinstance(value, Quantity) else value)
