"""Calendar of deadlines: its page, and the feed for calendar programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask import Response, abort, flash, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.calendar import day_words
from portal.domain.counts import counted, digits
from portal.domain.timetable import KIND_WORDS, RequestKind
from portal.papers import calendar_file
from portal.services.people import feeds
from portal.services.timetable import deadlines
from portal.services.timetable.deadlines import Deadline
from portal.web import database, runtime
from portal.web.access import Audience, act, open_to
from portal.web.answers import go, page
from portal.web.distributor import current
from portal.web.filters import MODALITY_WORDS

from .views import blueprint

if TYPE_CHECKING:
    from icalendar import Event


@blueprint.route("/cuenta/calendario", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def calendar() -> ResponseReturnValue:
    """Show whether the calendar is published; publish it anew, under an address shown only in this answer."""
    address = None
    if request.method == "POST":
        token = feeds.publish(act())
        address = runtime.settings().base_url + url_for("tokens.feed", token=token)
    return page("tokens/calendar.html", feed=feeds.find_live(act()), address=address)


@blueprint.route("/cuenta/calendario/dejar-de-publicar", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def stop_calendar() -> ResponseReturnValue:
    """Revoke the address of the calendar."""
    if request.method == "POST":
        feeds.stop(act())
        flash("El calendario ya no se publica: la dirección dejó de servir.", "success")
    return go("tokens.calendar")


@blueprint.get("/calendario/<token>.ics")
@open_to(Audience.PUBLIC)
def feed(token: str) -> ResponseReturnValue:
    """Answer the calendar of the person who published it under this token."""
    session, now = database.current(), runtime.now()
    found = feeds.look_up(session, token=token)
    if found is None:
        abort(404)
    feeds.charge(act(), feed=found)
    closes = deadlines.list_of_person(act(), user_id=found.user_id)
    text = as_calendar(closes, base_url=runtime.settings().base_url, now=now)
    return Response(text, content_type="text/calendar; charset=utf-8")


# Alarm before the close, while a nomination is missing.
ALARM_BEFORE = timedelta(minutes=90)
_PLURAL = {RequestKind.NOMINATION: "nominaciones", RequestKind.RENOMINATION: "re-nominaciones"}


def as_calendar(closes: Sequence[Deadline], *, base_url: str, now: datetime) -> bytes:
    """Return the file for calendar programs, in UTC; it holds no quantity and no key."""
    host = calendar_file.host_of(base_url)
    calendar = calendar_file.make_calendar(
        uid=f"cierres@{host}",
        publisher=current().name,
        name="Cierres de nominación",
        description=f"Cierres de {current().name} y días sin nominar de sus puntos de entrega.",
    )
    for close in closes:
        calendar.add_component(_close(close, host, base_url, now))
        if close.missing and close.kind is RequestKind.NOMINATION:
            calendar.add_component(_missing(close, host, base_url, now))
    return calendar.to_ical()


def _close(close: Deadline, host: str, base_url: str, now: datetime) -> Event:
    from icalendar import Alarm

    day = day_words(close.gas_day.date)
    event = calendar_file.make_event(
        uid=_uid(close, f"cierre-{close.kind.value}", host),
        stamp=now,
        summary=f"Cierre de {_PLURAL[close.kind]} para el {day}: {MODALITY_WORDS[close.modality]}",
        starts=close.closes_at,
        description=_words(close),
        url=_url(close, base_url),
        categories=[KIND_WORDS[close.kind]],
    )
    if close.missing and close.kind is RequestKind.NOMINATION and close.closes_at > now:
        alarm = Alarm.new(description=f"Falta nominar el {day}")
        alarm.add("action", "DISPLAY")
        alarm.add("trigger", -ALARM_BEFORE)
        event.add_component(alarm)
    return event


def _missing(close: Deadline, host: str, base_url: str, now: datetime) -> Event:
    return calendar_file.make_event(
        uid=_uid(close, "sin-nominar", host),
        stamp=now,
        summary=f"Sin nominar: {_counted(close)}, {MODALITY_WORDS[close.modality]}",
        starts=close.gas_day.date,
        ends=close.gas_day.plus(1).date,
        description=_words(close),
        url=_url(close, base_url),
        categories=[KIND_WORDS[close.kind]],
    )


def _uid(close: Deadline, what: str, host: str) -> str:
    return f"{what}-{close.modality.value}-{close.gas_day}@{host}"


def _url(close: Deadline, base_url: str) -> str:
    return f"{base_url}/nominacion/{close.modality.value}"


def _words(close: Deadline) -> str:
    lines = [f"Horario cambiado solo para este día: {close.reason}"] if close.reason else []
    if close.missing:
        lines.append(f"Sin nominación: {', '.join(close.missing)}.")
    else:
        lines.append("Todos sus puntos tienen una nominación en firme.")
    return "\n".join(lines)


def _counted(close: Deadline) -> str:
    many = len(close.missing)
    return f"{digits(many)} de {counted(close.points, 'punto', 'puntos')}" if close.points != 1 else close.missing[0]
