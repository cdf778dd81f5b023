"""Form with the printed data of a receipt."""

from __future__ import annotations

from werkzeug.local import LocalProxy
from wtforms import Field, StringField
from wtforms.validators import InputRequired, ValidationError

from portal.domain.gas_day import BadGasDay, GasDay, parse_gas_day
from portal.domain.keys import BadKeyFormat
from portal.services.trace.receipts import seals
from portal.web.distributor import current, named
from portal.web.forms import TypedForm

from .words import (
    CODE_MISSING,
    DAY_FORMAT,
    DAY_MISSING,
    NUMBER_FORMAT,
    NUMBER_MISSING,
    QUANTITY_FORMAT,
    QUANTITY_MISSING,
    RECEIPT_CODE_FORMAT,
)


class ReceiptForm(TypedForm):
    """Radicado, code, gas day and quantity, as printed."""

    radicado = StringField("Radicado", validators=[InputRequired(LocalProxy(lambda: named(NUMBER_MISSING)))])
    codigo = StringField("Código de verificación", validators=[InputRequired(CODE_MISSING)])
    dia = StringField("Día de gas", validators=[InputRequired(DAY_MISSING)])
    cantidad = StringField("Cantidad", validators=[InputRequired(QUANTITY_MISSING)])

    number = ""
    code = ""
    gas_day: GasDay | None = None
    quantity = ""

    def validate_radicado(self, field: Field) -> None:
        found = seals.typed_number(field.data)
        # Claims and statements have numbers of the same form.
        others = (current().claim_series, current().statement_series)
        if found is None or found.partition("-")[0] in others:
            raise ValidationError(named(NUMBER_FORMAT))
        self.number = found

    def validate_codigo(self, field: Field) -> None:
        try:
            self.code = seals.normalise(field.data)
        except BadKeyFormat:
            raise ValidationError(RECEIPT_CODE_FORMAT) from None

    def validate_dia(self, field: Field) -> None:
        try:
            self.gas_day = parse_gas_day(field.data)
        except BadGasDay:
            raise ValidationError(DAY_FORMAT) from None

    def validate_cantidad(self, field: Field) -> None:
        found = seals.typed_quantity(field.data)
        if found is None:
            raise ValidationError(QUANTITY_FORMAT)
        self.quantity = found
