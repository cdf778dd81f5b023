"""Balance account: append-only readings, heating values and adjustments, and the figures in force."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.gas_day import GasDay
from portal.domain.nominations import CutReason
from portal.domain.quantities import HeatingValue, Quantity, Unit
from portal.domain.readings import AdjustmentReason, ReadingState

from .base import Base, RowId, WholeNumber
from .types import CubicMetres, GasDayDate, HeatingValueMilli, Mbtu, UtcMoment, Word, one_of


class ReadingImport(Base):
    """File of readings taken in; the same bytes a second time change nothing."""

    __tablename__ = "reading_imports"

    id: Mapped[RowId]
    file_name: Mapped[str] = mapped_column(String(200))
    file_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    rows: Mapped[int] = mapped_column(Integer)
    imported_at: Mapped[datetime] = mapped_column(UtcMoment)
    imported_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


# Of the index of days to certify; a query that names the same uses it.
UNCERTIFIED = "reading_state IN ('provisional', 'estimated')"


class Reading(Base):
    """Version of the gas measured at a point in a gas day, in m³; append-only by triggers."""

    __tablename__ = "readings"
    __table_args__ = (
        CheckConstraint(one_of("state", ReadingState), name="state"),
        CheckConstraint("volume_m3 >= 0", name="volume_not_negative"),
        CheckConstraint("(state = 'corrected') = (reason IS NOT NULL)", name="reason_when_corrected"),
        UniqueConstraint("delivery_point_id", "gas_day", "version"),
        # For the last day with readings, of all points.
        Index("ix_readings_gas_day", "gas_day"),
        # Partial: corrections are few.
        Index(
            "ix_readings_replaced",
            "delivery_point_id",
            "recorded_at",
            sqlite_where=text("version > 1"),
            postgresql_where=text("version > 1"),
        ),
    )

    id: Mapped[RowId]
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"))
    gas_day: Mapped[GasDay] = mapped_column(GasDayDate)
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[ReadingState] = mapped_column(Word(ReadingState))
    volume_m3: Mapped[Quantity] = mapped_column(CubicMetres)
    reason: Mapped[str | None] = mapped_column(String(500))
    import_id: Mapped[int | None] = mapped_column(ForeignKey("reading_imports.id"), index=True)
    import_line: Mapped[int | None] = mapped_column(Integer)
    recorded_at: Mapped[datetime] = mapped_column(UtcMoment)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class DailyHeatingValue(Base):
    """Heating value (PCS) at an exit point on a gas day, BTU/ft³; append-only versions."""

    __tablename__ = "heating_values"
    __table_args__ = (UniqueConstraint("exit_point_id", "gas_day", "version"),)

    id: Mapped[RowId]
    exit_point_id: Mapped[int] = mapped_column(ForeignKey("exit_points.id"))
    gas_day: Mapped[GasDay] = mapped_column(GasDayDate)
    version: Mapped[int] = mapped_column(Integer)
    heating_value: Mapped[HeatingValue] = mapped_column(HeatingValueMilli)
    recorded_at: Mapped[datetime] = mapped_column(UtcMoment)


class Adjustment(Base):
    """Dated movement of the account beside the daily imbalances; append-only (docs/rules.md, "Adjustments")."""

    __tablename__ = "adjustments"
    __table_args__ = (
        CheckConstraint(one_of("reason", AdjustmentReason), name="reason"),
        Index(
            "ix_adjustments_one_opening",
            "delivery_point_id",
            unique=True,
            sqlite_where=text("reason = 'opening'"),
            postgresql_where=text("reason = 'opening'"),
        ),
        # For what was moved after a day, at any point.
        Index("ix_adjustments_gas_day", "gas_day"),
    )

    id: Mapped[RowId]
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"), index=True)
    gas_day: Mapped[GasDay] = mapped_column(GasDayDate)
    reason: Mapped[AdjustmentReason] = mapped_column(Word(AdjustmentReason))
    note: Mapped[str] = mapped_column(String(500))
    quantity_m3: Mapped[Quantity] = mapped_column(CubicMetres)
    quantity_mbtu: Mapped[Quantity] = mapped_column(Mbtu)
    recorded_at: Mapped[datetime] = mapped_column(UtcMoment)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class AdjustmentRequest(Base):
    """Adjustment beyond the limit: proposed by one person, decided by another (adr/0130).

    ``quantity_micro`` moves the account of the point, positive "a favor", in millionths of ``unit``; a netting moves
    that of the other point by the opposite.
    """

    __tablename__ = "adjustment_requests"
    __table_args__ = (
        CheckConstraint("reason IN ('netting', 'payback', 'compensation')", name="reason"),
        CheckConstraint(one_of("unit", Unit), name="unit"),
        CheckConstraint("(reason = 'netting') = (other_point_id IS NOT NULL)", name="other_point_of_a_netting"),
        CheckConstraint("other_point_id IS NULL OR other_point_id <> delivery_point_id", name="two_points"),
        CheckConstraint("(approved IS NULL) = (decided_at IS NULL)", name="decided_once"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> requested_by_id", name="second_person"),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    reason: Mapped[AdjustmentReason] = mapped_column(Word(AdjustmentReason))
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"), index=True)
    other_point_id: Mapped[int | None] = mapped_column(ForeignKey("delivery_points.id"))
    gas_day: Mapped[GasDay] = mapped_column(GasDayDate)
    unit: Mapped[Unit] = mapped_column(Word(Unit))
    quantity_micro: Mapped[int] = mapped_column(WholeNumber)
    note: Mapped[str] = mapped_column(String(500))
    requested_at: Mapped[datetime] = mapped_column(UtcMoment)
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    approved: Mapped[bool | None] = mapped_column(Boolean)

    @property
    def quantity(self) -> Quantity:
        """The movement of the point's account, positive "a favor"."""
        return Quantity.from_micro(self.quantity_micro, self.unit)


