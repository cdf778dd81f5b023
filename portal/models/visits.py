"""Up to which moment a person knows the account of a point."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base
from .types import UtcMoment


class AccountVisit(Base):
    """What changed in the account after ``seen_until`` is news to this person, who opened it first at ``opened_at``."""

    __tablename__ = "account_visits"
    __table_args__ = {"sqlite_with_rowid": False}

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"), primary_key=True)
    opened_at: Mapped[datetime] = mapped_column(UtcMoment)
    seen_until: Mapped[datetime] = mapped_column(UtcMoment)
