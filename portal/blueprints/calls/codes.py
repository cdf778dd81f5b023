"""The customer's side of a call: the code to read to an agent."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.services import calls
from portal.web.access import Audience, act, open_to
from portal.web.answers import go, page

from .views import blueprint


@blueprint.route("/cuenta/codigo-de-llamada", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def code() -> ResponseReturnValue:
    """Show the code for a call while it is good; the POST makes one."""
    if request.method == "POST":
        calls.make_code(act())
        return go(".code")
    shown = calls.get_code(act())
    return page(
        "calls/code.html",
        form=FlaskForm(),
        shown=shown,
        awaits_call=shown is not None,
        points=calls.list_vouched_points(act()),
        used=calls.find_last_use(act()) if shown is None else None,
    )
