"""Deadlines as a calendar (RFC 5545): a moment per close, a whole day per day without nomination."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from portal.domain.calendar import day_words
from portal.domain.timetable import KIND_WORDS, RequestKind
from portal.services.timetable.deadlines import Deadline
from portal.web.distributor import current
from portal.web.filters import MODALITY_WORDS

if TYPE_CHECKING:
    from icalendar import Event

REFRESH = timedelta(hours=1)
# Alarm before the close, while a nomination is missing.
ALARM_BEFORE = timedelta(minutes=90)
_PLURAL = {RequestKind.NOMINATION: "nominaciones", RequestKind.RENOMINATION: "re-nominaciones"}


def as_calendar(closes: Sequence[Deadline], *, base_url: str, now: datetime) -> bytes:
    """Return the file for calendar programs, in UTC; it holds no quantity and no key."""
    # Slow to load, and few requests need it.
    from icalendar import Calendar

    host = urlsplit(base_url).hostname or "portal"
    calendar = Calendar.new(
        uid=f"cierres@{host}",
        prodid=f"-//{current().name}//Portal de clientes no regulados//ES",
        name="Cierres de nominación",
        description=f"Cierres de {current().name} y días sin nominar de sus puntos de entrega.",
        language="es-CO",
    )
    # RFC 7986 §5.7 requires the type by name; programs ignore the property without it.
    calendar.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", "PT1H")
    for close in closes:
        calendar.add_component(_close(close, host, base_url, now))
        if close.missing and close.kind is RequestKind.NOMINATION:
            calendar.add_component(_missing(close, host, base_url, now))
    return calendar.to_ical()


def _close(close: Deadline, host: str, base_url: str, now: datetime) -> Event:
    from icalendar import Alarm

    day = day_words(close.gas_day.date)
    event = _event(close, f"cierre-{close.kind.value}", host, base_url, now)
    event.add("summary", f"Cierre de {_PLURAL[close.kind]} para el {day}: {MODALITY_WORDS[close.modality]}")
    event.add("dtstart", close.closes_at)
    event.add("description", _words(close))
    if close.missing and close.kind is RequestKind.NOMINATION and close.closes_at > now:
        alarm = Alarm.new(description=f"Falta nominar el {day}")
        alarm.add("action", "DISPLAY")
        alarm.add("trigger", -ALARM_BEFORE)
        event.add_component(alarm)
    return event


def _missing(close: Deadline, host: str, base_url: str, now: datetime) -> Event:
    event = _event(close, "sin-nominar", host, base_url, now)
    event.add("summary", f"Sin nominar: {_counted(close)}, {MODALITY_WORDS[close.modality]}")
    event.add("dtstart", close.gas_day.date)
    event.add("dtend", close.gas_day.plus(1).date)
    event.add("description", _words(close))
    return event


def _event(close: Deadline, what: str, host: str, base_url: str, now: datetime) -> Event:
    from icalendar import Event

    event = Event.new(
        uid=f"{what}-{close.modality.value}-{close.gas_day}@{host}",
        stamp=now,
        categories=[KIND_WORDS[close.kind]],
        url=f"{base_url}/nominacion/{close.modality.value}",
    )
    # A deadline makes nobody busy.
    event.add("transp", "TRANSPARENT")
    return event


def _words(close: Deadline) -> str:
    lines = [f"Horario cambiado solo para este día: {close.reason}"] if close.reason else []
    if close.missing:
        lines.append(f"Sin nominación: {', '.join(close.missing)}.")
    else:
        lines.append("Todos sus puntos tienen una nominación en firme.")
    return "\n".join(lines)


def _counted(close: Deadline) -> str:
    many = len(close.missing)
    return f"{many} de {close.points} puntos" if close.points != 1 else close.missing[0]
