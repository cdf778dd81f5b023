"""Forms of the registry: typed text to entries, and entries back to typed text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from wtforms import BooleanField, HiddenField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length, ValidationError

from portal.domain.codes import print_nit
from portal.domain.gas_day import GasDay
from portal.domain.modalities import DeliveryPointKind, Modality
from portal.domain.quantities import BadQuantity, Quantity, Unit, parse_quantity
from portal.services.registry import (
    CompanyEntry,
    ContractEntry,
    ExitPointEntry,
    PointEntry,
    divisions,
    fingerprint,
    maxima,
    mergers,
)
from portal.services.registry.succession import Asked
from portal.web.filters import MODALITY_WORDS, UNIT_WORDS, quantity
from portal.web.forms import TypedForm
from portal.web.typed_days import read_typed_day

from .words import POINT_KIND_WORDS

_PERCENT = re.compile(r"([0-9]{1,3})(?:,([0-9]{1,2}))? ?%?")


def day_text(day: GasDay) -> str:
    """Return a day as it is typed: ``24/11/2026``."""
    return f"{day.date:%d/%m/%Y}"


def last_day(end: GasDay) -> str:
    """Return the last day of a validity whose end is excluded, as it is typed."""
    return day_text(end.plus(-1))


def percent_text(basis_points: int) -> str:
    """Return hundredths of a per cent as they are typed: ``5``, ``2,5``."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole},{rest:02}".rstrip("0") if rest else str(whole)


class DayField(StringField):
    """Gas day, blank for none unless it is required."""

    day: GasDay | None = None

    def __init__(self, label: str, *, required: bool = False, **given: Any) -> None:
        super().__init__(label, **given)
        self.required = required

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        """Read the day."""
        text = (self.data or "").strip()
        if not text:
            if self.required:
                raise ValidationError("Escriba la fecha, como 24/11/2026.")
            return
        # Contracts begin and end in other years too: none is guessed.
        self.day = read_typed_day(text, needs_year=True)

    @property
    def next_day(self) -> GasDay | None:
        """Day after the typed last day: the stored end of a validity."""
        return None if self.day is None else self.day.plus(1)

    @property
    def sure(self) -> GasDay:
        """Day of a required field after validation."""
        if self.day is None:
            raise RuntimeError("a form is read after it validated")
        return self.day


class QuantityField(StringField):
    """Quantity in the unit of another field of the form."""

    micro = 0

    def read(self, parse: Callable[[str], int]) -> None:
        """Read the quantity; called by the form, which knows the unit."""
        try:
            self.micro = parse(self.data or "")
        except BadQuantity:
            raise ValidationError("Escriba una cantidad en la unidad del contrato, como 12.500 o 498,5.") from None


class PercentField(StringField):
    """Percentage with at most two decimals."""

    basis_points = 0

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        """Read the percentage."""
        read = _PERCENT.fullmatch((self.data or "").strip())
        if read is None or not (self.data or "").isascii():
            raise ValidationError("Escriba un porcentaje, como 5 o 2,5.")
        self.basis_points = int(read[1]) * 100 + int((read[2] or "").ljust(2, "0"))


def one_of(label: str, words: Mapping[Any, str]) -> SelectField:
    """Return a select field of an enum's members, in their words."""
    return SelectField(
        label,
        choices=[SelectChoice(member.value, text) for member, text in words.items()],
        validate_choice=False,
        validators=[AnyOf([member.value for member in words], message="Elija uno de la lista.")],
    )


class EntryForm(TypedForm):
    """Form of a registry row; ``seen`` is the version that the page showed."""

    seen = HiddenField()


class CompanyForm(EntryForm):
    """A company."""

    nit = StringField("NIT", validators=[InputRequired("Escriba el NIT, como 900.123.456-8.")])
    name = StringField("Razón social", validators=[InputRequired("Escriba la razón social.")])
    address = StringField("Dirección de correspondencia")
    city = StringField("Ciudad")
    contact_name = StringField("Persona de contacto")
    contact_email = StringField("Correo")
    contact_phone = StringField("Teléfono")
    ended_on = DayField("Último día como cliente")

    def entry(self) -> CompanyEntry:
        """Return the typed company."""
        return CompanyEntry(
            nit=self.nit.data or "",
            name=self.name.data or "",
            address=self.address.data,
            city=self.city.data,
            contact_name=self.contact_name.data,
            contact_email=self.contact_email.data,
            contact_phone=self.contact_phone.data,
            ended_on=self.ended_on.next_day,
        )


