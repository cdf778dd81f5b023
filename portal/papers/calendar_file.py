"""File for calendar programs (iCalendar, RFC 5545), as the portal publishes it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from icalendar import Calendar, Event

REFRESH = timedelta(hours=1)


def host_of(base_url: str) -> str:
    """Return the host by which the events of this portal are told from those of another."""
    return urlsplit(base_url).hostname or "portal"


def make_calendar(*, uid: str, publisher: str, name: str, description: str) -> Calendar:
    """Return an empty calendar in Spanish, read again every hour."""
    # Slow to load, and few requests need it.
    from icalendar import Calendar

    calendar = Calendar.new(
        uid=uid,
        prodid=f"-//{publisher}//Portal de clientes no regulados//ES",
        name=name,
        description=description,
        language="es-CO",
    )
    # RFC 7986 §5.7 requires the type by name; programs ignore the property without it.
    calendar.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", "PT1H")
    return calendar


def make_event(
    *,
    uid: str,
    stamp: datetime,
    summary: str,
    starts: datetime | date,
    ends: datetime | date | None = None,
    description: str = "",
    url: str = "",
    categories: list[str] | None = None,
) -> Event:
    """Return an event that makes nobody busy; a date stands for the whole day, and ``ends`` is excluded."""
    from icalendar import Event

    event = Event.new(uid=uid, stamp=stamp, categories=categories or [], url=url or None)
    event.add("transp", "TRANSPARENT")
    event.add("summary", summary)
    event.add("dtstart", starts)
    if ends is not None:
        event.add("dtend", ends)
    if description:
        event.add("description", description)
    return event
