"""Browsers that receive messages by web push, their topics, and the messages for them (adr/0176)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, LargeBinary, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, RowId
from .types import UtcMoment


class PushSubscription(Base):
    """Browser in which an account receives messages; what is needed to reach it is sealed, and gone with its end.

    ``key_mark`` says for which push key of the portal the browser subscribed: under another it is reached no more.
    """

    __tablename__ = "push_subscriptions"
    __table_args__ = (
        # A browser has one subscription: who subscribes in it last receives in it.
        Index(
            "ix_push_subscriptions_endpoint",
            "endpoint_hash",
            unique=True,
            sqlite_where=text("endpoint_hash IS NOT NULL"),
            postgresql_where=text("endpoint_hash IS NOT NULL"),
        ),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    browser: Mapped[str] = mapped_column(String(60))
    key_mark: Mapped[bytes] = mapped_column(LargeBinary(8))
    endpoint_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    # Last message that its push service took.
    last_sent_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    ended_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class PushTopic(Base):
    """Topic that a person wants in a browser."""

    __tablename__ = "push_topics"
    __table_args__ = {"sqlite_with_rowid": False}

    push_subscription_id: Mapped[int] = mapped_column(ForeignKey("push_subscriptions.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(String(40), primary_key=True)


class PushMessage(Base):
    """Browser to which a message of the outbox goes, and how; a later one of the same thread takes its place.

    ``company_id`` is whose business it tells of: it leaves only while the account has access to a contract of it.
    """

    __tablename__ = "push_messages"

    outbox_message_id: Mapped[int] = mapped_column(
        ForeignKey("outbox_messages.id"), primary_key=True, autoincrement=False
    )
    push_subscription_id: Mapped[int] = mapped_column(ForeignKey("push_subscriptions.id"), index=True)
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"))
    thread: Mapped[str] = mapped_column(String(32))
    is_urgent: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
