"""Declarations of customers about their consumption."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, RowId
from .types import UtcMoment


class SeasonalPattern(Base):
    """Months in which a point takes more or less gas than usual; append-only versions.

    ``months`` are numbers of months in order, joined by commas; empty when the pattern is withdrawn.
    """

    __tablename__ = "seasonal_patterns"
    __table_args__ = (UniqueConstraint("delivery_point_id", "version"),)

    id: Mapped[RowId]
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"))
    version: Mapped[int] = mapped_column(Integer)
    months: Mapped[str] = mapped_column(String(30))
    note: Mapped[str] = mapped_column(String(500))
    declared_at: Mapped[datetime] = mapped_column(UtcMoment)
    declared_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
