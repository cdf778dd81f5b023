"""Contacts of companies: addresses, deputies, topics of their mail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, String, false, text, true
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, RowId
from .types import UtcMoment


class Contact(Base):
    """Person of a company who gets mail; the deputy (suplente) is reminded when the others did not act."""

    __tablename__ = "contacts"
    __table_args__ = (
        Index(
            "ix_contacts_one_address",
            "company_id",
            "email",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(40))
    is_deputy: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    wants_receipts: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    wants_reminders: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    wants_cuts: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    wants_notices: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    removed_at: Mapped[datetime | None] = mapped_column(UtcMoment)
