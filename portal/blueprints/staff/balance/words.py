"""Words of the adjustments: reasons, examples, refusals."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.quantities import Unit
from portal.domain.readings import AdjustmentReason
from portal.services.store.refusals import Refusal, Rejected
from portal.web.filters import size
from portal.words.closings import CLOSING_WORDS
from portal.words.refusals import say_facts

REASON_WORDS: Mapping[AdjustmentReason, str] = {
    AdjustmentReason.NETTING: "Cruce con otro punto de la empresa",
    AdjustmentReason.PAYBACK: "Devolución",
    AdjustmentReason.COMPENSATION: "Compensación",
    AdjustmentReason.CORRECTION: "Corrección",
    AdjustmentReason.OPENING: "Saldo inicial",
    AdjustmentReason.TRANSFER: "Traslado de saldo",
}
QUANTITY_EXAMPLES: Mapping[Unit, str] = {Unit.M3: "1.500", Unit.MBTU: "59,86"}

ADJUSTMENT_WORDS: Mapping[Refusal, str] = {
    refusal: CLOSING_WORDS[refusal]
    for refusal in (
        Refusal.ADJUSTMENT_KIND,
        Refusal.NETTING_POINT,
        Refusal.NETTING_TOO_MUCH,
        Refusal.ADJUSTMENT_BY_SUPERVISOR,
        Refusal.OWN_REQUEST,
        Refusal.NOTE_MISSING,
        Refusal.NOTE_TOO_LONG,
        Refusal.QUANTITY_ZERO,
        Refusal.DAY_TO_COME,
        Refusal.DAY_NOT_SERVED,
        Refusal.MONTH_CLOSED,
    )
}


def spoken(refused: Rejected) -> Rejected:
    """Turn the facts of a refusal into the words of its sentence; a balance has its side beside it."""
    return say_facts(refused, say_quantity=size)
