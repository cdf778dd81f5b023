"""Page "No fui yo": a contact with the receipt of a nomination by telephone says that nobody asked for it."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.services import calls
from portal.web.access import Audience, act, open_to
from portal.web.answers import go, page

from .views import blueprint


@blueprint.route("/no-fui-yo/<receipt>/<code>", methods=["GET", "POST"])
@open_to(Audience.PUBLIC)
def protest(receipt: str, code: str) -> ResponseReturnValue:
    """Show what the protest is about, and raise it; a second time changes nothing."""
    found = calls.find_protest(act(), receipt=receipt, code=code)
    if request.method == "POST":
        calls.raise_protest(act(), receipt=receipt, code=code)
        return go(".protest", receipt=receipt, code=code)
    return page("calls/protest.html", form=FlaskForm(), found=found)
