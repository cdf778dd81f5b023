"""Deadlines that the distributor kept, month by month: a projection of append-only rows (adr/0169)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, Integer
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.nominations import CutReason

from .base import Base
from .types import UtcMoment, Word, one_of


class PunctualityMonth(Base):
    """Counts of a month (``domain/punctuality.py``) from the rows written before ``counted_until``."""

    __tablename__ = "punctuality_months"
    __table_args__ = (
        CheckConstraint(
            "days_kept <= days AND readings_kept <= readings AND terms_kept <= terms", name="kept_of_what_was_due"
        ),
    )

    month: Mapped[date] = mapped_column(Date, primary_key=True)
    counted_until: Mapped[datetime] = mapped_column(UtcMoment)
    days: Mapped[int] = mapped_column(Integer)
    days_kept: Mapped[int] = mapped_column(Integer)
    requests: Mapped[int] = mapped_column(Integer)
    points: Mapped[int] = mapped_column(Integer)
    readings: Mapped[int] = mapped_column(Integer)
    readings_kept: Mapped[int] = mapped_column(Integer)
    corrections: Mapped[int] = mapped_column(Integer)
    terms: Mapped[int] = mapped_column(Integer)
    terms_kept: Mapped[int] = mapped_column(Integer)


class PunctualityCut(Base):
    """Cuts for a reason in the twelve months that end with ``month``, as of the moment of its row."""

    __tablename__ = "punctuality_cuts"
    __table_args__ = (CheckConstraint(one_of("cut_reason", CutReason), name="cut_reason"),)

    month: Mapped[date] = mapped_column(Date, primary_key=True)
    cut_reason: Mapped[CutReason] = mapped_column(Word(CutReason), primary_key=True)
    days: Mapped[int] = mapped_column(Integer)
    requests: Mapped[int] = mapped_column(Integer)
    points: Mapped[int] = mapped_column(Integer)
