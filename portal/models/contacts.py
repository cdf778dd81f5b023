"""Contacts of companies: addresses, deputies, topics of their mail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, String, Text, false, text, true
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.announcements import Severity
from portal.domain.authorisations import OperatorTopic
from portal.domain.modalities import Modality
from portal.domain.ports import Port

from .base import Base, RowId
from .types import UtcMoment, Word, one_of


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
    wants_contingencies: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    wants_in_full: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    removed_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class ContactPort(Base):
    """Topic that a contact wants by another port than mail."""

    __tablename__ = "contact_ports"
    __table_args__ = (CheckConstraint(one_of("port", Port), name="port"), {"sqlite_with_rowid": False})

    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(String(40), primary_key=True)
    port: Mapped[Port] = mapped_column(Word(Port), primary_key=True)


class OperatorMailChoice(Base):
    """Topic that a member of the staff wants by mail, for events after ``chosen_at``."""

    __tablename__ = "operator_mail_choices"
    __table_args__ = (CheckConstraint(one_of("topic", OperatorTopic), name="topic"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    topic: Mapped[OperatorTopic] = mapped_column(Word(OperatorTopic), primary_key=True)
    chosen_at: Mapped[datetime] = mapped_column(UtcMoment)


class OperatorMailTold(Base):
    """Event that was mailed to a person; the transaction that inserts the row posts the mail."""

    __tablename__ = "operator_mails_told"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    topic: Mapped[OperatorTopic] = mapped_column(Word(OperatorTopic), primary_key=True)
    # Identifies the event by its numbers: of a nomination, or of a day, a version and its change.
    occurrence: Mapped[str] = mapped_column(String(80), primary_key=True)
    told_at: Mapped[datetime] = mapped_column(UtcMoment, index=True)


class Notice(Base):
    """Announcement from a moment on: to all customers, those of a modality or of an exit point."""

    __tablename__ = "notices"
    __table_args__ = (
        CheckConstraint(one_of("severity", Severity), name="severity"),
        CheckConstraint("modality IS NULL OR " + one_of("modality", Modality), name="modality"),
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="validity"),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    severity: Mapped[Severity] = mapped_column(Word(Severity))
    title: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime] = mapped_column(UtcMoment, index=True)
    ends_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    modality: Mapped[Modality | None] = mapped_column(Word(Modality))
    exit_point_id: Mapped[int | None] = mapped_column(ForeignKey("exit_points.id"))
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # Moment at which its mails were put in the outbox.
    mailed_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class NoticeRead(Base):
    """Person who marked an announcement as read."""

    __tablename__ = "notice_reads"
    __table_args__ = {"sqlite_with_rowid": False}

    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    read_at: Mapped[datetime] = mapped_column(UtcMoment)
