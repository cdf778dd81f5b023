"""Audit chain, its anchors, and the outbox of mails."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.ports import Port

from .base import Base, RowId, WholeNumber
from .types import UtcMoment, Word, one_of
from .users import EmailLink


class AuditEvent(Base):
    """Link of the HMAC chain: an event named ``subject:action``; append-only."""

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


class Anchor(Base):
    """Seal, under the pepper, over the rows added up to a moment and over the anchor before; append-only.

    ``content`` is JSON: end of the audit, counters, last row of each table and digests of the added rows.
    """

    __tablename__ = "anchors"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    # The Colombian day of ``at``.
    day: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime] = mapped_column(UtcMoment)
    content: Mapped[str] = mapped_column(Text)
    mac: Mapped[bytes] = mapped_column(LargeBinary(32))


class AnchorFile(Base):
    """File of anchors outside the database, by host and path, and how far it was written."""

    __tablename__ = "anchor_files"

    place: Mapped[str] = mapped_column(String(300), primary_key=True)
    number: Mapped[int] = mapped_column(Integer)


class OutboxMessage(Base):
    """Mail to send, written in the transaction of the change that causes it; the worker sends it later.

    The token of a link is stored apart from the words, sealed under the pepper, until the mail was sent or the link
    ends.
    """

    __tablename__ = "outbox_messages"
    __table_args__ = (
        CheckConstraint(one_of("port", Port), name="port"),
        # Partial: few rows hold a secret, and not for long.
        Index(
            "ix_outbox_messages_sealed",
            "link_id",
            sqlite_where=text("sealed IS NOT NULL"),
            postgresql_where=text("sealed IS NOT NULL"),
        ),
        # Likewise: few mails wait, and few are about a case.
        Index(
            "ix_outbox_messages_waiting",
            "next_attempt_at",
            sqlite_where=text("sent_at IS NULL"),
            postgresql_where=text("sent_at IS NULL"),
        ),
        Index(
            "ix_outbox_messages_case",
            "case_id",
            sqlite_where=text("case_id IS NOT NULL"),
            postgresql_where=text("case_id IS NOT NULL"),
        ),
        Index(
            "ix_outbox_messages_receipt",
            "attaches_nomination_id",
            sqlite_where=text("attaches_nomination_id IS NOT NULL"),
            postgresql_where=text("attaches_nomination_id IS NOT NULL"),
        ),
    )

    id: Mapped[RowId]
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    kind: Mapped[str] = mapped_column(String(40))
    # Way by which it leaves; ``recipient`` is an address, or a telephone as it is dialled.
    port: Mapped[Port] = mapped_column(Word(Port), default=Port.MAIL, server_default=Port.MAIL.value)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    # What a mail says, as data, in the place of body and HTML: the worker renders it.
    letter: Mapped[str | None] = mapped_column(Text)
    # Makes a mail unique, such as the reminder of a point and day, however often it is tried.
    dedup_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    # Attached receipt; typeset when the mail leaves, not during the request.
    attaches_nomination_id: Mapped[int | None] = mapped_column(ForeignKey("nominations.id"))
    # Case that the mail is about.
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcMoment, index=True)
    sent_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    last_error: Mapped[str | None] = mapped_column(String(500))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("email_links.id"))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    # From then on it has nothing to say, and is not sent.
    expires_at: Mapped[datetime | None] = mapped_column(UtcMoment)

    link: Mapped[EmailLink | None] = relationship(lazy="select")


class NominationMail(Base):
    """Nomination that a mail is about; the mail that carries a receipt names its own in its row."""

    __tablename__ = "nomination_mails"
    __table_args__ = {"sqlite_with_rowid": False}

    nomination_id: Mapped[int] = mapped_column(ForeignKey("nominations.id"), primary_key=True)
    outbox_message_id: Mapped[int] = mapped_column(ForeignKey("outbox_messages.id"), primary_key=True, index=True)

    message: Mapped[OutboxMessage] = relationship(lazy="select")
