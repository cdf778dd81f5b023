"""The words of the sheet."""

from __future__ import annotations

from portal import filters
from portal.domain import authorisations
from portal.domain.nominations import Channel
from portal.domain.quantities import Quantity
from portal.domain.readings import AdjustmentReason, ReadingState

# The letter that marks a consumption, and what it says.
STATE_FLAGS = {
    ReadingState.PROVISIONAL: "P",
    ReadingState.CERTIFIED: "C",
    ReadingState.ESTIMATED: "E",
    ReadingState.CORRECTED: "A",
}
# What the other pages that name readings and cuts say as well.
STATE_WORDS, CUT_WORDS = filters.READING_STATE_WORDS, authorisations.CUT_WORDS
ADJUSTMENT_WORDS = {
    AdjustmentReason.NETTING: "Cruce",
    AdjustmentReason.PAYBACK: "Devolución",
    AdjustmentReason.COMPENSATION: "Compensación",
    AdjustmentReason.CORRECTION: "Corrección",
}
CHANNEL_WORDS = {
    Channel.WEB: "portal",
    Channel.CALL: "llamada telefónica",
    Channel.OPERATOR: "operador de Llanogas",
    Channel.API: "sistema del cliente",
    Channel.POLICY: "regla al cierre: nadie nominó",
    Channel.CARRIED_OVER: "antes del portal",
}
FAVOUR, AGAINST = "a favor", "en contra"


def side(value: Quantity) -> str:
    """Return on whose side a balance is: gas not taken is the customer's; nothing for zero."""
    if value.micro == 0:
        return ""
    return FAVOUR if value.micro > 0 else AGAINST


def tone(value: Quantity) -> str:
    """Return the name of the colour that repeats ``side``."""
    if value.micro == 0:
        return ""
    return "favour" if value.micro > 0 else "against"


def days(count: int) -> str:
    """Return "1 día" or "22 días"."""
    return f"{count} día" if count == 1 else f"{count} días"
