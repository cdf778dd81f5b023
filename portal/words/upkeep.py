"""Alarms about the portal itself for the administrator: no worker, stuck mail, missing copies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from portal.domain.calendar import day_words
from portal.services.ops import backups, heartbeats
from portal.services.ops.backups import Kept
from portal.services.ops.upkeep_board import Upkeep
from portal.web.filters import hour_words

# Mail normally leaves within seconds.
LATE = timedelta(minutes=10)


class Alarm(NamedTuple):
    """Alarm to act on: its name for tests and pages, a headline, the remedy."""

    name: str
    title: str
    text: str


def alarms_of(
    upkeep: Upkeep, *, kept: Sequence[Kept] | None, has_mail_server: bool, now: datetime, system_now: datetime
) -> list[Alarm]:
    """Return the alarms, the worst first; ``kept`` is None where the database server makes the copies.

    ``system_now`` is compared with heartbeats, ``now`` is the portal's clock.
    """
    found = [
        _worker(upkeep, system_now),
        _mails(upkeep, has_mail_server, now),
        _server(has_mail_server),
        _copies(kept, system_now),
        _holidays(upkeep),
    ]
    return [alarm for alarm in found if alarm is not None]


def _worker(upkeep: Upkeep, system_now: datetime) -> Alarm | None:
    waits = f" Hay {many(upkeep.jobs, 'tarea', 'tareas')} en espera." if upkeep.jobs else ""
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
    verb = "espera" if upkeep.mails == 1 else "esperan"
    text = f"El más antiguo se escribió el {hour_words(upkeep.oldest_mail_at)}."
    if upkeep.mails_given_up:
        text += f" De ellos, {upkeep.mails_given_up} ya no se intentan más: mire por qué en Correo."
    title = f"{many(upkeep.mails, 'correo', 'correos')} {verb} para salir"
    return Alarm("mails-waiting", title, text)


def _server(has_mail_server: bool) -> Alarm | None:
    if has_mail_server:
        return None
    text = "Ningún correo sale: configure PORTAL_SMTP_URL y reinicie el portal y su trabajador."
    return Alarm("no-mail-server", "No hay servidor de correo configurado", text)


def _copies(kept: Sequence[Kept] | None, system_now: datetime) -> Alarm | None:
    """Return alarms about missing or stopped copies; their files bear the system's clock."""
    if kept is None or not backups.is_stale(list(kept), now=system_now):
        return None
    if not kept:
        title, text = "No hay ninguna copia de la base de datos", "Ejecute portal backup create y prográmelo"
    else:
        title = f"La última copia de la base de datos es de hace {age_words(system_now - kept[0].made_at)}"
        text = "Revise el programador que ejecuta portal backup create"
    return Alarm("backup-late", title, f"{text}: cada cuarto de hora es lo recomendado.")


def many(count: int, one: str, more: str) -> str:
    """Return a count with its noun."""
    return f"{count} {one if count == 1 else more}"


def age_words(age: timedelta) -> str:
    """Return an age in the largest whole unit: "3 días", "2 horas", "5 minutos", "40 segundos"."""
    seconds = max(0, int(age.total_seconds()))
    for size, one, more in ((86400, "día", "días"), (3600, "hora", "horas"), (60, "minuto", "minutos")):
        if seconds >= size:
            return many(seconds // size, one, more)
    return many(seconds, "segundo", "segundos")


def _holidays(upkeep: Upkeep) -> Alarm | None:
    """Return an alarm about holidays that the portal added by itself and nobody checked."""
    if not upkeep.new_holidays or upkeep.first_new_holiday is None:
        return None
    first = day_words(upkeep.first_new_holiday)
    one = upkeep.new_holidays == 1
    which = f"Es el {first}." if one else f"El primero es el {first}."
    text = f"{which} Los plazos y pronósticos lo cuentan. Un operador o un supervisor lo revisa en Horario, Festivos."
    if not one:
        text = text.replace("lo cuentan", "los cuentan").replace("lo revisa", "los revisa")
    title = f"El portal agregó {many(upkeep.new_holidays, 'festivo', 'festivos')} que no estaba{'' if one else 'n'}"
    return Alarm("holidays-learnt", title, text)
