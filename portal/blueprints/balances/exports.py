"""The sheet as files: CSV that Excel opens right in Colombia, XLSX with real numbers and dates."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import xlsxwriter

from portal.domain.calendar import WEEKDAYS, month_words
from portal.domain.quantities import Quantity, Unit, plain
from portal.filters import UNIT_WORDS
from portal.services.balances import MonthSheet, SheetDay
from portal.services.opened_points import OpenedPoint

from .words import CUT_WORDS, STATE_FLAGS, side

# A spreadsheet takes text that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = {Unit.M3: "#,##0", Unit.MBTU: "#,##0.00"}
_DATE = "[$-es-CO]ddd d mmm yyyy"
_WIDTHS = (16, 12, 14, 14, 14, 9, 14, 14, 12, 14, 14, 14, 12, 60)


class Line(NamedTuple):
    """A day of the file, in the order of ``titles``; numbers are exact, None where there is none."""

    day: SheetDay
    figures: tuple[Decimal | None, ...]
    incomplete: str
    notes: str


def titles(unit: Unit) -> tuple[str, ...]:
    """Return the heads of the columns."""
    word = UNIT_WORDS[unit]
    return (
        "Día de gas",
        "Día",
        f"Nominación ({word})",
        f"Autorizada ({word})",
        f"Consumo ({word})",
        "Estado",
        f"Desbalance diario ({word})",
        f"Acumulado del mes ({word})",
        f"Ajuste ({word})",
        f"Acumulado total ({word})",
        "Variación (%)",
        "Tolerancia",
        "Acumulado",
        "Notas",
    )


def file_name(point: OpenedPoint, sheet: MonthSheet, kind: str) -> str:
    """Return a name that says what is inside, in ASCII: ``balance-eds-la-sabana-2026-11.csv``."""
    plain_name = unicodedata.normalize("NFKD", point.name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain_name).strip("-") or point.public_id
    return f"balance-{slug}-{sheet.month}.{kind}"


def as_csv(sheet: MonthSheet) -> bytes:
    """Return the sheet as CSV: ``;``, decimal comma, UTF-8 with a byte-order mark, one row a day and the totals."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(titles(sheet.unit))
    for line in _lines(sheet):
        account = line.day.account
        writer.writerow(
            [
                account.gas_day.isoformat(),
                WEEKDAYS[account.gas_day.date.weekday()],
                *[_comma(figure) for figure in line.figures[:3]],
                _state(line.day),
                *[_comma(figure) for figure in line.figures[3:]],
                _tolerance(line.day),
                line.incomplete,
                _harmless(line.notes),
            ]
        )
    nominated, authorised, consumed, *rest = [_comma(figure) for figure in _totals(sheet)]
    writer.writerow(["Total del mes", "", nominated, authorised, consumed, "", *rest, "", "", _end(sheet), ""])
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(sheet: MonthSheet, point: OpenedPoint) -> bytes:
    """Return the sheet as a workbook: real numbers and dates, the head frozen, one page wide on paper."""
    body = io.BytesIO()
    # Text stays text, whatever it begins with.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(body, options) as book:
        book.set_properties({"title": f"Cuenta de balance, {point.name}, {month_words(sheet.month)}"})
        page = book.add_worksheet(str(sheet.month))
        bold, head = book.add_format({"bold": True}), book.add_format({"bold": True, "text_wrap": True, "bottom": 1})
        number = book.add_format({"num_format": _NUMBER[sheet.unit]})
        date_format = book.add_format({"num_format": _DATE, "align": "left"})
        percent = book.add_format({"num_format": "0.00"})
        total = book.add_format({"bold": True, "top": 1, "num_format": _NUMBER[sheet.unit]})
        page.write_string(0, 0, f"Cuenta de balance de {point.name}, {month_words(sheet.month)}", bold)
        page.write_string(1, 0, f"{point.company_name}, contrato {point.contract_number}. MBTU: un millón de BTU.")
        for column, (title, width) in enumerate(zip(titles(sheet.unit), _WIDTHS, strict=True)):
            page.set_column(column, column, width)
            page.write_string(3, column, title, head)
        row = 3
        for row, line in enumerate(_lines(sheet), start=4):
            account = line.day.account
            page.write_datetime(row, 0, account.gas_day.date, date_format)
            page.write_string(row, 1, WEEKDAYS[account.gas_day.date.weekday()])
            for column, figure in zip((2, 3, 4, 6, 7, 8, 9, 10), line.figures, strict=True):
                if figure is not None:
                    page.write_number(row, column, figure, percent if column == 10 else number)
            page.write_string(row, 5, _state(line.day))
            page.write_string(row, 11, _tolerance(line.day))
            page.write_string(row, 12, line.incomplete)
            page.write_string(row, 13, line.notes)
        page.write_string(row + 1, 0, "Total del mes", total)
        for column, figure in zip((2, 3, 4, 6, 7, 8, 9), _totals(sheet), strict=True):
            page.write_number(row + 1, column, figure, total)
        page.write_string(row + 1, 12, _end(sheet), total)
        page.freeze_panes(4, 1)
        page.repeat_rows(3)
        page.set_landscape()
        page.set_paper(1)
        page.fit_to_pages(1, 0)
    return body.getvalue()


def _lines(sheet: MonthSheet) -> Iterator[Line]:
    for day in sheet.days:
        account = day.account
        figures = (
            _amount(account.nominated),
            _amount(account.authorised),
            _amount(account.consumed),
            _amount(account.imbalance),
            account.month_to_date.amount,
            account.adjustment.amount,
            account.total_to_date.amount,
            account.variation,
        )
        yield Line(day, figures, "incompleto" if account.total_incomplete else "", _notes(day, sheet))


def _totals(sheet: MonthSheet) -> tuple[Decimal, ...]:
    account = sheet.account
    sums = (account.nominated, account.authorised, account.consumed, account.imbalance, account.imbalance)
    return tuple([value.amount for value in (*sums, account.adjustment, account.closing)])


def _end(sheet: MonthSheet) -> str:
    return "incompleto" if sheet.account.closing_incomplete else ""


def _notes(day: SheetDay, sheet: MonthSheet) -> str:
    account = day.account
    said = []
    if day.holiday is not None:
        said.append(f"Festivo: {day.holiday}")
    if account.without_nomination:
        said.append("Sin nominación")
    if account.consumed is None and account.gas_day < sheet.today:
        said.append("Sin medición")
    if day.cut_reason is not None:
        said.append(f"Recorte: {CUT_WORDS[day.cut_reason]}")
    if account.imbalance is not None and account.imbalance.micro:
        said.append(f"Desbalance {side(account.imbalance)}")
    if sheet.unit is Unit.MBTU and day.heating_value_provisional and account.consumed is not None:
        said.append("PC provisional")
    return "; ".join(said)


def _state(day: SheetDay) -> str:
    return "" if day.reading_state is None else STATE_FLAGS[day.reading_state]


def _tolerance(day: SheetDay) -> str:
    if day.account.variation is None:
        return ""
    return "fuera" if day.out_of_tolerance else "dentro"


def _amount(value: Quantity | None) -> Decimal | None:
    return None if value is None else value.amount


def _comma(value: Decimal | None) -> str:
    return "" if value is None else plain(value).replace(".", ",")


def _harmless(text: str) -> str:
    """Keep a spreadsheet from running text that came from people."""
    return f"'{text}" if text.startswith(_FORMULA) else text