class DailyBalance(Base):
    """Figures in force of a point and gas day: a projection of the append-only tables."""

    __tablename__ = "daily_balances"
    __table_args__ = (
        # What waits to be certified: a query that names the same reads it alone.
        Index(
            "ix_daily_balances_uncertified",
            "gas_day",
            "delivery_point_id",
            "reading_state",
            "consumed_m3",
            sqlite_where=text(UNCERTIFIED),
            postgresql_where=text(UNCERTIFIED),
        ),
        {"sqlite_with_rowid": False},
    )

    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"), primary_key=True)
    gas_day: Mapped[GasDay] = mapped_column(GasDayDate, primary_key=True)
    nominated_m3: Mapped[Quantity | None] = mapped_column(CubicMetres)
    nominated_mbtu: Mapped[Quantity | None] = mapped_column(Mbtu)
    nomination_revision: Mapped[int | None] = mapped_column(Integer)
    authorised_m3: Mapped[Quantity | None] = mapped_column(CubicMetres)
    authorised_mbtu: Mapped[Quantity | None] = mapped_column(Mbtu)
    cut_reason: Mapped[CutReason | None] = mapped_column(Word(CutReason))
    consumed_m3: Mapped[Quantity | None] = mapped_column(CubicMetres)
    consumed_mbtu: Mapped[Quantity | None] = mapped_column(Mbtu)
    reading_state: Mapped[ReadingState | None] = mapped_column(Word(ReadingState))
    heating_value: Mapped[HeatingValue | None] = mapped_column(HeatingValueMilli)
    heating_value_provisional: Mapped[bool] = mapped_column(Boolean, default=False)
    adjustment_m3: Mapped[Quantity] = mapped_column(CubicMetres)
    adjustment_mbtu: Mapped[Quantity] = mapped_column(Mbtu)


class MonthlyBalance(Base):
    """Month of a point: totals, and the account before its first and after its last day.

    ``days_out`` counts the month's days out of tolerance, each by the contract's tolerance of that month; ``strain`` is
    its imbalance in whole percent of what the tolerance leaves of it (adr/0129). ``last_measured_on`` is its last day
    with a reading, ``last_imbalance`` that day's imbalance. ``measured_days`` counts the month's days with a reading,
    ``measured_before`` those of all earlier months: with the point's first day they tell whether the account is
    complete. ``revision`` grows with each rewrite.
    """

    __tablename__ = "monthly_balances"
    __table_args__ = (
        # The overview reads a month of all points from it alone, side by side.
        Index(
            "ix_monthly_balances_standings",
            "month",
            "delivery_point_id",
            "days_out",
            "strain",
            "last_measured_on",
            "last_imbalance_m3",
            "last_imbalance_mbtu",
            "imbalance_m3",
            "imbalance_mbtu",
            "closing_m3",
            "closing_mbtu",
            "measured_days",
            "measured_before",
            # What the closings read besides.
            "consumed_m3",
        ),
        {"sqlite_with_rowid": False},
    )

    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"), primary_key=True)
    month: Mapped[date] = mapped_column(Date, primary_key=True)
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
    days_out: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    strain: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    last_measured_on: Mapped[date | None] = mapped_column(Date)
    last_imbalance_m3: Mapped[Quantity | None] = mapped_column(CubicMetres)
    last_imbalance_mbtu: Mapped[Quantity | None] = mapped_column(Mbtu)
    measured_days: Mapped[int] = mapped_column(Integer)
    measured_before: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(Integer)
