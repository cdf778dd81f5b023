"""The tariffs of May 2024 as the program brings them along, and files of tariffs made of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from decimal import Decimal

import xlsxwriter

from portal.domain.gas_day import Month
from portal.domain.tariffs import Figure, build_sheet
from portal.services.market.tariffs import FIELDS, FOLDER, list_file_rows, read_packaged_figures

MAY = Month(2024, 5)
JUNE = Month(2024, 6)
FIGURES = list(read_packaged_figures(FOLDER / "2024-05.csv"))
MAY_2024 = build_sheet(MAY, FIGURES)
Change = Callable[[Figure], Figure | None]


def changed(place: Figure, **values: object) -> list[Figure]:
    """The figures with one of them changed, found by its place."""
    assert any(figure.place == place.place for figure in FIGURES)
    return [figure._replace(**values) if figure.place == place.place else figure for figure in FIGURES]


def csv_of(figures: Iterable[Figure] = FIGURES, *, delimiter: str = ";", encoding: str = "utf-8") -> bytes:
    """A file of these figures, as the template has them."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows([FIELDS, *list_file_rows(list(figures))])
    return text.getvalue().encode(encoding)


def xlsx_of(figures: Iterable[Figure] = FIGURES) -> bytes:
    """The same as a workbook with numbers, as staff would save it."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held) as book:
        sheet = book.add_worksheet("Tarifas")
        sheet.write_row(0, 0, FIELDS)
        for line, figure in enumerate(figures, start=1):
            (row,) = list_file_rows([figure])
            for column, text in enumerate(row):
                number = {3: figure.stratum, 4: figure.first, 5: figure.last, 6: figure.value}.get(column)
                if isinstance(number, int | Decimal):
                    sheet.write_number(line, column, float(number))
                elif text:
                    sheet.write_string(line, column, text)
    return held.getvalue()


def line_of(place: Figure) -> int:
    """The row of a figure in a file of all of them."""
    return next(line for line, figure in enumerate(FIGURES, start=2) if figure.place == place.place)
