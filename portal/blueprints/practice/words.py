"""Words of the practice."""

from __future__ import annotations

from portal.domain.calendar import day_words
from portal.services.store.refusals import Refusal, Rejected
from portal.web.filters import hour_words

BAD_QUANTITY = "No reconocemos esa cantidad. Escriba solo la cifra en m³, sin decimales, como 12.500."
OTHER_UNIT = "Este punto es en m³: escriba la cantidad en m³, sin decimales, como 12.500."
WORDS = {
    Refusal.TOO_LATE: "La nominación para el {gas_day} cerró el {closed_at}. Pruebe con otro día.",
    Refusal.PRACTICE_DAY: "Para ese día no se recibe ahora una nominación. Pruebe con otro día.",
    Refusal.PRACTICE_FULL: "Ya practicó {most} veces hoy. Mañana puede practicar otra vez.",
    Refusal.PRACTICE_CODE: "Código incorrecto. Es el código de práctica que está escrito arriba.",
}


def spoken(refused: Rejected) -> Rejected:
    """Return a refusal with the day and the moment of its close in words."""
    if refused.refusal is Refusal.TOO_LATE:
        day, closed_at = refused.facts["gas_day"], refused.facts["closed_at"]
        refused.facts |= {"gas_day": day_words(day), "closed_at": hour_words(closed_at)}
    return refused
