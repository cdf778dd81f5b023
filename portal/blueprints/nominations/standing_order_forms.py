"""Form of a standing order: its quantities and last day, and under the shown document the code."""

from __future__ import annotations

from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import InputRequired, Length

from portal.domain.quantities import Unit
from portal.domain.standing_orders import Pattern
from portal.services.nominations.standing_orders import Asked
from portal.web.forms import SecretField, TypedForm
from portal.web.typed_days import read_typed_day

from .forms import read_quantity


class OrderForm(TypedForm):
    """First step: the quantities, in the unit of the point."""

    every_day = StringField("Cada día")
    sundays = StringField("Domingos, si es otra cantidad")
    holidays = StringField("Festivos, si es otra cantidad")
    last_day = StringField("Último día, si lo hay")
    confirm_unusual = BooleanField("Revisé la cantidad y es correcta: enviar de todos modos")

    unit: Unit = Unit.M3
    # A quantity needs the tick.
    is_unusual = False

    def validate_every_day(self, field: StringField) -> None:
        """Read the quantity, which must be there."""
        self._daily = read_quantity(field.data or "", self.unit)

    def validate_sundays(self, field: StringField) -> None:
        """Read the quantity; blank: as every day."""
        self._sundays = read_quantity(field.data, self.unit) if field.data else None

    def validate_holidays(self, field: StringField) -> None:
        """Read the quantity; blank: as any other day."""
        self._holidays = read_quantity(field.data, self.unit) if field.data else None

    def validate_last_day(self, field: StringField) -> None:
        """Read the day; blank: without end."""
        self._last_day = read_typed_day(field.data) if field.data else None

    @property
    def asked(self) -> Asked:
        """The order of a valid form."""
        pattern = Pattern(
            every_day=self._daily, sundays=self._sundays, holidays=self._holidays, last_day=self._last_day
        )
        return Asked(pattern=pattern, confirmed=bool(self.confirm_unusual.data))


class SignOrderForm(OrderForm):
    """Second step: the same content as it was shown, and the security code."""

    shown = HiddenField()
    security_code = SecretField(
        "Código de seguridad",
        validators=[
            InputRequired("Escriba el código de seguridad: es la clave numérica de su carta."),
            Length(max=64, message="Código incorrecto: el código de seguridad tiene 9 cifras, como 483 920 175."),
        ],
    )

    @property
    def is_of_content(self) -> bool:
        """True when an error is about the content, which the first step corrects."""
        return any(name != "security_code" for name in self.errors)


class EndForm(TypedForm):
    """One tap: the version of the order that the page showed."""

    version = HiddenField()
