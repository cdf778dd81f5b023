"""Refusals of a decision about a late nomination, in Spanish."""

from __future__ import annotations

from collections.abc import Mapping

from portal.services.store.refusals import Refusal

LATE_WORDS: Mapping[Refusal, str] = {
    Refusal.LATE_DECIDED: "Esta nominación tardía ya se decidió: vea quién y cuándo en el historial del día.",
    Refusal.LATE_REPLACED: "El cliente envió después otra solicitud para ese día: decida sobre la más reciente.",
    Refusal.CONTRACT_INACTIVE: "El punto {point} terminó antes de ese día: su nominación no se acepta.",
    Refusal.LATE_DAY_OVER: "Ese día de gas ya terminó: una nominación tardía se acepta mientras el día corre.",
}


def ended(sentence: str) -> str:
    """Return a typed text with a full stop, so that another sentence can follow."""
    return sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence}."