class ContractForm(EntryForm):
    """Contract of a company."""

    number = StringField("Número del contrato", validators=[InputRequired("Escriba el número del contrato.")])
    modality = one_of("Modalidad", MODALITY_WORDS)
    unit = one_of("Unidad", UNIT_WORDS)
    maximum_micro = QuantityField("Máximo diario de todos sus puntos")
    maximum_blocks = BooleanField("No admite nominaciones por encima del máximo")
    tolerance_basis_points = PercentField("Tolerancia (%)")
    starts_on = DayField("Primer día", required=True)
    ends_on = DayField("Último día")
    supplier_name = StringField("Comercializador (solo ATR)")
    restates_closed_months = BooleanField("Las correcciones posteriores al cierre cambian el mes cerrado")
    agreed = HiddenField()

    def validate_maximum_micro(self, field: QuantityField) -> None:
        if self.unit.data in set(Unit):
            field.read(lambda text: parse_quantity(text, Unit(self.unit.data)).micro)

    def entry(self) -> ContractEntry:
        """Return the typed contract; only after validation."""
        return ContractEntry(
            number=self.number.data or "",
            modality=Modality(self.modality.data),
            unit=Unit(self.unit.data),
            maximum_micro=self.maximum_micro.micro,
            maximum_blocks=self.maximum_blocks.data,
            tolerance_basis_points=self.tolerance_basis_points.basis_points,
            starts_on=self.starts_on.sure,
            ends_on=self.ends_on.next_day,
            supplier_name=self.supplier_name.data,
            restates_closed_months=self.restates_closed_months.data,
        )


class MaximumForm(TypedForm):
    """Daily maximum of a contract from a day on, in its unit; ``agreed`` as in ``SuccessionForm``."""

    day = DayField("Desde el día de gas", required=True)
    maximum = QuantityField("Máximo diario de todos sus puntos")
    reason = TextAreaField("Razón")
    agreed = HiddenField()

    unit = Unit.M3

    def validate_maximum(self, field: QuantityField) -> None:
        field.read(lambda text: parse_quantity(text, self.unit).micro)

    def asked(self) -> maxima.Asked:
        """Return the typed maximum; only after validation."""
        return maxima.Asked(self.day.sure, Quantity.from_micro(self.maximum.micro, self.unit), self.reason.data or "")


class PointForm(EntryForm):
    """Delivery point of a contract."""

    name = StringField("Nombre", validators=[InputRequired("Escriba el nombre del punto.")])
    kind = one_of("Clase", POINT_KIND_WORDS)
    carrier_code = StringField("Código del transportador", validators=[InputRequired("Escriba el código.")])
    exit_point = SelectField("Punto de salida", validate_choice=False)
    municipality = StringField("Municipio", validators=[InputRequired("Escriba el municipio.")])
    unit = one_of("Unidad", UNIT_WORDS)
    starts_on = DayField("Primer día", required=True)
    ends_on = DayField("Último día")
    hourly_profile = TextAreaField("Perfil horario", validators=[Length(max=400, message="Son solo 24 números.")])
    contact_name = StringField("Persona de contacto en la estación")
    contact_phone = StringField("Teléfono de la estación")
    address = StringField("Dirección de la estación")
    shift_hours = StringField("Turno")
    agreed = HiddenField()

    def entry(self) -> PointEntry:
        """Return the typed point; only after validation."""
        return PointEntry(
            carrier_code=self.carrier_code.data or "",
            name=self.name.data or "",
            kind=DeliveryPointKind(self.kind.data),
            unit=Unit(self.unit.data),
            exit_point=self.exit_point.data or "",
            municipality=self.municipality.data or "",
            starts_on=self.starts_on.sure,
            ends_on=self.ends_on.next_day,
            hourly_profile=self.hourly_profile.data,
            contact_name=self.contact_name.data,
            contact_phone=self.contact_phone.data,
            address=self.address.data,
            shift_hours=self.shift_hours.data,
        )


