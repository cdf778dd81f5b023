"""Closed months: numbered statements that freeze their figures, and later corrections."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.balance import ExceptionClause, LateTreatment
from portal.domain.gas_day import GasDay
from portal.domain.quantities import HeatingValue, Quantity

from .base import Base, RowId
from .types import CubicMetres, GasDayDate, HeatingValueMilli, Mbtu, UtcMoment, Word, one_of


class MonthClosing(Base):
    """Numbered statement of a closed month; append-only.

    It freezes every gas day up to the last of ``month``. A version above 1 restates the month, for its ``reason``.
    ``days_hash`` is the SHA-256 of the month's daily rows.
    """

    __tablename__ = "month_closings"
    __table_args__ = (
        CheckConstraint("(version > 1) = (reason IS NOT NULL)", name="reason_when_restated"),
        UniqueConstraint("delivery_point_id", "month", "version"),
        Index("ix_month_closings_month_delivery_point_id", "month", "delivery_point_id"),
    )

    id: Mapped[RowId]
    statement_number: Mapped[str] = mapped_column(String(20), unique=True)
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"))
    month: Mapped[date] = mapped_column(Date)
    version: Mapped[int] = mapped_column(Integer)
    nominated_m3: Mapped[Quantity] = mapped_column(CubicMetres)
    nominated_mbtu: Mapped[Quantity] = mapped_column(Mbtu)
    authorised_m3: Mapped[Quantity] = mapped_column(CubicMetres)
    authorised_mbtu: Mapped[Quantity] = mapped_column(Mbtu)
    consumed_m3: Mapped[Quantity] = mapped_column(CubicMetres)
    consumed_mbtu: Mapped[Quantity] = mapped_column(Mbtu)
    imbalance_m3: Mapped[Quantity] = mapped_column(CubicMetres)
    imbalance_mbtu: Mapped[Quantity] = mapped_column(Mbtu)
    adjustment_m3: Mapped[Quantity] = mapped_column(CubicMetres)
    adjustment_mbtu: Mapped[Quantity] = mapped_column(Mbtu)
    opening_m3: Mapped[Quantity] = mapped_column(CubicMetres)
    opening_mbtu: Mapped[Quantity] = mapped_column(Mbtu)
    closing_m3: Mapped[Quantity] = mapped_column(CubicMetres)
    closing_mbtu: Mapped[Quantity] = mapped_column(Mbtu)
    measured_days: Mapped[int] = mapped_column(Integer)
    missing_days: Mapped[int] = mapped_column(Integer)
    provisional_days: Mapped[int] = mapped_column(Integer)
    days_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    reason: Mapped[str | None] = mapped_column(String(500))
    closed_at: Mapped[datetime] = mapped_column(UtcMoment)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class LateCorrection(Base):
    """Correction of a reading after its month was closed: requested by one person, decided by another.

    ``volume_m3`` is the right figure, ``replaced_m3`` the one in force at the request. Once approved it names the
    adjustment it became, or the reading and the statement that restate the month.
    """

    __tablename__ = "late_corrections"
    __table_args__ = (
        CheckConstraint("volume_m3 >= 0", name="volume_not_negative"),
        CheckConstraint("treatment IS NULL OR " + one_of("treatment", LateTreatment), name="treatment"),
        CheckConstraint("(approved IS NULL) = (decided_at IS NULL)", name="decided_once"),
        CheckConstraint("exception_clause IS NULL OR " + one_of("exception_clause", ExceptionClause), name="exception"),
        CheckConstraint("(exception_clause IS NULL) = (exception_reason IS NULL)", name="exception_whole"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> requested_by_id", name="second_person"),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"), index=True)
    gas_day: Mapped[GasDay] = mapped_column(GasDayDate)
    volume_m3: Mapped[Quantity] = mapped_column(CubicMetres)
    replaced_m3: Mapped[Quantity] = mapped_column(CubicMetres)
    reason: Mapped[str] = mapped_column(String(500))
    # Clause by which a supervisor charges it after more than five months, and the reason.
    exception_clause: Mapped[ExceptionClause | None] = mapped_column(Word(ExceptionClause))
    exception_reason: Mapped[str | None] = mapped_column(String(300))
    treatment: Mapped[LateTreatment | None] = mapped_column(Word(LateTreatment))
    requested_at: Mapped[datetime] = mapped_column(UtcMoment)
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    approved: Mapped[bool | None] = mapped_column(Boolean)
    adjustment_id: Mapped[int | None] = mapped_column(ForeignKey("adjustments.id"))
    reading_id: Mapped[int | None] = mapped_column(ForeignKey("readings.id"))
    closing_id: Mapped[int | None] = mapped_column(ForeignKey("month_closings.id"))


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
