"""Meters of delivery points, and the indices by which readings were counted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity

from .base import Base, RowId, WholeNumber
from .types import CubicMetres, GasDayDate, UtcMoment


class MeterChange(Base):
    """Meter of a point from a gas day on, with the last index of the one before; append-only."""

    __tablename__ = "meter_changes"
    __table_args__ = (
        UniqueConstraint("delivery_point_id", "gas_day"),
        CheckConstraint("factor_micro > 0", name="factor_positive"),
        CheckConstraint("digits BETWEEN 4 AND 9", name="digits_range"),
    )

    id: Mapped[RowId]
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"))
    gas_day: Mapped[GasDay] = mapped_column(GasDayDate)
    serial: Mapped[str] = mapped_column(String(40))
    first_index: Mapped[Quantity] = mapped_column(CubicMetres)
    former_index: Mapped[Quantity | None] = mapped_column(CubicMetres)
    factor_micro: Mapped[int] = mapped_column(WholeNumber)
    digits: Mapped[int] = mapped_column(Integer)
    maximum_m3: Mapped[Quantity | None] = mapped_column(CubicMetres)
    note: Mapped[str] = mapped_column(String(300))
    recorded_at: Mapped[datetime] = mapped_column(UtcMoment)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class IndexReading(Base):
    """Index at the end of a gas day by which a reading was counted, and the meter that showed it; append-only."""

    __tablename__ = "index_readings"

    reading_id: Mapped[int] = mapped_column(ForeignKey("readings.id"), primary_key=True, autoincrement=False)
    meter_id: Mapped[int] = mapped_column(ForeignKey("meter_changes.id"))
    meter_index: Mapped[Quantity] = mapped_column(CubicMetres)
