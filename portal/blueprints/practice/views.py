"""Practice of a nomination: ask, sign with the printed code, see the receipt; each screen says that it counts not."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from wtforms import Field, StringField
from wtforms.validators import ValidationError

from portal.domain.gas_day import GasDay
from portal.domain.keys import print_numeric_key
from portal.domain.practice import CODE, POINT
from portal.domain.quantities import BadQuantity, Quantity, Unit, parse_quantity, spell_out
from portal.services.nominations import practice as practising
from portal.services.store.refusals import Rejected
from portal.web.access import Audience, act, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.forms import SecretField, TypedForm
from portal.web.typed_days import read_typed_day
from portal.words.typed_quantities import QUANTITY_PROBLEMS

from .words import WORDS, spoken

blueprint = Blueprint("practice", __name__)


class AskForm(TypedForm):
    """Gas day and quantity."""

    gas_day = StringField("Día de gas")
    quantity = StringField("Cantidad (m³)")
    parsed_day: GasDay | None = None
    parsed_quantity: Quantity | None = None

    def validate_gas_day(self, field: Field) -> None:
        """Read the day."""
        self.parsed_day = read_typed_day(str(field.data or ""))

    def validate_quantity(self, field: Field) -> None:
        """Read the quantity."""
        try:
            self.parsed_quantity = parse_quantity(str(field.data or ""), Unit.M3)
        except BadQuantity as bad:
            raise ValidationError(QUANTITY_PROBLEMS[bad.problem][Unit.M3]) from None


class SignForm(TypedForm):
    """Fictitious security code."""

    security_code = SecretField("Código de seguridad de práctica")


@blueprint.route("/practica", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def practice() -> ResponseReturnValue:
    """Ask for a quantity at the fictitious point; list what was practised today."""
    form = AskForm()
    if form.validate_on_submit() and form.parsed_day is not None and form.parsed_quantity is not None:
        try:
            found = practising.write(act(), gas_day=form.parsed_day, quantity=form.parsed_quantity)
        except Rejected as refused:
            show_refusal(form, spoken(refused), WORDS)
        else:
            return go(".sign", practice=found)
    return page(
        "practice/practice.html",
        form=form,
        point=POINT,
        practised=practising.list_own(act()),
        open_day=practising.find_next_day(act()),
    )


@blueprint.route("/practica/<practice>/firma", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def sign(practice: str) -> ResponseReturnValue:
    """Show what is signed, and take the printed code."""
    form, found = SignForm(), practising.find(act(), public_id=practice)
    if form.validate_on_submit():
        try:
            practising.sign(act(), public_id=practice, code=form.security_code.data or "")
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        else:
            return go(".receipt", practice=practice)
    return page(
        "practice/sign.html",
        form=form,
        found=found,
        point=POINT,
        code=print_numeric_key(CODE),
        words=spell_out(found.quantity),
    )


@blueprint.get("/practica/<practice>")
@open_to(Audience.CUSTOMER)
def receipt(practice: str) -> ResponseReturnValue:
    """Show the receipt of a signed request, or say that it is not signed yet."""
    found = practising.find(act(), public_id=practice)
    return page("practice/receipt.html", found=found, point=POINT, words=spell_out(found.quantity))
