"""Verification of a receipt: the answer says only whether it is ours and unaltered."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from portal.services.trace import receipts
from portal.web.access import Audience, act, address, open_to
from portal.web.answers import page
from portal.web.forms import argument
from portal.web.limits import limits_itself

from .receipt_forms import ReceiptForm
from .views import blueprint
from .words import RECEIPT_ANSWERS


@blueprint.route("/verificar/comprobante", methods=["GET", "POST"])
@open_to(Audience.PUBLIC)
@limits_itself
def receipt() -> ResponseReturnValue:
    """Show the form, filled in from the QR code; answer about the paper once it is sent."""
    form = ReceiptForm()
    if form.validate_on_submit() and form.gas_day is not None:
        genuine = receipts.genuine(
            act(), number=form.number, code=form.code, gas_day=form.gas_day, quantity=form.quantity, address=address()
        )
        # As for statements: no address of its own, no typed text, equal bytes for all papers that are not ours.
        return page("verification/receipt_answer.html", answer=RECEIPT_ANSWERS[genuine])
    if request.method == "GET":
        form.radicado.data, form.codigo.data = argument("radicado"), argument("codigo")
    return page("verification/receipt.html", form=form)
