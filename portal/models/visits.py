"""Visits: up to which moment a person knows an account, and views of it by the distributor's staff."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, RowId
from .types import UtcMoment


class AccountVisit(Base):
    """Last visit of a person to an account: changes after ``seen_until`` are news; first opened at ``opened_at``."""

    __tablename__ = "account_visits"
    __table_args__ = {"sqlite_with_rowid": False}

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"), primary_key=True)
    opened_at: Mapped[datetime] = mapped_column(UtcMoment)
    seen_until: Mapped[datetime] = mapped_column(UtcMoment)


class AccountView(Base):
    """View of a customer's figures by a member of the staff, with reason and end; append-only."""

    __tablename__ = "account_views"
    __table_args__ = (
        Index("ix_account_views_delivery_point_id_opened_at", "delivery_point_id", "opened_at"),
        Index("ix_account_views_session_id_delivery_point_id", "session_id", "delivery_point_id"),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"))
    reason: Mapped[str] = mapped_column(String(200))
    opened_at: Mapped[datetime] = mapped_column(UtcMoment)
    until: Mapped[datetime] = mapped_column(UtcMoment)
