"""Words of the practice."""

from __future__ import annotations

from portal.domain.calendar import day_words
from portal.services.store.refusals import Refusal, Rejected
from portal.web.filters import hour_words

WORDS = {
    Refusal.TOO_LATE: "La nominación para el {gas_day} cerró el {closed_at}. Pruebe con otro día.",
    Refusal.TOO_EARLY: "Para el {gas_day} la nominación se recibe a partir del {opens_at}. Pruebe con otro día.",
    Refusal.PRACTICE_DAY: "Para ese día no se recibe ahora una nominación. Pruebe con otro día.",
    Refusal.PRACTICE_FULL: "Ya practicó {most} veces hoy. Mañana puede practicar otra vez.",
    Refusal.PRACTICE_CODE: "Código incorrecto. Es el código de práctica que está escrito arriba.",
}


def spoken(refused: Rejected) -> Rejected:
    """Return a refusal with its day and the moment of its opening or close in words."""
    facts = refused.facts
    if "gas_day" in facts:
        facts["gas_day"] = day_words(facts["gas_day"])
    for name in facts.keys() & {"opens_at", "closed_at"}:
        facts[name] = hour_words(facts[name])
    return refused
