"""The words of what the consoles refuse."""

from __future__ import annotations

from collections.abc import Mapping

from portal.filters import hour_words
from portal.services.refusals import Refusal, Rejected

CLAIM_WORDS: Mapping[Refusal, str] = {
    Refusal.CLAIM_TEXT_MISSING: "Escriba el texto: el cliente lo lee tal cual.",
    Refusal.CLAIM_TEXT_TOO_LONG: "El texto tiene {length} caracteres y caben 2.000. Acórtelo.",
}

HOURS_WORDS: Mapping[Refusal, str] = {
    Refusal.REASON_MISSING: "Escriba la razón: los clientes la leen.",
    Refusal.REASON_TOO_LONG: "La razón tiene más de {most} caracteres: acórtela.",
    Refusal.CLOSE_IN_THE_PAST: "Esa hora ya pasó. Escriba un cierre que todavía esté por venir.",
    Refusal.CLOSE_OUT_OF_RANGE: (
        "El cierre debe quedar después del {first}, cuando abre, y antes del {last}, la última re-nominación."
    ),
}


def spoken_hours(refused: Rejected) -> Rejected:
    """Turn the moments of a refusal into words."""
    for name in ("first", "last"):
        if name in refused.facts:
            refused.facts[name] = hour_words(refused.facts[name])
    return refused
