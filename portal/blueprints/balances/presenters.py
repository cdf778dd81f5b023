"""The sheet as its template prints it: every figure and word a ready string, so that the loop over days only joins."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from portal.domain.calendar import day_short, day_words, month_words
from portal.domain.quantities import Quantity, Unit, half_up, plain
from portal.filters import NONE, UNIT_WORDS, quantity
from portal.services.balances import MonthSheet, SheetDay

from .words import CUT_WORDS, STATE_FLAGS, STATE_WORDS, days, side, tone

_SATURDAY = 5


class Cell(NamedTuple):
    """A figure: exact, as read, on whose side, and its marks."""

    value: str
    text: str
    words: str = ""
    css: str = ""
    incomplete: bool = False


class DayLine(NamedTuple):
    """A row of the table."""

    gas_day: str
    css: str
    day: str
    holiday: str | None
    nominated: Cell
    authorised: Cell
    consumed: Cell
    flags: tuple[str, ...]
    imbalance: Cell
    month_to_date: Cell
    total_to_date: Cell
    variation: Cell
    note: str | None


class KeyFigure(NamedTuple):
    """One of the three figures above the chart."""

    label: str
    cell: Cell
    unit: str
    words: str
    tone: str | None = None


class SheetPage(NamedTuple):
    """What the template prints of a month."""

    month: str
    unit: str
    tolerance: str
    figures: tuple[KeyFigure, ...]
    opening_words: str
    opening: Cell
    lines: tuple[DayLine, ...]
    totals: tuple[Cell, ...]
    flags: tuple[tuple[str, str], ...]
    cuts: tuple[tuple[str, str], ...]
    incomplete: str | None


def present(sheet: MonthSheet) -> SheetPage:
    """Return the strings of a sheet."""
    account = sheet.account
    unit = UNIT_WORDS[sheet.unit]
    return SheetPage(
        month=month_words(sheet.month),
        unit=unit,
        tolerance=percent(Decimal(sheet.tolerance_basis_points) / 100, fewest=0),
        figures=_key_figures(sheet, unit),
        opening_words=f"Saldo antes del 1 de {month_words(sheet.month)}",
        opening=_balance(account.opening, incomplete=sheet.opening_incomplete),
        lines=tuple([_line(day, sheet) for day in sheet.days]),
        totals=(
            _figure(account.nominated),
            _figure(account.authorised),
            _figure(account.consumed),
            _balance(account.imbalance, incomplete=account.incomplete),
            _balance(account.imbalance, incomplete=account.incomplete),
            _balance(account.closing, incomplete=account.closing_incomplete),
        ),
        flags=_flags(sheet),
        cuts=tuple(
            [
                (day_words(day.account.gas_day), CUT_WORDS[day.cut_reason])
                for day in sheet.days
                if day.cut_reason is not None
            ]
        ),
        incomplete=_incomplete(sheet),
    )


def percent(value: Decimal, *, fewest: int = 2) -> str:
    """Return a percentage of at most two decimals, ``fewest`` at least: "6,40 %"."""
    hundredths = half_up(int(value.scaleb(6)), 10**4)
    whole, rest = divmod(hundredths, 100)
    text = f"{whole:,}".replace(",", ".")
    return f"{text},{rest:02} %" if rest or fewest else f"{text} %"


def _line(day: SheetDay, sheet: MonthSheet) -> DayLine:
    account = day.account
    without = account.without_nomination
    return DayLine(
        gas_day=account.gas_day.isoformat(),
        css=_css(day, sheet),
        day=day_short(account.gas_day),
        holiday=day.holiday,
        nominated=Cell("", NONE, "sin nominación") if without else _figure(account.nominated),
        authorised=_figure(account.authorised, "con recorte" if day.cut_reason is not None else ""),
        consumed=_consumed(day, sheet),
        flags=_day_flags(day, sheet.unit),
        imbalance=Cell("", NONE) if account.imbalance is None else _balance(account.imbalance),
        month_to_date=_balance(account.month_to_date, incomplete=account.month_incomplete),
        total_to_date=_balance(account.total_to_date, incomplete=account.total_incomplete),
        variation=_variation(day),
        note=_note(day, sheet.unit),
    )


def _figure(value: Quantity | None, words: str = "") -> Cell:
    return Cell("", NONE, words) if value is None else Cell(plain(value), quantity(value), words)


def _balance(value: Quantity, *, incomplete: bool = False) -> Cell:
    colour = tone(value)
    return Cell(plain(value), quantity(value), side(value), f" is-{colour}" if colour else "", incomplete)


def _consumed(day: SheetDay, sheet: MonthSheet) -> Cell:
    account = day.account
    missing = account.consumed is None and account.gas_day < sheet.today
    return _figure(account.consumed, "sin medición" if missing else "")


def _variation(day: SheetDay) -> Cell:
    account = day.account
    if account.variation is None:
        return Cell("", NONE if account.consumed is None else "n. a.")
    text, value = percent(account.variation), plain(account.variation)
    return Cell(value, text, "fuera", " is-out is-against") if day.out_of_tolerance else Cell(value, text)


def _day_flags(day: SheetDay, unit: Unit) -> tuple[str, ...]:
    if day.reading_state is None:
        return ()
    flag = STATE_FLAGS[day.reading_state]
    # In m³ nothing that is shown was converted.
    return (flag, "PC") if unit is Unit.MBTU and day.heating_value_provisional else (flag,)


def _note(day: SheetDay, unit: Unit) -> str | None:
    moved = day.account.adjustment
    if moved.micro == 0:
        return None
    return f"Ajuste de la cuenta: {quantity(abs(moved))} {UNIT_WORDS[unit]} {side(moved)}"


def _css(day: SheetDay, sheet: MonthSheet) -> str:
    gas_day = day.account.gas_day
    names = []
    if gas_day.date.weekday() >= _SATURDAY:
        names.append("is-weekend")
    if day.holiday is not None:
        names.append("is-holiday")
    if gas_day == sheet.today:
        names.append("is-today")
    return " ".join(names)


def _key_figures(sheet: MonthSheet, unit: str) -> tuple[KeyFigure, ...]:
    account = sheet.account
    lasts = day_words(account.rows[-1].gas_day).split(" ", 1)[1] if account.rows else month_words(sheet.month)
    month, total = account.imbalance, account.closing
    return (
        KeyFigure(
            "Consumo del mes",
            _figure(account.consumed),
            unit,
            f"{account.measured_days} de {days(account.measured_days + sheet.missing_days)} con medición",
        ),
        KeyFigure(
            "Desbalance del mes",
            _balance(month),
            unit,
            _said(month, account.incomplete, "consumió menos de lo autorizado", "consumió más de lo autorizado"),
            tone(month) or None,
        ),
        KeyFigure(
            "Acumulado total",
            _balance(total),
            unit,
            _said(total, account.closing_incomplete, f"al {lasts}", f"al {lasts}"),
            tone(total) or None,
        ),
    )


def _said(value: Quantity, incomplete: bool, favour: str, against: str) -> str:
    words = side(value)
    said = f"{words}: {favour if value.micro > 0 else against}" if words else "en equilibrio"
    return f"{said}; incompleto" if incomplete else said


def _flags(sheet: MonthSheet) -> tuple[tuple[str, str], ...]:
    known = [(STATE_FLAGS[state], words) for state, words in STATE_WORDS.items()]
    if sheet.account.closing_incomplete:
        known.append(("I", "incompleto: falta alguna medición hasta ese día"))
    if any("PC" in _day_flags(day, sheet.unit) for day in sheet.days):
        known.append(("PC", "convertido con poder calorífico provisional (PC provisional)"))
    return tuple(known)


def _incomplete(sheet: MonthSheet) -> str | None:
    account = sheet.account
    if account.incomplete:
        return (
            f"Falta la medición de {days(sheet.missing_days)} de este mes: el acumulado no los cuenta y está"
            " incompleto hasta que llegue."
        )
    if account.closing_incomplete:
        return "Faltan mediciones de meses anteriores: el acumulado total no las cuenta y está incompleto."
    return None
