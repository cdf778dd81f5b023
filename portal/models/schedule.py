"""Rows of data that steer nominations: the timetable and the holidays."""

from __future__ import annotations

from datetime import date, time

from sqlalchemy import CheckConstraint, Date, Integer, String, Time
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.timetable import RequestKind

from .base import Base, RowId
from .types import GasDayDate, Word, one_of


class TimetableRow(Base):
    """When requests of a kind are taken for a gas day; hours are Colombian (domain.md §4)."""

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


class Holiday(Base):
    """A public holiday of Colombia (Ley 51 of 1983, Ley 2578 of 2026); staff may edit the table."""

    __tablename__ = "holidays"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
