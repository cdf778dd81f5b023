"""Following: what the agent sees of the customer's page, and what the customer sees and ends of it."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.domain.accounts import Function
from portal.services import calls, nominations
from portal.web import followings
from portal.web.access import Audience, Staff, act, open_to, refreshes
from portal.web.answers import chosen, go, page, safe_next
from portal.web.extensions import htmx

from .views import blueprint


@blueprint.get("/llamadas/<call>/pagina")
@open_to(Staff(Function.NOMINATE_FOR_CALLERS))
@refreshes("/pagina")
def followed(call: str) -> ResponseReturnValue:
    """Answer the poll of an open call with the customer's page: 204 while it is current."""
    found = calls.get_call(act(), public_id=call)
    if not htmx:
        return go(".call", call=call)
    seen = calls.followings.load(act(), call=found)
    if seen is None or request.args.get("visto", "") == seen.digest:
        return "", 204
    return page("calls/_followed.html", call=found, followed=seen)


@blueprint.route("/cuenta/acompanamiento", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def accompaniment() -> ResponseReturnValue:
    """Show the customer who follows them; the POST ends it, or throws away what was prepared."""
    if request.method == "POST":
        if chosen(("terminar", "descartar")) == "terminar":
            calls.followings.end(act())
            left = " Lo que le prepararon sigue en su cuenta, en «Quién lo acompaña»."
            kept = calls.followings.find_prepared(act()) is not None
            flash(f"Terminó el acompañamiento: nadie ve en qué página está usted.{left if kept else ''}", "success")
        else:
            calls.followings.discard(act())
            flash("Descartó la nominación que le prepararon. Nada se envió.", "success")
        return redirect(safe_next(url_for(".accompaniment")), 303)
    return page("calls/accompaniment.html", form=FlaskForm(), prepared=calls.followings.find_prepared(act()))


@blueprint.get("/cuenta/acompanamiento/nominacion")
@open_to(Audience.CUSTOMER)
def prepared() -> ResponseReturnValue:
    """Lead to what an agent prepared: to the page to sign, or to the quantity when it asks to be confirmed."""
    draft = calls.followings.find_prepared(act())
    if draft is None:
        return go(".accompaniment")
    step = "quantity" if nominations.needs_tick(act(), draft=draft) else "signature"
    return go(f"nominations.{step}", draft=draft.public_id)


@blueprint.get("/cuenta/acompanamiento/pulso")
@open_to(Audience.CUSTOMER)
@refreshes("/pulso")
def accompaniment_pulse() -> ResponseReturnValue:
    """Answer the poll of a followed customer's banner: 204 while it is current."""
    if not htmx:
        return go(".accompaniment")
    found, seen = followings.current_followee(), request.args.get("visto", "")
    # Without anybody and without a code that somebody may still use, the empty answer ends the poll.
    if (found and seen == found.digest) or (found is None and not seen and calls.get_code(act())):
        return "", 204
    return page("calls/_followee.html")
