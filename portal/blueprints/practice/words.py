"""Words of the practice."""

from __future__ import annotations

from portal.services.store.refusals import Refusal

BAD_QUANTITY = "No reconocemos esa cantidad. Escriba solo la cifra en m³, sin decimales, como 12.500."
WORDS = {
    Refusal.PRACTICE_DAY: "Para ese día no se recibe ahora una nominación. Pruebe con el día del ejemplo.",
    Refusal.PRACTICE_FULL: "Ya practicó {most} veces hoy. Mañana puede practicar otra vez.",
    Refusal.PRACTICE_CODE: "Código incorrecto. Es el código de práctica que está escrito arriba.",
}
