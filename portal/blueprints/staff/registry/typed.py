"""Fields for typed days, quantities and percentages as they are written in Colombia."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from wtforms import StringField
from wtforms.validators import ValidationError

from portal.domain.gas_day import BadGasDay, GasDay, parse_gas_day
from portal.domain.quantities import BadQuantity

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
        try:
            self.day = parse_gas_day(text)
        except BadGasDay:
            raise ValidationError("No reconocemos esa fecha. Escríbala como día/mes/año: 24/11/2026.") from None

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
