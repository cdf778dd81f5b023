"""State of a point's gas day in words: chip, what can still be done and until when, counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from portal.domain.counts import counted, join_words
from portal.domain.lifecycle import LEFT_TO_RULE, STILL_MISSING, DayState
from portal.domain.nominations import ClosePolicy, tell_missing
from portal.domain.standing_orders import LAPSE_WORDS
from portal.domain.timetable import RequestKind, time_left_words
from portal.services.nominations import DayStanding
from portal.web.distributor import current
from portal.web.filters import measure, moment_words

# The colour repeats the words. Green only for a nominated quantity that stands unchanged.
DAY_TONES: Mapping[DayState, str] = {
    DayState.NOT_SERVED: "neutral",
    DayState.NOTHING: "neutral",
    DayState.MISSING: "warning",
    DayState.CANCELLED: "warning",
    DayState.NOMINATED: "success",
    DayState.IN_REVIEW: "info",
    DayState.AUTHORISED: "success",
    DayState.CUT: "warning",
    DayState.NOT_AUTHORISED: "error",
    DayState.AWAITING: "warning",
    DayState.LATE_ONLY: "warning",
    DayState.BY_RULE: "warning",
    DayState.CLOSED: "error",
}
# Without a figure: for people who did not prove the point's key, and for calendar cells.
DAY_WORDS: Mapping[DayState, str] = {
    DayState.NOT_SERVED: "Sin servicio",
    DayState.NOTHING: "Aún no se recibe",
    DayState.MISSING: "Sin nominar",
    DayState.CANCELLED: "Anulada, sin nominar",
    DayState.NOMINATED: "Nominada",
    DayState.IN_REVIEW: "En revisión",
    DayState.AUTHORISED: "Autorizada",
    DayState.CUT: "Autorizada con recorte",
    DayState.NOT_AUTHORISED: "No autorizada",
    DayState.AWAITING: "Esperando decisión",
    DayState.LATE_ONLY: "No nominó",
    DayState.BY_RULE: "No nominó",
    DayState.CLOSED: "Sin nominación: ya cerró",
}
# For one and for many points, after their number.
COUNT_WORDS: Mapping[DayState, tuple[str, str]] = {
    DayState.NOT_SERVED: ("sin servicio", "sin servicio"),
    DayState.NOTHING: ("que aún no se recibe", "que aún no se reciben"),
    DayState.MISSING: ("sin nominar", "sin nominar"),
    DayState.CANCELLED: ("sin nominar", "sin nominar"),
    DayState.NOMINATED: ("nominado", "nominados"),
    DayState.IN_REVIEW: ("en revisión", "en revisión"),
    DayState.AUTHORISED: ("autorizado", "autorizados"),
    DayState.CUT: ("con recorte", "con recorte"),
    DayState.NOT_AUTHORISED: ("no autorizado", "no autorizados"),
    DayState.AWAITING: ("espera decisión", "esperan decisión"),
    DayState.LATE_ONLY: ("sin nominación", "sin nominación"),
    DayState.BY_RULE: ("sin nominación", "sin nominación"),
    DayState.CLOSED: ("sin nominación", "sin nominación"),
}
# Flow without a nomination: before the day begins, and from then on.
RULE_GOES: Mapping[ClosePolicy, tuple[str, str]] = {
    ClosePolicy.FORECAST: ("irá el pronóstico", "se toma el pronóstico"),
    ClosePolicy.LAST: ("irá su última nominación", "se toma su última nominación"),
    ClosePolicy.ZERO: ("irá en cero", "va en cero"),
}
RULE_COUNTS: Mapping[ClosePolicy, str] = {
    ClosePolicy.FORECAST: "con pronóstico",
    ClosePolicy.LAST: "con su última nominación",
    ClosePolicy.ZERO: "en cero",
}


class DayChip(NamedTuple):
    """Chip of a day, and what its customer can still do, "" for nothing."""

    kind: str
    text: str
    then: str


def day_chip(standing: DayStanding, *, now: datetime, proved: bool) -> DayChip:
    """Return the chip of a day; with quantities only where the point's key was ``proved``."""
    text = _text(standing, now=now, proved=proved)
    return DayChip(_tone(standing), text, _then(standing, now=now, proved=proved))


def _tone(standing: DayStanding) -> str:
    if standing.state is DayState.AUTHORISED and standing.by_rule:
        return "warning"
    if standing.is_ordered and standing.state in STILL_MISSING:
        return "info"
    return DAY_TONES[standing.state]


