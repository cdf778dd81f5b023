"""Verification of a receipt: the answer says only whether it is ours and unaltered."""

from __future__ import annotations

from decimal import Decimal

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.local import LocalProxy
from wtforms import Field, StringField
from wtforms.validators import InputRequired, ValidationError

from portal.domain.gas_day import GasDay
from portal.domain.keys import BadKeyFormat
from portal.domain.month_proofs import ProvedReceipt
from portal.domain.quantities import Unit
from portal.services.trace import receipts
from portal.services.trace.receipts import chain
from portal.web.access import Audience, act, address, open_to
from portal.web.answers import page
from portal.web.distributor import current, named
from portal.web.forms import TypedForm, argument
from portal.web.limits import limits_itself
from portal.web.typed_days import read_typed_day

from .views import blueprint
from .words import (
    CODE_MISSING,
    DAY_MISSING,
    NUMBER_FORMAT,
    NUMBER_MISSING,
    QUANTITY_FORMAT,
    QUANTITY_MISSING,
    RECEIPT_ANSWERS,
    RECEIPT_CODE_FORMAT,
)


@blueprint.route("/verificar/comprobante", methods=["GET", "POST"])
@open_to(Audience.PUBLIC)
@limits_itself
def receipt() -> ResponseReturnValue:
    """Show the form, filled in from the QR code; answer about the paper once it is sent."""
    form = ReceiptForm()
    if form.validate_on_submit() and form.gas_day is not None:
        paper = ProvedReceipt(form.number, form.code, form.gas_day, form.quantity, form.unit)
        genuine = receipts.is_genuine(act(), paper=paper, address=address())
        # As for statements: no address of its own, no typed text, equal bytes for all papers that are not ours.
        return page("verification/receipt_answer.html", answer=RECEIPT_ANSWERS[genuine])
    if request.method == "GET":
        form.radicado.data, form.codigo.data = argument("radicado"), argument("codigo")
    return page("verification/receipt.html", form=form)


class ReceiptForm(TypedForm):
    """Radicado, code, gas day and quantity, as printed."""

    radicado = StringField("Radicado", validators=[InputRequired(LocalProxy(lambda: named(NUMBER_MISSING)))])
    codigo = StringField("Código de verificación", validators=[InputRequired(CODE_MISSING)])
    dia = StringField("Día de gas", validators=[InputRequired(DAY_MISSING)])
    cantidad = StringField("Cantidad", validators=[InputRequired(QUANTITY_MISSING)])

    number = ""
    code = ""
    gas_day: GasDay | None = None
    quantity = Decimal(0)
    unit: Unit | None = None

    def validate_radicado(self, field: Field) -> None:
        found = chain.parse_number(field.data)
        # Cases and statements have numbers of the same form.
        others = (current().case_series, current().statement_series)
        if found is None or found.partition("-")[0] in others:
            raise ValidationError(named(NUMBER_FORMAT))
        self.number = found

    def validate_codigo(self, field: Field) -> None:
        try:
            self.code = chain.normalise(field.data)
        except BadKeyFormat:
            raise ValidationError(RECEIPT_CODE_FORMAT) from None

    def validate_dia(self, field: Field) -> None:
        self.gas_day = read_typed_day(field.data)

    def validate_cantidad(self, field: Field) -> None:
        found = chain.parse_typed_quantity(field.data)
        if found is None:
            raise ValidationError(QUANTITY_FORMAT)
        self.quantity, self.unit = found
