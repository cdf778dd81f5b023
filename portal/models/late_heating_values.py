"""Corrections of the heating value of a closed day: request, decision and effect."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.closings import LateTreatment
from portal.domain.gas_day import GasDay
from portal.domain.quantities import HeatingValue, Quantity

from .base import Base, RowId
from .types import CubicMetres, GasDayDate, HeatingValueMilli, Mbtu, UtcMoment, Word, one_of


class LateHeatingValue(Base):
    """Heating value, BTU/ft³, of an exit point, found wrong after a month was closed there.

    ``replaced`` is the day's own value at the request, None where it had none. Once approved it names the version that
    it became.
    """

    __tablename__ = "late_heating_values"
    __table_args__ = (
        CheckConstraint("(approved IS NULL) = (decided_at IS NULL)", name="decided_once"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> requested_by_id", name="second_person"),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    exit_point_id: Mapped[int] = mapped_column(ForeignKey("exit_points.id"), index=True)
    gas_day: Mapped[GasDay] = mapped_column(GasDayDate)
    heating_value: Mapped[HeatingValue] = mapped_column(HeatingValueMilli)
    replaced: Mapped[HeatingValue | None] = mapped_column(HeatingValueMilli)
    reason: Mapped[str] = mapped_column(String(300))
    requested_at: Mapped[datetime] = mapped_column(UtcMoment)
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    approved: Mapped[bool | None] = mapped_column(Boolean)
    heating_value_id: Mapped[int | None] = mapped_column(ForeignKey("heating_values.id"), unique=True)


class LateHeatingEffect(Base):
    """Effect of an approved correction on a point: ``days`` closed days, the last of them ``last_day``.

    The figures are the account's movement in each unit. ``kept_until`` is the last day that keeps the earlier version
    (``services/ledger/heating_values.py``); None where the months were restated. Without a treatment nothing is
    charged.
    """

    __tablename__ = "late_heating_effects"
    __table_args__ = (
        CheckConstraint("treatment IS NULL OR " + one_of("treatment", LateTreatment), name="treatment"),
        CheckConstraint(
            "(kept_until IS NULL) = (treatment IS NOT NULL AND treatment = 'restatement')", name="kept_unless_restated"
        ),
        UniqueConstraint("late_heating_value_id", "delivery_point_id"),
    )

    id: Mapped[RowId]
    late_heating_value_id: Mapped[int] = mapped_column(ForeignKey("late_heating_values.id"))
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"))
    treatment: Mapped[LateTreatment | None] = mapped_column(Word(LateTreatment))
    days: Mapped[int] = mapped_column(Integer)
    last_day: Mapped[GasDay] = mapped_column(GasDayDate)
    kept_until: Mapped[GasDay | None] = mapped_column(GasDayDate)
    effect_m3: Mapped[Quantity] = mapped_column(CubicMetres)
    effect_mbtu: Mapped[Quantity] = mapped_column(Mbtu)
    adjustment_id: Mapped[int | None] = mapped_column(ForeignKey("adjustments.id"))
