"""City gates: their terms by dates, what they measured, and what was confirmed and allocated there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.gas_day import GasDay
from portal.domain.gates import AllocationRule
from portal.domain.nominations import CutReason
from portal.domain.quantities import Quantity, Unit

from .base import Base, RowId, WholeNumber
from .types import CubicMetres, GasDayDate, UtcMoment, Word, one_of


class GateTerms(Base):
    """Capacity, band and rule of allocation of a gate from a gas day on; append-only."""

    __tablename__ = "gate_terms"
    __table_args__ = (
        CheckConstraint("band_basis_points BETWEEN 0 AND 10000", name="band_range"),
        CheckConstraint("capacity_m3 IS NULL OR capacity_m3 > 0", name="capacity_positive"),
        CheckConstraint(one_of("allocation", AllocationRule), name="allocation"),
    )

    id: Mapped[RowId]
    exit_point_id: Mapped[int] = mapped_column(ForeignKey("exit_points.id"), index=True)
    valid_from: Mapped[GasDay] = mapped_column(GasDayDate)
    # Most gas of a day, standard m³; None where it is not known.
    capacity_m3: Mapped[Quantity | None] = mapped_column(CubicMetres)
    band_basis_points: Mapped[int] = mapped_column(Integer)
    allocation: Mapped[AllocationRule] = mapped_column(Word(AllocationRule))
    reason: Mapped[str] = mapped_column(String(300))
    recorded_at: Mapped[datetime] = mapped_column(UtcMoment)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class GateReading(Base):
    """Gas that a gate measured on a gas day, versions 1..n; append-only."""

    __tablename__ = "gate_readings"
    __table_args__ = (
        CheckConstraint("volume_m3 >= 0", name="volume_not_negative"),
        UniqueConstraint("exit_point_id", "gas_day", "version"),
    )

    id: Mapped[RowId]
    exit_point_id: Mapped[int] = mapped_column(ForeignKey("exit_points.id"))
    gas_day: Mapped[GasDay] = mapped_column(GasDayDate, index=True)
    version: Mapped[int] = mapped_column(Integer)
    volume_m3: Mapped[Quantity] = mapped_column(CubicMetres)
    recorded_at: Mapped[datetime] = mapped_column(UtcMoment)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class GateConfirmation(Base):
    """Answer of the transporter for a gate and gas day, versions 1..n; append-only.

    Quantities are in millionths of ``unit``; ``nominated_micro`` is what the transporter says that it was asked for,
    None where it does not say.
    """

    __tablename__ = "gate_confirmations"
    __table_args__ = (
        CheckConstraint("confirmed_micro >= 0", name="confirmed_not_negative"),
        CheckConstraint("nominated_micro IS NULL OR nominated_micro >= 0", name="nominated_not_negative"),
        CheckConstraint(one_of("unit", Unit), name="unit"),
        UniqueConstraint("exit_point_id", "gas_day", "version"),
    )

    id: Mapped[RowId]
    exit_point_id: Mapped[int] = mapped_column(ForeignKey("exit_points.id"))
    gas_day: Mapped[GasDay] = mapped_column(GasDayDate, index=True)
    version: Mapped[int] = mapped_column(Integer)
    # The frozen version that was the newest when the answer came; None before any was frozen.
    book_id: Mapped[int | None] = mapped_column(ForeignKey("day_books.id"))
    unit: Mapped[Unit] = mapped_column(Word(Unit))
    nominated_micro: Mapped[int | None] = mapped_column(WholeNumber)
    confirmed_micro: Mapped[int] = mapped_column(WholeNumber)
    cut_reason: Mapped[CutReason | None] = mapped_column(Word(CutReason))
    note: Mapped[str] = mapped_column(String(300))
    recorded_at: Mapped[datetime] = mapped_column(UtcMoment)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    @property
    def confirmed(self) -> Quantity:
        """The quantity that the transporter delivers."""
        return Quantity.from_micro(self.confirmed_micro, self.unit)

    @property
    def nominated(self) -> Quantity | None:
        """The quantity that the transporter says it was asked for."""
        return None if self.nominated_micro is None else Quantity.from_micro(self.nominated_micro, self.unit)


class GateAllocation(Base):
    """Allocation of the differences of a gate in a month, asked for and decided (adr/0139).

    Up to the limit of adjustments one person is enough; ``needs_second`` beyond it.
    """

    __tablename__ = "gate_allocations"
    __table_args__ = (
        CheckConstraint("(approved IS NULL) = (decided_at IS NULL)", name="decided_once"),
        CheckConstraint(
            "decided_by_id IS NULL OR NOT needs_second OR decided_by_id <> requested_by_id", name="second_person"
        ),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    exit_point_id: Mapped[int] = mapped_column(ForeignKey("exit_points.id"), index=True)
    # First day of the month.
    month: Mapped[GasDay] = mapped_column(GasDayDate)
    note: Mapped[str] = mapped_column(String(500))
    needs_second: Mapped[bool] = mapped_column(Boolean)
    requested_at: Mapped[datetime] = mapped_column(UtcMoment)
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    approved: Mapped[bool | None] = mapped_column(Boolean)


class GateAllocationDay(Base):
    """Day of an allocation that was made: gate and sum of points as they counted; append-only, once for a gate."""

    __tablename__ = "gate_allocation_days"

    exit_point_id: Mapped[int] = mapped_column(ForeignKey("exit_points.id"), primary_key=True, autoincrement=False)
    gas_day: Mapped[GasDay] = mapped_column(GasDayDate, primary_key=True)
    allocation_id: Mapped[int] = mapped_column(ForeignKey("gate_allocations.id"), index=True)
    rule: Mapped[AllocationRule] = mapped_column(Word(AllocationRule))
    measured_m3: Mapped[Quantity] = mapped_column(CubicMetres)
    counted_m3: Mapped[Quantity] = mapped_column(CubicMetres)
