"""Verification of a statement: whether the paper is ours."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from portal.services.account import balance_files
from portal.services.account.balance_files import seals
from portal.web.access import Audience, act, address, open_to
from portal.web.answers import page
from portal.web.forms import argument
from portal.web.limits import limits_itself

from .forms import StatementForm
from .words import ANSWERS

blueprint = Blueprint("verification", __name__)


@blueprint.route("/verificar/estado", methods=["GET", "POST"])
@open_to(Audience.PUBLIC)
@limits_itself
def statement() -> ResponseReturnValue:
    """Show the form, filled in from the QR code; answer about the paper once it is sent."""
    form = StatementForm()
    if form.validate_on_submit():
        asked = form.reference
        verdict = balance_files.verify(
            act(),
            point=asked.point,
            month=asked.month,
            code=seals.normalise(form.codigo.data or ""),
            total=form.figure,
            address=address(),
        )
        # An answer has no address of its own: anybody could make a link that says "auténtico". Nor does it repeat typed
        # text,
        # so that all papers that are not ours get the same bytes.
        return page("verification/answer.html", answer=ANSWERS[verdict])
    if request.method == "GET":
        form.referencia.data, form.codigo.data = argument("referencia"), argument("codigo")
    return page("verification/statement.html", form=form)
