"""Words of the readings: states, choices, refusals."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.calendar import day_short, month_words
from portal.domain.gas_day import Month
from portal.domain.readings import ReadingState
from portal.services.measures.readings import Writable
from portal.services.store.refusals import Refusal, Rejected
from portal.words.closings import CLOSING_WORDS

# Kind of chip, and words.
STATES: Mapping[ReadingState, tuple[str, str]] = {
    ReadingState.PROVISIONAL: ("warning", "P provisional"),
    ReadingState.CERTIFIED: ("success", "C certificada"),
    ReadingState.ESTIMATED: ("info", "E estimada"),
    ReadingState.CORRECTED: ("neutral", "A ajustada"),
}
# What the sheet of a day says about a row that is not written there.
WRITABLE: Mapping[Writable, str] = {
    Writable.YES: "",
    Writable.CORRECTION: "Se corrige con su motivo en la página del día",
    Writable.CLOSED: "El mes está cerrado: en la página del día se pide una corrección",
}
REVIEW_WORDS: Mapping[Refusal, str] = {
    Refusal.FILE_DECIDED: "El archivo ya se registró o se descartó: su estado está arriba.",
    Refusal.FIGURES_NOT_REVIEWED: "Marque que revisó cada cifra rara; sin marcar: {count}.",
    Refusal.REASON_MISSING: "Diga por qué las cifras raras son así: queda en la auditoría.",
    Refusal.REASON_TOO_LONG: "La razón tiene más de {most} caracteres: acórtela.",
}
STATE_CHOICES = [(state.value, words) for state, (_, words) in STATES.items()]
NAMED_DAYS = 8

READING_WORDS: Mapping[Refusal, str] = {
    refusal: CLOSING_WORDS[refusal]
    for refusal in (
        Refusal.MONTH_NOT_OVER,
        Refusal.MONTH_NOT_SERVED,
        Refusal.MONTH_CLOSED,
        Refusal.MONTH_OPEN,
        Refusal.MONTH_OUT_OF_ORDER,
        Refusal.READINGS_MISSING,
        Refusal.NO_READING,
        Refusal.NOTHING_CHANGES,
        Refusal.REASON_MISSING,
        Refusal.REASON_TOO_LONG,
        Refusal.CORRECTION_PENDING,
        Refusal.VALUE_DAY_OPEN,
        Refusal.VALUE_UNCHANGED,
        Refusal.VALUE_BY_SUPERVISOR,
        Refusal.OWN_REQUEST,
        Refusal.SUPERVISOR_NEEDED,
        Refusal.EXCEPTION_INCOMPLETE,
        Refusal.EXCEPTION_NOT_NEEDED,
        Refusal.EXCEPTION_BY_SUPERVISOR,
    )
}


def spoken(refused: Rejected) -> Rejected:
    """Turn the facts of a refusal into the words of its sentence."""
    for name, value in refused.facts.items():
        if isinstance(value, Month):
            refused.facts[name] = month_words(value)
        elif isinstance(value, list):
            named = ", ".join(day_short(day) for day in value[:NAMED_DAYS])
            more = len(value) - NAMED_DAYS
            refused.facts[name] = f"{named} y {more} más" if more > 0 else named
    return refused
