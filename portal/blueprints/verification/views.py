"""Verify a statement: ask for what is printed, answer whether it is ours."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from portal.services.account import balance_files
from portal.services.account.balance_files import seals
from portal.web import database, runtime
from portal.web.access import Audience, address, open_to
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
    """Show the form, with what the QR code carries filled in; say what the paper is once it is sent."""
    form = StatementForm()
    if form.validate_on_submit():
        asked = form.reference
        verdict = balance_files.verify(
            database.current(),
            vault=runtime.vault(),
            point=asked.point,
            month=asked.month,
            code=seals.normalise(form.codigo.data or ""),
            total=form.figure,
            address=address(),
            now=runtime.now(),
        )
        # An answer has no address of its own: a link that says "auténtico" could be made by anybody. Nor does it
        # repeat what was typed, so that papers that are not ours are all answered with the same bytes.
        return page("verification/answer.html", answer=ANSWERS[verdict])
    if request.method == "GET":
        form.referencia.data, form.codigo.data = argument("referencia"), argument("codigo")
    return page("verification/statement.html", form=form)
