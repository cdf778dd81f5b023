"""Faults of the audit chain, in Spanish."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from portal.domain.calendar import day_words
from portal.services.trace.chain_findings import ChainFault, Finding
from portal.web.filters import hour_words

from .audit import event_words

CHAIN_WORDS: Mapping[ChainFault, str] = {
    ChainFault.EVENT_MISSING: "Falta el hecho n.º {event}",
    ChainFault.EVENT_CHANGED: "Se cambió el hecho n.º {event} ({what})",
    ChainFault.END_MISSING: "Falta el final: la cadena termina en el hecho n.º {event}",
    ChainFault.ANCHOR_MISSING: "En la base de datos falta el ancla n.º {anchor}",
    ChainFault.ANCHOR_CHANGED: "En la base de datos se cambió el ancla n.º {anchor}",
    ChainFault.WRITTEN_ANCHOR_MISSING: "El ancla n.º {anchor} se anotó en {place} y falta en la base de datos",
    ChainFault.NO_ANCHOR: (
        "No hay ninguna ancla: el trabajador anota una al día, y «.venv/bin/portal audit anchor» una enseguida"
    ),
    ChainFault.NO_ANCHOR_OUTSIDE: (
        "Ninguna ancla está fuera de la base de datos: «.venv/bin/portal audit anchor» empieza {place}"
    ),
    ChainFault.FILE_LACKS_ANCHOR: "En {place} falta el ancla n.º {anchor}",
    ChainFault.DATABASE_LACKS_ANCHOR: "El ancla n.º {anchor} está en {place} y no en la base de datos",
    ChainFault.FILE_LACKS_KNOWN_ANCHOR: "El ancla n.º {anchor}, del {at}, está en la base de datos y no en {place}",
    ChainFault.OTHER_ANCHOR: "El ancla n.º {anchor} no es la misma en {place} y en la base de datos",
    ChainFault.ANCHORED_EVENT_MISSING: "Falta el hecho n.º {event}, que se ancló el {at}",
    ChainFault.ANCHORED_EVENT_OTHER: "El hecho n.º {event} no es el que se ancló el {at}",
    ChainFault.DAYS_WITHOUT_ANCHOR: (
        "No hay ancla del {day}{others}. El trabajador anota una al día; si estuvo detenido, dígalo con "
        "«.venv/bin/portal audit excuse»"
    ),
    ChainFault.FOREIGN_LINE: "La línea {line} de {place} no la escribió este portal",
    ChainFault.NO_ANCHOR_LINE: "La línea {line} de {place} no es un ancla",
    ChainFault.FILE_CUT_OFF: (
        "{place} termina en el ancla n.º {last} y allí se había anotado la n.º {anchor}: se cortó o se cambió"
    ),
}


def chain_words(found: Finding) -> str:
    """Return one sentence without its full stop."""
    more = found.facts.get("more", 0)
    said = {name: _said(value) for name, value in found.facts.items()}
    if "what" in said:
        said["what"] = event_words(found.facts["what"])
    said["others"] = "" if not more else " ni de 1 día más" if more == 1 else f" ni de {more} días más"
    return CHAIN_WORDS[found.fault].format(**said)


def _said(value: object) -> object:
    if isinstance(value, datetime):
        return hour_words(value)
    return day_words(value) if isinstance(value, date) else value
