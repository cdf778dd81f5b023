"""Forms of adjustments and of the monthly pack."""

from __future__ import annotations

from wtforms import Field, HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, ValidationError

from portal.domain.gas_day import GasDay
from portal.domain.quantities import BadQuantity, Quantity, Unit, parse_quantity
from portal.domain.readings import PROPOSED, AdjustmentReason
from portal.web.forms import NOT_SHOWN, TypedForm
from portal.web.typed_days import read_typed_day

from .words import QUANTITY_EXAMPLES, REASON_WORDS

FAVOUR, AGAINST = "favor", "contra"


class AdjustmentForm(TypedForm):
    """Adjustment of a point; ``shown`` is the digest of the previewed effect."""

    reason = RadioField(
        "Qué se hace",
        choices=[SelectChoice(each.value, REASON_WORDS[each]) for each in PROPOSED],
        validate_choice=False,
    )
    side = RadioField(
        "Hacia dónde",
        choices=[SelectChoice(FAVOUR, "A favor del cliente"), SelectChoice(AGAINST, "En contra del cliente")],
        default=FAVOUR,
        validate_choice=False,
    )
    other = SelectField("Con qué punto", validate_choice=False)
    quantity = StringField("Cantidad", validators=[InputRequired("Escriba la cantidad.")])
    gas_day = StringField("Día de gas", validators=[InputRequired("Escriba el día, como 22/11/2026.")])
    note = TextAreaField("Motivo")
    shown = HiddenField()

    unit = Unit.M3
    parsed_day: GasDay | None = None
    parsed_quantity: Quantity | None = None

    def validate_reason(self, field: Field) -> None:
        """Require one of the three."""
        if field.data not in {each.value for each in PROPOSED}:
            raise ValidationError("Elija cruce, devolución o compensación.")

    def validate_side(self, field: Field) -> None:
        """Require one of the two."""
        if field.data not in (FAVOUR, AGAINST):
            raise ValidationError("Elija si es a favor o en contra del cliente.")

    def validate_gas_day(self, field: Field) -> None:
        """Read the day."""
        self.parsed_day = read_typed_day(str(field.data or ""))

    def validate_quantity(self, field: Field) -> None:
        """Read the quantity as written in Colombia, without sign: its side is chosen."""
        try:
            self.parsed_quantity = parse_quantity(str(field.data or ""), self.unit)
        except BadQuantity:
            example = QUANTITY_EXAMPLES[self.unit]
            raise ValidationError(f"No reconocemos esa cantidad. Escríbala sin signo, como {example}.") from None

    @property
    def wanted_reason(self) -> AdjustmentReason:
        """The chosen reason; only after validation."""
        return AdjustmentReason(self.reason.data)

    @property
    def signed(self) -> Quantity:
        """The quantity with the sign of its side, none for a netting; only after validation."""
        if self.parsed_quantity is None:
            raise ValueError("the form was not validated")
        netted = self.wanted_reason is AdjustmentReason.NETTING
        return -self.parsed_quantity if self.side.data == AGAINST and not netted else self.parsed_quantity


class DecisionForm(TypedForm):
    """Decision about an adjustment; ``shown`` is the digest of the effect that the page showed."""

    adjustment = HiddenField(validators=[InputRequired(NOT_SHOWN)])
    shown = HiddenField()
