"""Forms of the wizard: one question each."""

from __future__ import annotations

import re
from typing import Any

from wtforms import BooleanField, Field, HiddenField, RadioField, SelectChoice, StringField
from wtforms.validators import AnyOf, InputRequired, Length, ValidationError

from portal.domain.gas_day import GasDay
from portal.domain.quantities import BadQuantity, Quantity, Unit, parse_quantity
from portal.domain.suggestions import Basis
from portal.domain.timetable import KIND_WORDS, RequestKind
from portal.services.keys import caller_grants
from portal.services.store.refusals import Refusal
from portal.web.access import act
from portal.web.forms import SecretField, TypedForm
from portal.web.places import Place
from portal.web.second_factor_form import CODE_WORDS
from portal.web.typed_days import read_typed_day
from portal.words.typed_quantities import QUANTITY_PROBLEMS

NO_VERSION = -1
OFFER_MISSING = "Elija con cuál de los botones quiere nominar."
KIND_MISSING = "Elija si envía una nominación o una re-nominación."


class PointForm(TypedForm):
    """Step 1: the EDS or plant."""

    delivery_point = RadioField(validate_choice=False, validators=[InputRequired()])

    @classmethod
    def of(cls, place: Place, **given: Any) -> PointForm:
        """Return the form that asks for such a place."""
        form = cls(**given)
        form.delivery_point.label.text = f"¿Para cuál {place.noun}?"
        form.delivery_point.validators = [
            InputRequired(f"Elija {place.article} {place.noun} para {place.article} que pide el gas.")
        ]
        return form


class DraftForm(TypedForm):
    """Field of every later step: the version of the draft that the page showed."""

    version = HiddenField()

    @property
    def shown_version(self) -> int | None:
        """Shown version; None without one, and one that no draft has when the field is invalid."""
        carried = str(self.version.data or "")
        if not carried:
            return None
        return int(carried) if re.fullmatch("[0-9]{1,9}", carried) else NO_VERSION


def _typed(field: Field) -> str:
    """Return the request's value of the field; a suggestion of the page does not count."""
    return str(field.raw_data[0]) if field.raw_data else ""


def read_quantity(text: str, unit: Unit) -> Quantity:
    """Return the quantity that a text gives; ``ValidationError`` with its problem in words."""
    try:
        return parse_quantity(text, unit)
    except BadQuantity as bad:
        raise ValidationError(QUANTITY_PROBLEMS[bad.problem][unit]) from None


class KindForm(DraftForm):
    """Step 2: nomination or renomination."""

    kind = RadioField(
        "¿Qué va a enviar?",
        choices=[SelectChoice(kind.value, KIND_WORDS[kind]) for kind in RequestKind],
        validate_choice=False,
        validators=[
            InputRequired(KIND_MISSING),
            AnyOf([kind.value for kind in RequestKind], KIND_MISSING),
        ],
    )

    @property
    def value(self) -> RequestKind:
        """The chosen kind."""
        return RequestKind(self.kind.data)


class GasDayForm(DraftForm):
    """Step 3: the gas day, typed or picked in the calendar."""

    gas_day = StringField("Día de gas")
    pick = HiddenField()

    parsed: GasDay | None = None

    def validate_gas_day(self, field: StringField) -> None:
        """Read the picked day, else the typed one."""
        self.parsed = read_typed_day(self.pick.data or _typed(field))
        # Errors stand beside the typed day, also for a picked one.
        field.data = self.parsed.date.strftime("%d/%m/%Y") if self.pick.data else field.data


class QuantityForm(DraftForm):
    """Step 4: the quantity, in the unit of the point."""

    quantity = StringField("Cantidad")
    confirm_unusual = BooleanField("Revisé la cantidad y es correcta: enviar de todos modos")

    unit: Unit = Unit.M3
    parsed: Quantity | None = None

    def validate_quantity(self, field: StringField) -> None:
        """Read the figure as written in Colombia; a bad one never becomes another number."""
        self.parsed = read_quantity(_typed(field), self.unit)


class PreparedForm(TypedForm):
    """Nomination prepared by an agent for a customer: kind, day and quantity at once."""

    kind = RadioField(
        "¿Qué prepara?",
        choices=[SelectChoice(kind.value, KIND_WORDS[kind]) for kind in RequestKind],
        validate_choice=False,
        default=RequestKind.NOMINATION.value,
        validators=[AnyOf([kind.value for kind in RequestKind], KIND_MISSING)],
    )
    gas_day = StringField("Día de gas")
    quantity = StringField("Cantidad")

    unit: Unit = Unit.M3
    day: GasDay | None = None
    amount: Quantity | None = None

    def validate_gas_day(self, field: StringField) -> None:
        """Read the day."""
        self.day = read_typed_day(field.data or "")

    def validate_quantity(self, field: StringField) -> None:
        """Read the quantity in the unit of the point."""
        self.amount = read_quantity(field.data or "", self.unit)

    @property
    def value(self) -> RequestKind:
        """The chosen kind."""
        return RequestKind(self.kind.data)


class QuickForm(TypedForm):
    """One tap: the offer and the gas day of the pressed button."""

    gas_day = HiddenField(validators=[InputRequired(OFFER_MISSING)])
    basis = HiddenField(validators=[AnyOf([basis.value for basis in Basis], OFFER_MISSING)])

    parsed: GasDay | None = None

    def validate_gas_day(self, field: HiddenField) -> None:
        """Read the day of the button."""
        self.parsed = read_typed_day(field.data or "")

    @property
    def errors(self) -> dict[str | None, list[str]]:
        """Every problem, for the head of the page: a hidden field cannot be focused."""
        found = [problem for problems in super().errors.values() for problem in problems]
        return {None: found} if found else {}

    @property
    def chosen(self) -> Basis:
        """Chosen offer."""
        return Basis(self.basis.data)


class SignatureForm(TypedForm):
    """Step 5: the security code under the shown document."""

    shown = HiddenField()
    security_code = SecretField(
        "Código de seguridad",
        validators=[
            InputRequired("Escriba el código de seguridad: es la clave numérica de su carta."),
            Length(max=64, message="Código incorrecto: el código de seguridad tiene 9 cifras, como 483 920 175."),
        ],
    )

    def forget(self) -> None:
        """Empty the field of the code: it is never shown again."""
        self.security_code.data = None


class CallSignatureForm(TypedForm):
    """Step 5 of an agent: the code of the agent's own authenticator under the shown document."""

    shown = HiddenField()
    totp = SecretField(
        "Su código de verificación",
        validators=[
            InputRequired("Escriba el código de 6 cifras de su propia aplicación: es su firma."),
            Length(max=32, message=CODE_WORDS[Refusal.SECOND_FACTOR_FORMAT]),
        ],
    )

    def forget(self) -> None:
        """Empty the field of the code: it is never shown again."""
        self.totp.data = None


def signature_form() -> SignatureForm | CallSignatureForm:
    """Return the form by which the signed-in person signs: with the point's code, an agent with their own."""
    return CallSignatureForm() if caller_grants.is_by_agent(act()) else SignatureForm()
