"""CSV of the account for Excel in Colombia: ``;``, decimal comma, UTF-8 with a byte-order mark.

Days are written ``2026-11-01``, which Excel reads as a date in any language. Every figure is exact; the second unit
stands to the right of the notes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal

from portal.domain.calendar import WEEKDAYS
from portal.domain.quantities import HeatingValue, Quantity, plain
from portal.services.account.balance_files import AccountSpan, FileDay
from portal.services.files.cells import disarmed

from .columns import (
    COMPLETE_TITLE,
    Figures,
    Totals,
    complete_word,
    completeness_of,
    figure_titles,
    figures_of,
    notes_of,
    state_of,
    tolerance_of,
    variation_of,
)

_MARK = "\ufeff"


def as_csv(span: AccountSpan) -> Iterator[bytes]:
    """Yield the CSV a month at a time: head, a row for each day, sums."""
    yield _block([_head(span)], _MARK)
    totals = Totals(span.units)
    for month in span.months():
        totals.add(month)
        yield _block([_row(day, span) for day in month.days])
    yield _block(list(_ends(totals, span)))


def _head(span: AccountSpan) -> list[str]:
    own, other = [figure_titles(unit) for unit in span.units]
    return [
        *("Día de gas", "Día"),
        *own[:3],
        "Estado",
        *own[3:],
        *("Variación (%)", "Tolerancia", COMPLETE_TITLE, "Notas"),
        *other,
        *("Poder calorífico (BTU/pie³)", "PC"),
    ]


def _row(day: FileDay, span: AccountSpan) -> list[str]:
    unit, second = span.units
    own, other = [[_comma(figure) for figure in figures_of(day.accounts[each])] for each in (unit, second)]
    return [
        day.gas_day.isoformat(),
        WEEKDAYS[day.gas_day.date.weekday()],
        *own[:3],
        state_of(day),
        *own[3:],
        _comma(variation_of(day, unit)),
        tolerance_of(day, unit),
        completeness_of(day, unit),
        disarmed(notes_of(day, unit, says_side=True)),
        *other,
        _comma(day.heating_value),
        "provisional" if day.heating_value_provisional else "",
    ]


def _ends(totals: Totals, span: AccountSpan) -> Iterator[list[str]]:
    """Yield the sums of the measured days and, if there are other days, their nominated and authorised sums."""
    complete = complete_word(incomplete=totals.incomplete)
    yield _sums(totals.label, [totals.figures(unit) for unit in span.units], complete)
    if totals.pending_days:
        nothing = (None,) * 5
        yield _sums(totals.pending_label, [(*totals.pending(unit), *nothing) for unit in span.units], "")


def _sums(label: str, figures: list[Figures], complete: str) -> list[str]:
    own, other = [[_comma(figure) for figure in each] for each in figures]
    return [
        *(label, ""),
        *own[:3],
        "",
        *own[3:],
        *("", "", complete, ""),
        *other,
        *("", ""),
    ]


def _block(rows: list[list[str]], before: str = "") -> bytes:
    text = io.StringIO()
    text.write(before)
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _comma(value: Quantity | Decimal | HeatingValue | None) -> str:
    if value is None:
        return ""
    return plain(value.amount if isinstance(value, HeatingValue) else value).replace(".", ",")
