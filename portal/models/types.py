"""Column types that store moments, gas days, quantities and enums exactly."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Date, DateTime, Integer, String, TypeDecorator
from sqlalchemy.engine import Dialect

from portal.domain.gas_day import GasDay
from portal.domain.quantities import HeatingValue, Quantity, Unit


class UtcMoment(TypeDecorator[datetime]):
    """Aware moment, stored in UTC; a naive one is refused.

    PostgreSQL stores ``timestamptz``; SQLite, which has no zones, stores UTC text, read back with its zone.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC; raises ``ValueError`` for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment with its zone, UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class GasDayDate(TypeDecorator[GasDay]):
    """Gas day, stored as its calendar date."""

    impl = Date
    cache_ok = True

    def process_bind_param(self, value: GasDay | date | None, dialect: Dialect) -> date | None:
        """Return the date of the gas day."""
        return value.date if isinstance(value, GasDay) else value

    def process_result_value(self, value: date | None, dialect: Dialect) -> GasDay | None:
        """Return the gas day."""
        return None if value is None else GasDay(value)


class _Millionths(TypeDecorator[Quantity]):
    """Quantity of one unit, stored as a 64-bit whole number of millionths (ADR 0002)."""

    impl = BigInteger
    cache_ok = True
    unit: Unit

    def process_bind_param(self, value: Quantity | None, dialect: Dialect) -> int | None:
        """Return the millionths; raises ``ValueError`` for another unit."""
        if value is None:
            return None
        if value.unit is not self.unit:
            raise ValueError(f"a column of {self.unit} cannot keep {value.unit}")
        return value.micro

    def process_result_value(self, value: int | None, dialect: Dialect) -> Quantity | None:
        """Return the quantity."""
        # PostgreSQL returns the sum of a BIGINT column as NUMERIC.
        return None if value is None else Quantity.from_micro(int(value), self.unit)


class CubicMetres(_Millionths):
    """Standard cubic metres (14.65 psia, 60 °F) in millionths."""

    cache_ok = True
    unit = Unit.M3


class Mbtu(_Millionths):
    """Millions of BTU in millionths."""

    cache_ok = True
    unit = Unit.MBTU


class HeatingValueMilli(TypeDecorator[HeatingValue]):
    """Heating value in thousandths of BTU/ft³."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: HeatingValue | None, dialect: Dialect) -> int | None:
        """Return the thousandths."""
        return None if value is None else value.milli

    def process_result_value(self, value: int | None, dialect: Dialect) -> HeatingValue | None:
        """Return the heating value."""
        return None if value is None else HeatingValue(value)


class TenThousandths(TypeDecorator[Decimal]):
    """Decimal of at most four places, stored as a 64-bit whole number of ten-thousandths."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Return the ten-thousandths; raises ``ValueError`` for a finer figure."""
        if value is None:
            return None
        scaled = value.scaleb(4)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{value} has more than four places")
        return int(scaled)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Return the decimal, of two places where they are enough."""
        if value is None:
            return None
        return Decimal(value // 100).scaleb(-2) if value % 100 == 0 else Decimal(value).scaleb(-4)


class Word(TypeDecorator[StrEnum]):
    """Member of a ``StrEnum``, stored as its value; a check constraint of the table names the allowed ones."""

    impl = String(40)
    cache_ok = True

    def __init__(self, members: type[StrEnum]) -> None:
        super().__init__()
        self.members = members

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Return the member's value; raises ``ValueError`` for a value that is none."""
        return None if value is None else self.members(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """Return the member."""
        return None if value is None else self.members(value)


def one_of(column: str, members: type[StrEnum]) -> str:
    """Return the SQL of a check that ``column`` holds one of ``members``."""
    words = ", ".join(f"'{member.value}'" for member in members)
    return f"{column} IN ({words})"


__all__ = [
    "CubicMetres",
    "GasDayDate",
    "HeatingValueMilli",
    "Mbtu",
    "TenThousandths",
    "UtcMoment",
    "Word",
    "one_of",
]