def _text(standing: DayStanding, *, now: datetime, proved: bool) -> str:
    state, words = standing.state, DAY_WORDS[standing.state]
    asked = standing.in_force if proved else None
    given = standing.authorised if proved else None
    if state in STILL_MISSING and standing.closes_at is not None:
        words = "Por su orden permanente" if standing.is_ordered else words
        return f"{words} – cierra en {time_left_words(standing.closes_at - now)}"
    if state is DayState.AWAITING:
        return words if not proved else f"{words}: pidió {measure(standing.pending)}"
    if state in LEFT_TO_RULE:
        return f"{words}: {rule_goes(standing, now=now, proved=proved)}"
    if asked is None:
        return words
    if state is DayState.CUT:
        return f"{words}: {measure(given)} de {measure(asked)}"
    if state in (DayState.IN_REVIEW, DayState.NOT_AUTHORISED):
        return f"{words}: pidió {measure(asked)}"
    return f"{words} {measure(asked)}"


def rule_goes(standing: DayStanding, *, now: datetime, proved: bool) -> str:
    """Return the flow where nobody nominated: "irá el pronóstico, 5.803 m³"."""
    begun = now >= standing.gas_day.start
    if standing.policy is None:
        words = "se nominó por usted al cierre" if standing.by_rule else "se nominará por usted"
    else:
        words = RULE_GOES[standing.policy][begun]
    if not proved or standing.in_force is None:
        return words
    given = standing.authorised
    if given is None or given == standing.in_force:
        return f"{words}, {measure(standing.in_force)}{'' if given is None else ' (autorizado)'}"
    return f"{words}, {measure(standing.in_force)}; autorizado: {measure(given)}"


def _then(standing: DayStanding, *, now: datetime, proved: bool) -> str:
    state = standing.state
    if state in (DayState.NOT_SERVED, DayState.NOTHING) or state in STILL_MISSING:
        return ""
    said = []
    if standing.by_order:
        said.append("Nominada por su orden permanente.")
    said += _superseded(standing) if proved else []
    if state is DayState.AWAITING and standing.revision is not None:
        meanwhile = f": {measure(standing.in_force)}" if proved else ""
        what = "lo que se nominó por usted" if standing.by_rule else "lo que ya estaba en firme"
        said.append(f"Mientras el operador decide, vale {what}{meanwhile}.")
    if standing.refused and state is not DayState.AWAITING:
        said.append("El operador no aceptó su solicitud tardía.")
    if standing.until is not None:
        until = moment_words(standing.until, now)
        if standing.kind is RequestKind.NOMINATION:
            said.append(f"Puede cambiarla o anularla hasta {until}.")
        elif standing.revision is None or standing.by_rule or state is DayState.AWAITING:
            said.append(f"Puede pedir otra cantidad hasta {until}; el operador decide si la acepta.")
        else:
            said.append(f"Puede re-nominar hasta {until}.")
    elif standing.spent:
        said.append(f"Ya tiene todos los cambios que admite ese día. Para otro, llame al PBX {current().telephone}.")
    elif now < standing.gas_day.end and standing.closes_at is not None and now > standing.closes_at:
        said.append("Ya no admite cambios.")
    return " ".join(said)


def _superseded(standing: DayStanding) -> list[str]:
    if standing.superseded is None:
        return []
    return [f"Antes se autorizó {measure(standing.superseded)}, para otra versión: ya no cuenta."]


def if_missing(standing: DayStanding) -> str:
    """Return what is nominated if nobody nominates a day; blank for a day that is not missing."""
    if standing.state not in STILL_MISSING or standing.policy is None:
        return ""
    return tell_missing(standing.policy, standing.gas_day, is_ordered=standing.is_ordered, ordered=standing.ordered)


def lapse_words(standing: DayStanding) -> str:
    """Return why a signed standing order will not nominate a day that is missing; blank for any other day."""
    if standing.lapse is None or standing.state not in STILL_MISSING:
        return ""
    return f"Su orden permanente ya no nomina porque {LAPSE_WORDS[standing.lapse]}."


def count_words(standings: Iterable[DayStanding]) -> str:
    """Return the number of points in each state: "2 puntos en revisión, 1 con pronóstico y 1 espera decisión"."""
    counts: Counter[tuple[str, str]] = Counter()
    order = {state: place for place, state in enumerate(_ORDER)}
    for each in sorted(standings, key=lambda each: order[each.state]):
        words = COUNT_WORDS[each.state]
        if each.state in LEFT_TO_RULE and each.policy is not None:
            words = (RULE_COUNTS[each.policy],) * 2
        counts[words] += 1
    parts = [
        counted(number, one, many) if place else counted(number, f"punto {one}", f"puntos {many}")
        for place, ((one, many), number) in enumerate(counts.items())
    ]
    return join_words(parts)


_ORDER = (
    DayState.MISSING,
    DayState.CANCELLED,
    DayState.NOMINATED,
    DayState.AUTHORISED,
    DayState.IN_REVIEW,
    DayState.CUT,
    DayState.NOT_AUTHORISED,
    DayState.BY_RULE,
    DayState.LATE_ONLY,
    DayState.AWAITING,
    DayState.CLOSED,
    DayState.NOTHING,
    DayState.NOT_SERVED,
)
