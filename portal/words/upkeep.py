"""Alarms about the portal itself for the administrator: no worker, stuck mail, missing copies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from portal.domain.calendar import day_words
from portal.domain.counts import agree, counted
from portal.services.ops import backups, heartbeats
from portal.services.ops.backups import Kept
from portal.services.ops.upkeep_board import Upkeep
from portal.services.trace.chain_findings import ChainFault, Finding
from portal.web.filters import hour_words

from .audit import event_words

# Mail normally leaves within seconds.
LATE = timedelta(minutes=10)


class Alarm(NamedTuple):
    """Alarm to act on: its name for tests and pages, a headline, the remedy."""

    name: str
    title: str
    text: str


def alarms_of(
    upkeep: Upkeep,
    *,
    kept: Sequence[Kept] | None,
    late_after: timedelta,
    has_mail_server: bool,
    now: datetime,
    system_now: datetime,
) -> list[Alarm]:
    """Return the alarms, the worst first; ``kept`` is None where the database server makes the copies.

    A newest copy older than ``late_after`` is one.

    ``system_now`` is compared with heartbeats, ``now`` is the portal's clock.
    """
    found = [
        _worker(upkeep, system_now),
        _mails(upkeep, has_mail_server, now),
        _server(has_mail_server),
        _copies(upkeep, kept, late_after, system_now),
        _holidays(upkeep),
    ]
    return [alarm for alarm in found if alarm is not None]


def _worker(upkeep: Upkeep, system_now: datetime) -> Alarm | None:
    waits = f" Hay {counted(upkeep.jobs, 'tarea', 'tareas')} en espera." if upkeep.jobs else ""
    text = (
        "Mientras tanto no se aplican las reglas al cierre, no salen recordatorios ni correos y las tareas esperan."
        f"{waits} Inicie portal worker en el servidor."
    )
    if not upkeep.workers:
        return Alarm("worker-silent", "Ningún trabajador se ha visto en este portal", text)
    age = system_now - upkeep.workers[0].seen_at
    if age <= heartbeats.SILENT_AFTER:
        return None
    title = f"Ningún trabajador se ve desde hace {age_words(age)}"
    return Alarm("worker-silent", title, text)


def _mails(upkeep: Upkeep, has_mail_server: bool, now: datetime) -> Alarm | None:
    if upkeep.oldest_mail_at is None or (has_mail_server and now - upkeep.oldest_mail_at < LATE):
        return None
    text = f"El más antiguo se escribió el {hour_words(upkeep.oldest_mail_at)}."
    if upkeep.mails_given_up:
        text += f" De ellos, {upkeep.mails_given_up} ya no se intentan más: mire por qué en Correo."
    title = f"{counted(upkeep.mails, 'correo espera', 'correos esperan')} para salir"
    return Alarm("mails-waiting", title, text)


def _server(has_mail_server: bool) -> Alarm | None:
    if has_mail_server:
        return None
    text = "Ningún correo sale: configure PORTAL_SMTP_URL y reinicie el portal y su trabajador."
    return Alarm("no-mail-server", "No hay servidor de correo configurado", text)


def _copies(upkeep: Upkeep, kept: Sequence[Kept] | None, late_after: timedelta, system_now: datetime) -> Alarm | None:
    """Return alarms about missing, stopped or failing copies, which bear the system's clock."""
    if kept is None:
        return None
    problem = upkeep.copies.problem
    if problem is not None:
        text = f"{problem}. Se intenta de nuevo por sí sola; en el servidor, portal doctor dice qué hacer."
        return Alarm("backup-failed", "La copia de la base de datos falla", text)
    newest = backups.newest_of(kept, upkeep.copies.made_at)
    if newest is not None and newest >= system_now - late_after:
        return None
    if newest is None:
        title, text = "No hay ninguna copia de la base de datos", "Ejecute portal backup create y prográmelo"
    else:
        title = f"La última copia de la base de datos es de hace {age_words(system_now - newest)}"
        text = "Revise el trabajador, o el programador que ejecuta portal backup create"
    return Alarm("backup-late", title, f"{text}: cada cuarto de hora es lo recomendado.")


def age_words(age: timedelta) -> str:
    """Return an age in the largest whole unit: "3 días", "2 horas", "5 minutos", "40 segundos"."""
    seconds = max(0, int(age.total_seconds()))
    for size, one, more in ((86400, "día", "días"), (3600, "hora", "horas"), (60, "minuto", "minutos")):
        if seconds >= size:
            return counted(seconds // size, one, more)
    return counted(seconds, "segundo", "segundos")


def _holidays(upkeep: Upkeep) -> Alarm | None:
    """Return an alarm about holidays that the portal added by itself and nobody checked."""
    if not upkeep.new_holidays or upkeep.first_new_holiday is None:
        return None
    first = day_words(upkeep.first_new_holiday)
    added = upkeep.new_holidays
    which, them = agree(added, "Es", "El primero es"), agree(added, "lo", "los")
    text = (
        f"{which} el {first}. Los plazos y pronósticos {them} cuentan."
        f" Un operador o un supervisor {them} revisa en Horario, Festivos."
    )
    title = f"El portal agregó {counted(added, 'festivo que no estaba', 'festivos que no estaban')}"
    return Alarm("holidays-learnt", title, text)


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
    said["others"] = f" ni de {counted(more, 'día', 'días')} más" if more else ""
    return CHAIN_WORDS[found.fault].format(**said)


def _said(value: object) -> object:
    if isinstance(value, datetime):
        return hour_words(value)
    return day_words(value) if isinstance(value, date) else value
