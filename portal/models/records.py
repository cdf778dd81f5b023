"""What happened and what must be told: the audit chain and the outbox."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, RowId, WholeNumber
from .types import UtcMoment


class AuditEvent(Base):
    """One link of the HMAC chain: what happened, said ``subject:action``; append-only."""

    __tablename__ = "audit_events"

    sequence: Mapped[int] = mapped_column(WholeNumber, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcMoment, index=True)
    event: Mapped[str] = mapped_column(String(60), index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    actor: Mapped[str] = mapped_column(String(254))
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str | None] = mapped_column(String(45))
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"), index=True)
    subject: Mapped[str] = mapped_column(String(120), index=True)
    details: Mapped[str] = mapped_column(Text)
    mac: Mapped[bytes] = mapped_column(LargeBinary(32))


class AuditHead(Base):
    """The one row that orders the chain: locked while a link is added."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(WholeNumber)
    mac: Mapped[bytes] = mapped_column(LargeBinary(32))


class OutboxMessage(Base):
    """A mail to send, written with the change that causes it; the worker sends it later."""

    __tablename__ = "outbox_messages"

    id: Mapped[RowId]
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    kind: Mapped[str] = mapped_column(String(40))
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    # What must be said once however often it is tried, such as the reminder of a point and day.
    dedup_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    # The receipt that goes with it; typeset when the mail leaves, not while somebody waits for an answer.
    attaches_nomination_id: Mapped[int | None] = mapped_column(ForeignKey("nominations.id"))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcMoment, index=True)
    sent_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    last_error: Mapped[str | None] = mapped_column(String(500))
