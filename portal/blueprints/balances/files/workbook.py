"""Workbook of the account: real numbers and dates, a sheet per unit, frozen heads, one page wide on paper.

More than one month gets a sheet of months in front. Rows go to disk as they are written, so that twelve years take no
more memory than one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from portal.domain.calendar import MONTHS
from portal.domain.quantities import Gas, Quantity, Unit
from portal.services.account.balance_files import AccountSpan, FileDay, FileMonth
from portal.web.filters import CONTRACT_WORDS, UNIT_WORDS

from .columns import (
    COMPLETE_TITLE,
    Figures,
    Totals,
    balance_words,
    complete_word,
    completeness_of,
    figure_titles,
    figures_of,
    notes_of,
    state_of,
    tolerance_of,
    totals_of,
)

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

HEAD = 3
_MICRO = 10**6
_ADJUSTMENT = 7
# Excel's code of US letter paper.
_LETTER = 1
# 240A is Spanish of Colombia; programs other than Excel do not know it as "es-CO".
_DATE = "[$-240A]ddd d mmm yyyy"
_AMOUNT = {Unit.M3: "#,##0", Unit.MBTU: "#,##0.00"}
_DAY_WIDTHS = (17, 11, 11, 11, 7, 17, 18, 16, 18, 9, 10, 11, 36, 9)
_MONTH_WIDTHS = (16, *(12, 12, 12, 18, 16, 18) * 2, 9, 9, 7, 11, 26, 9)
_WORDS = ("Día de gas", "Mes", "Estado", "Tolerancia", COMPLETE_TITLE, "Notas", "Cierre")
_SAID = "MBTU: un millón de BTU; los m³ son estándar (14,65 psia y 60 °F). A favor: lo que dejó de tomar; en contra:"
_SAID += " lo que tomó de más. Estado: P provisional, C certificado, E estimado, A ajustado después de certificado."


class _Formats(NamedTuple):
    """Formats of the cells, in one unit."""

    title: Format
    head: Format
    head_word: Format
    head_right: Format
    date: Format
    percent: Format
    text: Format
    word: Format
    heating: Format
    label: Format
    plain_label: Format
    total: Format
    total_count: Format
    amount: Format
    balance: Format
    total_amount: Format
    total_balance: Format


class _DayPage:
    """Days of the account in one unit, written from top to bottom."""

    def __init__(self, page: Worksheet, unit: Unit, formats: _Formats) -> None:
        self._page, self._unit, self._formats = page, unit, formats
        self._row = HEAD + 1
        names = figure_titles(unit)
        titles = ("Día de gas", *names[:3], "Estado", *names[3:], "Variación (%)", "Tolerancia", COMPLETE_TITLE)
        _head(page, (*titles, "Notas", "PC (BTU/pie³)"), _DAY_WIDTHS, formats)

    def begin(self, opening: Gas, *, incomplete: bool) -> None:
        """Write the opening balance, in the column of balances."""
        page, formats, row = self._page, self._formats, self._row
        page.write_string(row, 0, "Saldo anterior", formats.plain_label)
        page.write_number(row, 8, opening.in_unit(self._unit).micro / _MICRO, formats.balance)
        page.write_string(row, 11, complete_word(incomplete=incomplete), formats.word)
        self._row += 1

    def add(self, day: FileDay) -> None:
        """Write the next day."""
        page, row, formats, account = self._page, self._row, self._formats, day.accounts[self._unit]
        page.write_datetime(row, 0, day.gas_day.date, formats.date)
        self._figures(row, figures_of(account), formats.amount, formats.balance, blank=account.adjustment.micro == 0)
        page.write_string(row, 4, state_of(day), formats.word)
        if account.variation is not None:
            page.write_number(row, 9, float(account.variation), formats.percent)
        for column, text in (
            (10, tolerance_of(day, self._unit)),
            (11, completeness_of(day, self._unit)),
        ):
            if text:
                page.write_string(row, column, text, formats.word)
        if notes := notes_of(day, self._unit):
            page.write_string(row, 12, notes, formats.text)
        if day.heating_value is not None:
            page.write_number(row, 13, float(day.heating_value.amount), formats.heating)
        self._row += 1

    def end(self, totals: Totals) -> None:
        """Write the sums of the measured days, those of the other days, and the balance."""
        page, formats, row = self._page, self._formats, self._row
        page.autofilter(HEAD, 0, row - 1, len(_DAY_WIDTHS) - 1)
        page.write_string(row, 0, totals.label, formats.label)
        for column in (4, 6, 8, 9, 11, 12, 13):
            page.write_blank(row, column, None, formats.total)
        *sums, closing = totals.figures(self._unit)
        self._figures(row, (*sums, None), formats.total_amount, formats.total_balance)
        page.write_string(row, 10, f"{totals.days_out} fuera", formats.total)
        if totals.pending_days:
            row += 1
            page.write_string(row, 0, totals.pending_label, formats.plain_label)
            nothing: tuple[Quantity | None, ...] = (None,) * 5
            self._figures(row, (*totals.pending(self._unit), *nothing), formats.amount, formats.balance)
        row += 1
        page.write_string(row, 0, totals.balance_label, formats.plain_label)
        if closing is not None:
            page.write_number(row, 8, closing.micro / _MICRO, formats.total_balance)
        page.write_string(row, 11, complete_word(incomplete=totals.incomplete), formats.word)

    def _figures(self, row: int, figures: Figures, amount: Format, balance: Format, *, blank: bool = False) -> None:
        """Write the quantities; ``blank`` leaves out the adjustment of a day without one."""
        places = ((1, amount), (2, amount), (3, amount), (5, balance), (6, balance), (7, balance), (8, balance))
        for (column, form), figure in zip(places, figures, strict=True):
            if figure is not None and not (blank and column == _ADJUSTMENT):
                self._page.write_number(row, column, figure.micro / _MICRO, form)


class _MonthPage:
    """Months of the account in both units."""

    def __init__(self, page: Worksheet, span: AccountSpan, formats: dict[Unit, _Formats]) -> None:
        self._page, self._span, self._formats = page, span, formats
        self._row = HEAD + 1
        titles = ["Mes"]
        for unit in span.units:
            names = figure_titles(unit)
            titles += [*names[:3], f"Desbalance del mes ({UNIT_WORDS[unit]})", *names[5:]]
        titles += ["Días con medición", "Días sin medición", "Días fuera", COMPLETE_TITLE, "Cierre", "Días por medir"]
        _head(page, titles, _MONTH_WIDTHS, formats[span.unit])

    def add(self, month: FileMonth) -> None:
        """Write the next month."""
        page, row, own = self._page, self._row, month.accounts[self._span.unit]
        page.write_string(row, 0, f"{MONTHS[month.month.number - 1]} {month.month.year}")
        self._figures(row, {unit: totals_of(month.accounts[unit]) for unit in Unit}, total=False)
        for column, count in ((13, month.measured_days), (14, month.missing_days), (15, month.days_out)):
            page.write_number(row, column, count)
        # Today and the days to come are no gap yet, and the month is not whole without them.
        complete = complete_word(incomplete=own.closing_incomplete or own.pending.days > 0)
        page.write_string(row, 16, complete, self._formats[self._span.unit].word)
        if month.closed:
            last = month.closed[-1]
            version = "" if last.version == 1 else f", versión {last.version}"
            page.write_string(row, 17, f"Cerrado: {last.number}{version}", self._formats[self._span.unit].word)
        page.write_number(row, 18, own.pending.days)
        self._row += 1

    def end(self, totals: Totals) -> None:
        """Write the sums."""
        page, row, formats = self._page, self._row, self._formats[self._span.unit]
        page.autofilter(HEAD, 0, row - 1, len(_MONTH_WIDTHS) - 1)
        page.write_string(row, 0, totals.label, formats.label)
        self._figures(self._row, {unit: totals.figures(unit) for unit in Unit}, total=True)
        for column, count in ((13, totals.measured_days), (14, totals.missing_days), (15, totals.days_out)):
            page.write_number(row, column, count, formats.total_count)
        complete = complete_word(incomplete=totals.incomplete or totals.pending_days > 0)
        page.write_string(row, 16, complete, formats.total)
        page.write_blank(row, 17, None, formats.total)
        page.write_number(row, 18, totals.pending_days, formats.total_count)

    def _figures(self, row: int, figures: dict[Unit, Figures], *, total: bool) -> None:
        for first, unit in zip((1, 7), self._span.units, strict=True):
            formats = self._formats[unit]
            amount = formats.total_amount if total else formats.amount
            balance = formats.total_balance if total else formats.balance
            nominated, authorised, consumed, imbalance, _, adjustment, closing = figures[unit]
            shown = ((nominated, amount), (authorised, amount), (consumed, amount), (imbalance, balance))
            for column, (figure, form) in enumerate((*shown, (adjustment, balance), (closing, balance)), start=first):
                if figure is not None:
                    self._page.write_number(row, column, figure.micro / _MICRO, form)


def write_xlsx(span: AccountSpan, period: str, into: IO[bytes], *, company: str) -> None:
    """Write the account as a workbook of ``company``; ``period`` in words: "noviembre de 2026"."""
    # Text stays text, whatever its first character.
    options = {"constant_memory": True}
    options |= {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    title = f"Cuenta de balance de {span.point.name}, {period}"
    # Few processes ever write one (docs/adr/0149).
    import xlsxwriter

    with xlsxwriter.Workbook(into, options) as book:
        book.set_properties({"title": title, "company": company})
        formats = {unit: _formats(book, unit) for unit in Unit}
        by_month = None
        if span.first != span.last:
            by_month = _MonthPage(_page(book, "Meses", title, span, formats[span.unit]), span, formats)
        pages = [
            _DayPage(_page(book, f"Días {UNIT_WORDS[unit]}", title, span, formats[unit]), unit, formats[unit])
            for unit in span.units
        ]
        totals = Totals(span.units)
        for month in span.months():
            if not totals.months:
                for page in pages:
                    page.begin(span.records.opening, incomplete=span.opening_incomplete)
            totals.add(month)
            if by_month is not None:
                by_month.add(month)
            for day in month.days:
                for page in pages:
                    page.add(day)
        for ended in (*pages, by_month):
            if ended is not None:
                ended.end(totals)


def _page(book: Any, name: str, title: str, span: AccountSpan, formats: _Formats) -> Worksheet:
    """Return a new sheet with its title block, set up for paper."""
    page, point = book.add_worksheet(name), span.point
    page.freeze_panes(HEAD + 1, 1)
    page.set_landscape()
    page.set_paper(_LETTER)
    page.fit_to_pages(1, 0)
    page.repeat_rows(HEAD)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.set_footer(f"&L{title.replace('&', '&&')}&RPágina &P de &N")
    page.write_string(0, 0, title, formats.title)
    supplier = f", gas de {point.supplier_name}" if point.supplier_name else ""
    contract = f"contrato {point.contract_number}, {CONTRACT_WORDS[point.modality]}{supplier}"
    opening = " y ".join([balance_words(span.records.opening.in_unit(unit)) for unit in span.units])
    page.write_string(1, 0, f"{point.company_name}, {contract}, {point.municipality}. Saldo anterior: {opening}.")
    page.write_string(2, 0, _SAID)
    return page


def _head(page: Worksheet, titles: Sequence[str], widths: Sequence[float], formats: _Formats) -> None:
    page.set_row(HEAD, 32)
    for column, (title, width) in enumerate(zip(titles, widths, strict=True)):
        page.set_column(column, column, width)
        # A head is aligned like its figures, to the right.
        words = formats.head if column == 0 else formats.head_word
        page.write_string(HEAD, column, title, words if title in _WORDS else formats.head_right)


def _formats(book: Any, unit: Unit) -> _Formats:
    amount = _AMOUNT[unit]
    # The words belong to the number format: the cell holds only the number.
    balance = f'{amount}" a favor";-{amount}" en contra";{amount}'
    head = {"bold": True, "text_wrap": True, "valign": "vcenter", "bottom": 1, "bg_color": "#E8EEF2"}
    total = {"bold": True, "top": 1}
    make: Callable[[dict[str, Any]], Format] = book.add_format
    return _Formats(
        title=make({"bold": True, "font_size": 14}),
        head=make(head),
        head_word=make({**head, "indent": 1}),
        head_right=make({**head, "align": "right"}),
        date=make({"num_format": _DATE, "align": "left"}),
        percent=make({"num_format": "0.00"}),
        text=make({"text_wrap": True, "indent": 1}),
        word=make({"indent": 1}),
        heating=make({"num_format": "0.0"}),
        label=make(total),
        plain_label=make({"bold": True}),
        total=make({**total, "indent": 1}),
        total_count=make({**total, "num_format": "0"}),
        amount=make({"num_format": amount}),
        balance=make({"num_format": balance}),
        total_amount=make({**total, "num_format": amount}),
        total_balance=make({**total, "num_format": balance}),
    )
