"""Exact amounts of gas in standard m³ or MBTU, and the heating value that converts them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

MICRO = 1_000_000
CUBIC_METRES_PER_KPC = Decimal("28.316846592")

# MBTU = m³ × 35.3146667214886 × HHV / 1,000,000 and m³ = MBTU × 28,316.846592 / HHV, as whole numbers.
_CUBIC_FEET_PER_M3 = 353_146_667_214_886  # × 10⁻¹³
_M3_PER_MBTU_AT_ONE_BTU = 28_316_846_592  # × 10⁻⁶
_MILLI = 1_000
_MICRO_BTU = 10**13 * _MILLI * 10**6
_TWICE_CUBIC_FEET_PER_M3, _TWICE_MICRO_BTU = 2 * _CUBIC_FEET_PER_M3, 2 * _MICRO_BTU

# Twelve digits before the point exceed the country's yearly consumption; longer text is refused.
_AMOUNT = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?")
_LARGEST = 10**12


class Unit(StrEnum):
    """The unit of a delivery point: standard m³ (14.65 psia, 60 °F) or MBTU, one million BTU."""

    M3 = "m3"
    MBTU = "MBTU"


class UnitMismatch(TypeError):
    """Two units met in one operation."""

    def __init__(self, one: Unit, other: Unit) -> None:
        super().__init__(f"{one} and {other} do not mix")


@dataclass(frozen=True, slots=True, repr=False)
class Quantity:
    """Amount of gas: a whole number of millionths of ``unit``; a difference may be negative.

    Arithmetic and order stay within one unit, else ``UnitMismatch``; equal means same amount and same unit. Make one
    with ``of`` or ``from_micro``. A quantity of zero is true in a condition: zero is a value, None is absence.
    """

    micro: int
    unit: Unit

    @classmethod
    def of(cls, amount: str | int | Decimal, unit: Unit) -> Quantity:
        """Return ``amount`` of ``unit``; text is ASCII with a decimal point, as in ``"12.5"`` and ``"-3"``.

        Raises ``TypeError`` for a float or a bool; ``ValueError`` for NaN, infinities, other spellings, more than six
        decimals and more than twelve digits before the point.
        """
        return cls(_scaled(amount, MICRO), unit)

    @classmethod
    def from_micro(cls, micro: int, unit: Unit) -> Quantity:
        """Return ``micro`` millionths of ``unit``; raises ``TypeError`` for anything but an int."""
        if micro.__class__ is not int:
            raise TypeError(f"millionths are an int, not {type(micro).__name__}")
        return cls(micro, unit)

    @classmethod
    def zero(cls, unit: Unit) -> Quantity:
        """Return zero of ``unit``."""
        return cls(0, unit)

    @property
    def amount(self) -> Decimal:
        """The amount in its unit, exact, with six decimals."""
        return _decimal(self.micro, 6)

    def __add__(self, other: Quantity) -> Quantity:
        return Quantity(self.micro + self._same_unit(other), self.unit)

    def __sub__(self, other: Quantity) -> Quantity:
        return Quantity(self.micro - self._same_unit(other), self.unit)

    def __neg__(self) -> Quantity:
        return Quantity(-self.micro, self.unit)

    def __abs__(self) -> Quantity:
        return Quantity(abs(self.micro), self.unit)

    def __lt__(self, other: Quantity) -> bool:
        return self.micro < self._same_unit(other)

    def __le__(self, other: Quantity) -> bool:
        return self.micro <= self._same_unit(other)

    def __gt__(self, other: Quantity) -> bool:
        return self.micro > self._same_unit(other)

    def __ge__(self, other: Quantity) -> bool:
        return self.micro >= self._same_unit(other)

    def __repr__(self) -> str:
        return f"Quantity.of({plain(self)!r}, Unit.{self.unit.name})"

    def _same_unit(self, other: Quantity) -> int:
        if other.__class__ is not Quantity:
            raise TypeError(f"a quantity goes with a quantity, not with {type(other).__name__}")
        if other.unit is not self.unit:
            raise UnitMismatch(self.unit, other.unit)
        return other.micro


@dataclass(frozen=True, slots=True, order=True)
class HeatingValue:
    """The heating value (PCS) of gas in thousandths of BTU/ft³ at 14.65 psia and 60 °F, from 700 to 1,500 BTU/ft³."""

    milli: int

    def __post_init__(self) -> None:
        if self.milli.__class__ is not int:
            raise TypeError("thousandths of BTU/ft³ are an int")
        if not 700 * _MILLI <= self.milli <= 1_500 * _MILLI:
            raise ValueError("a heating value lies between 700 and 1,500 BTU/ft³")

    @classmethod
    def of(cls, amount: str | int | Decimal) -> HeatingValue:
        """Return ``amount`` BTU/ft³, at most three decimals; raises as ``Quantity.of``, and out of range."""
        return cls(_scaled(amount, _MILLI))

    @property
    def amount(self) -> Decimal:
        """The heating value in BTU/ft³, exact."""
        return _decimal(self.milli, 3)


@dataclass(frozen=True, slots=True)
class Gas:
    """The same gas in both units, as stored, with the heating value of its day."""

    m3: Quantity
    mbtu: Quantity

    def __post_init__(self) -> None:
        if self.m3.unit is not Unit.M3:
            raise UnitMismatch(Unit.M3, self.m3.unit)
        if self.mbtu.unit is not Unit.MBTU:
            raise UnitMismatch(Unit.MBTU, self.mbtu.unit)

    @classmethod
    def of(cls, quantity: Quantity, heating_value: HeatingValue) -> Gas:
        """Return ``quantity`` with its conversion; the given amount is kept as it is."""
        return cls(convert(quantity, Unit.M3, heating_value), convert(quantity, Unit.MBTU, heating_value))

    @classmethod
    def from_micro(cls, m3: int, mbtu: int) -> Gas:
        """Return the stored amounts, millionths of m³ and of MBTU."""
        return cls(Quantity.from_micro(m3, Unit.M3), Quantity.from_micro(mbtu, Unit.MBTU))

    @classmethod
    def zero(cls) -> Gas:
        """Return zero in both units."""
        return cls(Quantity.zero(Unit.M3), Quantity.zero(Unit.MBTU))

    def in_unit(self, unit: Unit) -> Quantity:
        """Return the stored amount in ``unit``; nothing is converted."""
        return self.m3 if unit is Unit.M3 else self.mbtu

    def __add__(self, other: Gas) -> Gas:
        return Gas(self.m3 + other.m3, self.mbtu + other.mbtu)

    def __sub__(self, other: Gas) -> Gas:
        return Gas(self.m3 - other.m3, self.mbtu - other.mbtu)

    def __neg__(self) -> Gas:
        return Gas(-self.m3, -self.mbtu)


def convert(quantity: Quantity, unit: Unit, heating_value: HeatingValue) -> Quantity:
    """Return ``quantity`` in ``unit``, rounded once, half-up, to six decimals.

    Source: docs/rules.md, "Units and heating value".
    """
    if quantity.unit is unit:
        return quantity
    micro_in = micro_mbtu if unit is Unit.MBTU else micro_m3
    return Quantity(micro_in(quantity.micro, heating_value.milli), unit)


def micro_mbtu(micro: int, milli: int) -> int:
    """Return millionths of m³ as millionths of MBTU, for a heating value in thousandths: ``convert`` on integers."""
    if micro < 0:
        return -micro_mbtu(-micro, milli)
    # ``half_up`` with its constants precomputed: an import calls this for every day of every account.
    return (micro * milli * _TWICE_CUBIC_FEET_PER_M3 + _MICRO_BTU) // _TWICE_MICRO_BTU


def micro_m3(micro: int, milli: int) -> int:
    """Return millionths of MBTU as millionths of m³, as ``micro_mbtu`` does."""
    return half_up(micro * _M3_PER_MBTU_AT_ONE_BTU * _MILLI, 10**6 * milli)


def in_kpc(quantity: Quantity) -> Decimal:
    """Return m³ as thousands of standard cubic feet, half-up to six decimals; raises ``UnitMismatch`` for MBTU."""
    if quantity.unit is not Unit.M3:
        raise UnitMismatch(Unit.M3, quantity.unit)
    return _decimal(half_up(quantity.micro * 10**9, int(CUBIC_METRES_PER_KPC * 10**9)), 6)


def half_up(numerator: int, denominator: int) -> int:
    """Return the quotient rounded to a whole number, ties away from zero; ``denominator`` is positive."""
    rounded = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -rounded if numerator < 0 else rounded


def plain(value: Decimal | Quantity) -> str:
    """Return the exact figure with a decimal point, no exponent and no trailing zeros: a page's ``data-value``.

    Raises ``ValueError`` for NaN and infinities.
    """
    if isinstance(value, Quantity):
        whole, rest = divmod(abs(value.micro), MICRO)
        sign = "-" if value.micro < 0 else ""
        return f"{sign}{whole}.{rest:06}".rstrip("0") if rest else f"{sign}{whole}"
    if not value.is_finite():
        raise ValueError(f"{value} is no figure")
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _decimal(scaled: int, decimals: int) -> Decimal:
    # From text: scaleb and division would round to the precision of the decimal context.
    return Decimal(f"{scaled}e-{decimals}")


def _scaled(amount: str | int | Decimal, parts: int) -> int:
    """Return ``amount`` as a whole number of ``parts`` of one; raises when it is none."""
    if isinstance(amount, bool) or not isinstance(amount, str | int | Decimal):
        raise TypeError(f"an amount is text, int or Decimal, not {type(amount).__name__}")
    if isinstance(amount, str) and not _AMOUNT.fullmatch(amount):
        raise ValueError("an amount is written with ASCII digits, at most twelve, a point and six decimals")
    exact = Decimal(amount)
    if not exact.is_finite():
        raise ValueError("an amount is finite")
    if not -_LARGEST < exact < _LARGEST:
        raise ValueError("an amount has at most twelve digits before the point")
    numerator, denominator = exact.as_integer_ratio()
    scaled, rest = divmod(numerator * parts, denominator)
    if rest:
        raise ValueError("an amount has no more decimals than it is kept with: six, three for a heating value")
    return scaled
