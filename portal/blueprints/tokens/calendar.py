"""Calendar of deadlines: its page, and the feed for calendar programs."""

from __future__ import annotations

from flask import Response, abort, flash, request, url_for
from flask.typing import ResponseReturnValue

from portal.services.people import feeds
from portal.services.timetable import deadlines
from portal.web import database, runtime
from portal.web.access import Audience, act, open_to
from portal.web.answers import go, page

from .events import as_calendar
from .views import blueprint


@blueprint.route("/cuenta/calendario", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def calendar() -> ResponseReturnValue:
    """Show whether the calendar is published; publish it anew, under an address shown only in this answer."""
    address = None
    if request.method == "POST":
        token = feeds.publish(act())
        address = runtime.settings().base_url + url_for("tokens.feed", token=token)
    return page("tokens/calendar.html", feed=feeds.live(act()), address=address)


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
    closes = deadlines.of_person(act(), user_id=found.user_id)
    text = as_calendar(closes, base_url=runtime.settings().base_url, now=now)
    return Response(text, content_type="text/calendar; charset=utf-8")
