"""Tokens that open something without a session: the calendar feed, and the API."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, RowId
from .types import UtcMoment


class FeedToken(Base):
    """Address of a person's calendar of deadlines; only its hash is stored."""

    __tablename__ = "feed_tokens"

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class ApiToken(Base):
    """Token of a company's own system; ``scopes`` are separated by a space; only its hash is stored."""

    __tablename__ = "api_tokens"

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    scopes: Mapped[str] = mapped_column(String(40))
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    expires_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class ApiRequest(Base):
    """Writing request under its sender's key: sent again, it gets the stored answer."""

    __tablename__ = "api_requests"

    token_id: Mapped[int] = mapped_column(ForeignKey("api_tokens.id"), primary_key=True, autoincrement=False)
    idempotency_key: Mapped[str] = mapped_column(String(80), primary_key=True)
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    nomination_id: Mapped[int | None] = mapped_column(ForeignKey("nominations.id"))
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
