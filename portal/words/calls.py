"""Calls in Spanish: methods, outcomes, and the sentences that an agent reads aloud about a point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from portal.domain.authorisations import CUT_WORDS
from portal.domain.balance import tell_side
from portal.domain.calendar import day_words
from portal.domain.counts import agree
from portal.domain.keys import LetterState
from portal.domain.lifecycle import STILL_MISSING
from portal.domain.quantities import Quantity
from portal.services.account.balances import MonthSheet, SheetDay
from portal.services.calls import Panel
from portal.services.nominations import DayStanding
from portal.web.filters import measure, moment_words

from .day_states import day_chip, if_missing

LETTER_WORDS: Mapping[LetterState, str] = {
    LetterState.REQUESTED: "Pedida, por aprobar",
    LetterState.APPROVED: "Aprobada, por imprimir",
    LetterState.PRINTED: "Impresa, por despachar",
    LetterState.REJECTED: "No aprobada",
    LetterState.DISPATCHED: "Despachada",
    LetterState.CANCELLED: "Cancelada",
    LetterState.LOST: "Perdida",
}
# Cuts of so many last days are explained.
CUTS_TOLD = 2


def sentences_of(panel: Panel, *, now: datetime) -> list[str]:
    """Return the sentences about the point that an agent may read aloud, the most pressing first."""
    return [
        _day_sentence("Mañana", panel.tomorrow, now),
        _day_sentence("Hoy", panel.today, now),
        *_cuts(panel.sheet),
        *_last_reading(panel),
        *_balance(panel.sheet),
    ]


def _day_sentence(when: str, standing: DayStanding, now: datetime) -> str:
    chip = day_chip(standing, now=now, proved=True)
    said = f"{when}, {day_words(standing.gas_day.date)}: {_lower(chip.text)}."
    if standing.state in STILL_MISSING and standing.closes_at is not None:
        # Without the time that is left: a sentence on an open page stays true.
        said = f"{when}, {day_words(standing.gas_day.date)}, no tiene nominación."
        said += f" Se recibe hasta {moment_words(standing.closes_at, now)}"
        rule = "" if standing.policy is None else f"; si no llega, {if_missing(standing)}"
        said += f"{rule}."
    return " ".join(filter(None, [said, chip.then]))


def _cuts(sheet: MonthSheet) -> Iterator[str]:
    cut = [day for day in sheet.days if day.cut_reason is not None and day.account.authorised is not None]
    for day in list(reversed(cut))[:CUTS_TOLD]:
        account = day.account
        reason = CUT_WORDS[day.cut_reason] if day.cut_reason is not None else ""
        yield (
            f"El {day_words(account.gas_day.date)} pidió {measure(account.nominated)}; se autorizaron "
            f"{measure(account.authorised)}, porque: {reason}."
        )


def _last_reading(panel: Panel) -> Iterator[str]:
    if not panel.readings:
        yield "Este mes y el anterior no hay consumos registrados."
        return
    last: SheetDay = panel.readings[0]
    account = last.account
    due = "sin nada autorizado ni nominado" if account.without_nomination else f"de {measure(account.due)}"
    yield (
        f"La última medición es del {day_words(account.gas_day.date)}: tomó {measure(account.consumed)} {due}"
        f"{_imbalance(account.imbalance)}."
    )


def _imbalance(value: Quantity | None) -> str:
    if value is None:
        return ""
    if value.micro == 0:
        return ", en equilibrio"
    return f"; {measure(abs(value))} {tell_side(value)}"


def _balance(sheet: MonthSheet) -> Iterator[str]:
    account = sheet.account
    if not account.measured_days:
        yield f"Este mes todavía no tiene días medidos; en total la cuenta está {_standing(account.closing)}."
        return
    yield f"Este mes va {_standing(account.imbalance)}, y en total la cuenta está {_standing(account.closing)}."
    if sheet.missing_days:
        yield f"{agree(sheet.missing_days, 'Falta 1 día', 'Faltan {} días')} de este mes por medir."


def _standing(value: Quantity) -> str:
    return "en equilibrio" if value.micro == 0 else f"{measure(abs(value))} {tell_side(value)}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
