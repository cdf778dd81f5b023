"""Sheet for its template: every figure and word a ready string, for a fast loop over days."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from portal.domain.balance import MonthAccount
from portal.domain.calendar import day_short, day_words, month_words
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Unit, plain
from portal.services.account.balances import Marks, MonthSheet, SheetDay
from portal.web.filters import NONE, UNIT_WORDS, heating_value

from .cells import EMPTY, Cell, KeyFigure, balance, figure, percent, share_words, side_words, strayed
from .notes import Closed, Note, closed, notes_by_day
from .words import (
    AFTER_END_WORDS,
    BY_ORDER_WORDS,
    BY_RULE_WORDS,
    CUT_WORDS,
    STATE_FLAGS,
    STATE_WORDS,
    authorised_words,
    closing_words,
    days,
    measured_words,
    pending_words,
    tone,
)

_SATURDAY = 5


class DayLine(NamedTuple):
    """Row of the table; ``claim`` says whether the day may be disputed, or where its open claim is."""

    gas_day: str
    number: str
    css: str
    day: str
    holiday: str | None
    nominated: Cell
    authorised: Cell
    consumed: Cell
    flags: tuple[str, ...]
    heating: Cell
    imbalance: Cell
    month_to_date: Cell
    total_to_date: Cell
    variation: Cell
    has_passed: bool
    open_claim: str | None
    notes: tuple[Note, ...]


class TotalLine(NamedTuple):
    """Row under the days: the days summed, and each sum under the title of its column."""

    label: str
    cells: tuple[tuple[str, Cell], ...]


class SheetPage(NamedTuple):
    """Page of a month; ``heating``: it has a column of heating values."""

    month: str
    unit: str
    tolerance: str
    figures: tuple[KeyFigure, ...]
    opening_words: str
    opening: Cell
    lines: tuple[DayLine, ...]
    totals: TotalLine
    pending: TotalLine | None
    heating: bool
    days_out: str
    flags: tuple[tuple[str, str], ...]
    cuts: tuple[tuple[str, str], ...]
    incomplete: str | None
    begins: str | None
    ended: str | None
    closed: Closed | None


def present(sheet: MonthSheet, marks: Marks) -> SheetPage:
    """Return the strings of a sheet and of the notes beside its days."""
    account = sheet.account
    unit = UNIT_WORDS[sheet.unit]
    notes = notes_by_day(marks)
    open_claims = {claim.gas_day: claim.public_id for claim in marks.claims if claim.is_open}
    outside = sum([day.out_of_tolerance for day in sheet.days])
    return SheetPage(
        month=month_words(sheet.month),
        unit=unit,
        tolerance=percent(Decimal(sheet.tolerance_basis_points) / 100, fewest=0),
        figures=_key_figures(sheet, unit),
        opening_words=_opening_words(sheet),
        opening=balance(account.opening, incomplete=sheet.opening_incomplete),
        lines=tuple(
            [
                _line(
                    day,
                    sheet,
                    notes.get(day.account.gas_day, ()),
                    open_claims.get(day.account.gas_day),
                    origin=_origin_words(day.account.gas_day, marks),
                )
                for day in sheet.days
            ]
        ),
        totals=_totals(account),
        pending=_pending(account),
        heating=_shows_heating(sheet),
        days_out=f"{days(outside)} fuera",
        flags=_flags(sheet),
        cuts=tuple(
            [
                (day_words(day.account.gas_day), CUT_WORDS[day.cut_reason])
                for day in sheet.days
                if day.cut_reason is not None
            ]
        ),
        incomplete=_incomplete(sheet),
        begins=_begins(sheet),
        ended=_ended(sheet),
        closed=closed(marks.closings),
    )


def _origin_words(gas_day: GasDay, marks: Marks) -> str:
    """Return the words beside a quantity that nobody sent for its day; blank beside others."""
    if gas_day in marks.by_rule:
        return BY_RULE_WORDS
    return BY_ORDER_WORDS if gas_day in marks.by_order else ""


def _line(day: SheetDay, sheet: MonthSheet, notes: tuple[Note, ...], open_claim: str | None, *, origin: str) -> DayLine:
    account = day.account
    without = account.without_nomination
    return DayLine(
        gas_day=account.gas_day.isoformat(),
        number=f"{account.gas_day.date.day:02}",
        css=_css(day, sheet),
        day=day_short(account.gas_day),
        holiday=day.holiday,
        nominated=Cell("", NONE, "sin nominación") if without else figure(account.nominated, origin),
        authorised=figure(account.authorised, "con recorte" if day.cut_reason is not None else ""),
        consumed=_consumed(day, sheet),
        flags=_day_flags(day, sheet.unit),
        heating=_heating(day),
        imbalance=EMPTY if account.imbalance is None else balance(account.imbalance),
        month_to_date=balance(account.month_to_date, incomplete=account.month_incomplete),
        total_to_date=balance(account.total_to_date, incomplete=account.total_incomplete),
        variation=EMPTY if account.consumed is None else strayed(account.variation, day.out_of_tolerance),
        has_passed=account.gas_day < sheet.today and not sheet.is_after_end(account.gas_day),
        open_claim=open_claim,
        notes=notes,
    )


def _totals(account: MonthAccount) -> TotalLine:
    closing = balance(account.closing, incomplete=account.closing_incomplete)
    allowed = figure(account.authorised, authorised_words(account))
    return TotalLine(
        measured_words(account),
        (
            ("Nominación", figure(account.nominated)),
            ("Autorizada", allowed),
            ("Consumo", figure(account.consumed)),
            ("Desbalance", balance(account.imbalance, incomplete=account.incomplete)),
            ("Acumulado del mes", balance(account.imbalance, incomplete=account.incomplete)),
            ("Acumulado total", closing._replace(words=f"{closing.words}, saldo".removeprefix(", "))),
        ),
    )


def _pending(account: MonthAccount) -> TotalLine | None:
    pending = account.pending
    if not pending.days:
        return None
    return TotalLine(
        pending_words(pending.days),
        (("Nominación", figure(pending.nominated)), ("Autorizada", figure(pending.authorised))),
    )


def _opening_words(sheet: MonthSheet) -> str:
    words = f"Saldo antes del 1 de {month_words(sheet.month)}"
    # Of a future month: the running month still moves it.
    return f"{words}, con lo medido hasta hoy" if sheet.month.first > sheet.today else words


def _consumed(day: SheetDay, sheet: MonthSheet) -> Cell:
    account = day.account
    if sheet.is_after_end(account.gas_day):
        return figure(account.consumed, AFTER_END_WORDS)
    missing = account.consumed is None and account.gas_day < sheet.today
    return figure(account.consumed, "sin medición" if missing else "")


def _shows_heating(sheet: MonthSheet) -> bool:
    # For a point in m³ shown in m³ nothing was converted.
    return sheet.converted or sheet.unit is Unit.MBTU


def _heating(day: SheetDay) -> Cell:
    value = day.heating_value
    if value is None:
        return EMPTY
    return Cell(plain(value.amount), heating_value(value), "provisional" if day.heating_value_provisional else "")


def _day_flags(day: SheetDay, unit: Unit) -> tuple[str, ...]:
    if day.reading_state is None:
        return ()
    flag = STATE_FLAGS[day.reading_state]
    return (flag, "PC") if unit is Unit.MBTU and day.heating_value_provisional else (flag,)


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
    until = closing_words(account)
    month, total = account.imbalance, account.closing
    return (
        KeyFigure(
            "Consumo del mes",
            figure(account.consumed),
            unit,
            share_words(account.measured_days, sheet.missing_days),
        ),
        KeyFigure(
            "Desbalance del mes",
            balance(month),
            unit,
            side_words(
                month,
                account.incomplete,
                "consumió menos de lo autorizado",
                "consumió más de lo autorizado",
                measured=account.measured_days > 0,
            ),
            tone(month) or None,
        ),
        KeyFigure(
            "Acumulado total",
            balance(total),
            unit,
            side_words(total, account.closing_incomplete, until, until),
            tone(total) or None,
        ),
    )


def _flags(sheet: MonthSheet) -> tuple[tuple[str, str], ...]:
    known = [(STATE_FLAGS[state], words) for state, words in STATE_WORDS.items()]
    if sheet.account.closing_incomplete:
        known.append(("I", "incompleto: falta alguna medición hasta ese día"))
    if any("PC" in _day_flags(day, sheet.unit) for day in sheet.days):
        known.append(("PC", "convertido con poder calorífico provisional (PC provisional)"))
    return tuple(known)


def _begins(sheet: MonthSheet) -> str | None:
    if sheet.starts_on <= sheet.today:
        return None
    return f"Este punto comienza el {day_words(sheet.starts_on.date)}: desde ese día se nomina y se mide."


def _ended(sheet: MonthSheet) -> str | None:
    if sheet.ends_on is None or sheet.ends_on > sheet.today:
        return None
    return f"Este punto terminó el {day_words(sheet.ends_on.plus(-1).date)}: ya no se nomina."


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
