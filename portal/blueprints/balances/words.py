"""Words of the sheet."""

from __future__ import annotations

from portal.domain import authorisations
from portal.domain.balance import MonthAccount
from portal.domain.calendar import day_words
from portal.domain.counts import agree, counted
from portal.domain.nominations import Channel
from portal.domain.quantities import Quantity
from portal.domain.readings import AdjustmentReason, ReadingState
from portal.web import filters
from portal.web.filters import quantity

# Letter that marks a consumption, and its meaning.
STATE_FLAGS = {
    ReadingState.PROVISIONAL: "P",
    ReadingState.CERTIFIED: "C",
    ReadingState.ESTIMATED: "E",
    ReadingState.CORRECTED: "A",
}
# Shared with the other pages that name readings and cuts.
STATE_WORDS, CUT_WORDS = filters.READING_STATE_WORDS, authorisations.CUT_WORDS
ADJUSTMENT_WORDS = {
    AdjustmentReason.NETTING: "Cruce",
    AdjustmentReason.PAYBACK: "Devolución",
    AdjustmentReason.COMPENSATION: "Compensación",
    AdjustmentReason.CORRECTION: "Corrección",
    AdjustmentReason.OPENING: "Saldo inicial",
    AdjustmentReason.TRANSFER: "Traslado de saldo",
}
CHANNEL_WORDS = {
    Channel.WEB: "portal",
    Channel.CALL: "llamada telefónica",
    Channel.OPERATOR: "operador de {distributor.name}",
    Channel.API: "sistema del cliente",
    Channel.POLICY: "puesta al cierre: nadie nominó",
    Channel.STANDING_ORDER: "orden permanente, al cierre",
    Channel.CARRIED_OVER: "antes del portal",
}


def tone(value: Quantity) -> str:
    """Return the colour that repeats ``tell_side``."""
    if value.micro == 0:
        return ""
    return "favour" if value.micro > 0 else "against"


# Beside a quantity that the rule of the point set at the close.
BY_RULE_WORDS = "no nominó: puesta al cierre"
# Beside a quantity that a standing order nominated.
BY_ORDER_WORDS = "por su orden permanente"
AFTER_END_WORDS = "después del fin"


def closing_words(account: MonthAccount) -> str:
    """Return the day of the balance at the end of a month: "con mediciones hasta el 26 de noviembre de 2026".

    "al 31 de octubre de 2026" once its last day is measured.
    """
    if account.measured_until is None:
        return "sin mediciones en este mes"
    until = day_words(account.measured_until.date).split(" ", 1)[1]
    return f"con mediciones hasta el {until}" if account.pending.days else f"al {until}"


def measured_words(account: MonthAccount) -> str:
    """Return which days the sums of a month cover."""
    if not account.pending.days:
        return "Total del mes"
    if account.measured_days == 0:
        return "Sin días medidos"
    return agree(account.measured_days, "En el día medido", "En los {} días medidos")


def pending_words(count: int) -> str:
    """Return "2 días por medir"."""
    return f"{days(count)} por medir"


def authorised_words(account: MonthAccount) -> str:
    """Return the basis of the imbalance where it is not the authorised sum; empty where it is."""
    if account.due == account.authorised:
        return ""
    return f"cuentan {quantity(account.due)}: sin autorizada vale lo nominado"


def days(count: int) -> str:
    """Return "1 día" or "22 días"."""
    return counted(count, "día", "días")
