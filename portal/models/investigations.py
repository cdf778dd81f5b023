"""Investigations of significant deviations, step by step."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ColumnElement, Date, ForeignKey, Integer, String, UniqueConstraint, exists
from sqlalchemy.orm import Mapped, aliased, mapped_column

from portal.domain.investigations import InvestigationStep

from .base import Base, RowId
from .types import UtcMoment, Word, one_of


class InvestigationEntry(Base):
    """Step of the investigation of a point's month, numbered 1..n; append-only.

    ``done_on`` is the day on which it was done, which may lie before it was written down. The worker has no author.
    """

    __tablename__ = "investigation_entries"
    __table_args__ = (
        CheckConstraint(one_of("step", InvestigationStep), name="step"),
        UniqueConstraint("delivery_point_id", "month", "number"),
    )

    id: Mapped[RowId]
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"))
    month: Mapped[date] = mapped_column(Date)
    number: Mapped[int] = mapped_column(Integer)
    step: Mapped[InvestigationStep] = mapped_column(Word(InvestigationStep))
    done_on: Mapped[date] = mapped_column(Date)
    text: Mapped[str] = mapped_column(String(1000))
    written_at: Mapped[datetime] = mapped_column(UtcMoment)
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


def begins_open_investigation() -> ColumnElement[bool]:
    """Return the condition that an entry is the first of an investigation whose decision was not notified yet."""
    notified = aliased(InvestigationEntry)
    was_notified = exists().where(
        notified.delivery_point_id == InvestigationEntry.delivery_point_id,
        notified.month == InvestigationEntry.month,
        notified.step == InvestigationStep.NOTICE,
    )
    return (InvestigationEntry.step == InvestigationStep.OPENED) & ~was_notified
