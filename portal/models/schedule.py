"""Timetable, holidays, rules at the close, and the worker's duties."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, Time, true
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.nominations import ClosePolicy
from portal.domain.timetable import RequestKind

from .base import Base, RowId
from .types import GasDayDate, UtcMoment, Word, one_of


class TimetableRow(Base):
    """Window of requests of a kind for a gas day; hours are Colombian (docs/rules.md, "Timetable")."""

    __tablename__ = "timetable"
    __table_args__ = (
        CheckConstraint(one_of("kind", RequestKind), name="kind"),
        CheckConstraint("modality IS NULL OR " + one_of("modality", Modality), name="modality"),
        CheckConstraint("notice_hours >= 0", name="notice_not_negative"),
    )

    id: Mapped[RowId]
    modality: Mapped[Modality | None] = mapped_column(Word(Modality))
    kind: Mapped[RequestKind] = mapped_column(Word(RequestKind))
    opens_day: Mapped[int] = mapped_column(Integer)
    opens_time: Mapped[time] = mapped_column(Time)
    closes_day: Mapped[int] = mapped_column(Integer)
    closes_time: Mapped[time] = mapped_column(Time)
    notice_hours: Mapped[int] = mapped_column(Integer)
    max_per_day: Mapped[int | None] = mapped_column(Integer)
    valid_from: Mapped[GasDay] = mapped_column(GasDayDate)
    valid_until: Mapped[GasDay | None] = mapped_column(GasDayDate)
    # Why the window of one day was moved; with it, when and by whom.
    reason: Mapped[str | None] = mapped_column(String(200))
    recorded_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class Holiday(Base):
    """Public holiday of Colombia (Ley 51 of 1983, Ley 2578 of 2026); staff add and withdraw them (adr/0096).

    A withdrawn one keeps its row. ``learnt_at``: when the portal added it by itself after installation; ``told_at``:
    when the administrators were told.
    """

    __tablename__ = "holidays"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    is_observed: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    learnt_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    told_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class PointPolicy(Base):
    """Rule of a point at the close, from a gas day on; append-only, the latest row holds."""

    __tablename__ = "close_policies"
    __table_args__ = (
        CheckConstraint(one_of("policy", ClosePolicy), name="policy"),
        Index("ix_close_policies_delivery_point_id_valid_from", "delivery_point_id", "valid_from"),
    )

    id: Mapped[RowId]
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"))
    policy: Mapped[ClosePolicy] = mapped_column(Word(ClosePolicy))
    valid_from: Mapped[GasDay] = mapped_column(GasDayDate)
    recorded_at: Mapped[datetime] = mapped_column(UtcMoment)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class DayClose(Base):
    """Close of a gas day and modality, applied once: ``filled`` points nominated by their rule."""

    __tablename__ = "day_closes"
    __table_args__ = (CheckConstraint(one_of("modality", Modality), name="modality"),)

    gas_day: Mapped[GasDay] = mapped_column(GasDayDate, primary_key=True)
    modality: Mapped[Modality] = mapped_column(Word(Modality), primary_key=True)
    closed_at: Mapped[datetime] = mapped_column(UtcMoment)
    applied_at: Mapped[datetime] = mapped_column(UtcMoment)
    filled: Mapped[int] = mapped_column(Integer)


class DutyRun(Base):
    """Duty done once at its hour, such as the reminders of a day: the worker that inserts the row does it."""

    __tablename__ = "duty_runs"
    __table_args__ = {"sqlite_with_rowid": False}

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    done_at: Mapped[datetime] = mapped_column(UtcMoment)


class ShiftNote(Base):
    """Note of a customer for the operator's shift about a point's day; append-only."""

    __tablename__ = "shift_notes"
    __table_args__ = (Index("ix_shift_notes_gas_day_delivery_point_id", "gas_day", "delivery_point_id"),)

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"))
    gas_day: Mapped[GasDay] = mapped_column(GasDayDate)
    text: Mapped[str] = mapped_column(String(500))
    written_at: Mapped[datetime] = mapped_column(UtcMoment)
    written_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