class SuccessionForm(EntryForm):
    """Successor of a point from a day on, with other terms; ``agreed`` is the digest of the previewed effect."""

    day = DayField("Desde el día de gas", required=True)
    unit = one_of("Unidad", UNIT_WORDS)
    exit_point = SelectField("Punto de salida", validate_choice=False)
    contract = StringField("Contrato", validators=[InputRequired("Escriba el número del contrato.")])
    reason = TextAreaField("Razón")
    with_letter = BooleanField("Pedir de una vez la carta con la clave numérica del punto nuevo")
    carries = BooleanField("Llevar el saldo a la cuenta nueva")
    agreed = HiddenField()

    def asked(self) -> Asked:
        """Return the typed succession; only after validation."""
        return Asked(
            day=self.day.sure,
            unit=Unit(self.unit.data),
            exit_point=self.exit_point.data or "",
            contract=self.contract.data or "",
            reason=self.reason.data or "",
            with_letter=self.with_letter.data,
            carries=self.carries.data,
        )


class MergerForm(EntryForm):
    """Point whose gas is counted at another point from a day on; ``agreed`` as in ``SuccessionForm``."""

    day = DayField("Desde el día de gas", required=True)
    into = StringField("Punto que sigue", validators=[InputRequired("Escriba el código del punto que sigue.")])
    reason = TextAreaField("Razón")
    carries = BooleanField("Llevar el saldo a la cuenta que sigue")
    agreed = HiddenField()

    def asked(self) -> mergers.Asked:
        """Return the typed merger; only after validation."""
        return mergers.Asked(
            day=self.day.sure,
            into=self.into.data or "",
            reason=self.reason.data or "",
            carries=self.carries.data,
        )


class DivisionForm(EntryForm):
    """New point that has a share of a point's gas from a day on; ``agreed`` as in ``SuccessionForm``."""

    day = DayField("Desde el día de gas", required=True)
    code = StringField("Código del transportador", validators=[InputRequired("Escriba el código del punto nuevo.")])
    name = StringField("Nombre del punto nuevo", validators=[InputRequired("Escriba el nombre del punto nuevo.")])
    share = PercentField("Parte que pasa (%)")
    reason = TextAreaField("Razón")
    with_letter = BooleanField("Pedir de una vez la carta con la clave numérica del punto nuevo")
    carries = BooleanField("Llevar la misma parte del saldo")
    agreed = HiddenField()

    def asked(self) -> divisions.Asked:
        """Return the typed division; only after validation."""
        return divisions.Asked(
            day=self.day.sure,
            code=self.code.data or "",
            name=self.name.data or "",
            share=self.share.basis_points,
            reason=self.reason.data or "",
            with_letter=self.with_letter.data,
            carries=self.carries.data,
        )


class ExitPointForm(EntryForm):
    """City gate."""

    code = StringField("Código", validators=[InputRequired("Escriba el código.")])
    name = StringField("Nombre", validators=[InputRequired("Escriba el nombre.")])
    ended_on = DayField("Último día")

    def entry(self) -> ExitPointEntry:
        """Return the typed exit point."""
        return ExitPointEntry(self.code.data or "", self.name.data or "", self.ended_on.next_day)


class ContactForm(TypedForm):
    """Person who gets mail; the boxes of topics come with the request."""

    name = StringField("Nombre", validators=[InputRequired("Escriba el nombre del contacto.")])
    email = StringField("Correo", validators=[InputRequired("Escriba el correo, como nombre@empresa.com.")])
    phone = StringField("Teléfono", validators=[Length(max=40, message="Acórtelo.")])
    is_deputy = BooleanField("Es suplente: de los recordatorios recibe solo el último")


def typed(entry: CompanyEntry | ContractEntry | PointEntry | ExitPointEntry) -> dict[str, Any]:
    """Return an entry as its form's values."""
    values: dict[str, Any] = {name: getattr(entry, name) for name in entry.__slots__}
    for name, value in values.items():
        if isinstance(value, GasDay):
            values[name] = day_text(value) if name == "starts_on" else last_day(value)
    if isinstance(entry, CompanyEntry):
        values["nit"] = print_nit(entry.nit)
    if isinstance(entry, ContractEntry):
        values["maximum_micro"] = quantity(Quantity.from_micro(entry.maximum_micro, entry.unit))
        values["tolerance_basis_points"] = percent_text(entry.tolerance_basis_points)
    return values | {"seen": fingerprint(entry)}
