"""Announcements to customers, and who read them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.announcements import Severity
from portal.domain.modalities import Modality

from .base import Base, RowId
from .types import UtcMoment, Word, one_of


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
