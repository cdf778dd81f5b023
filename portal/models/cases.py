"""Cases (PQR): petitions, complaints, claims and appeals with their record and files."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, deferred, mapped_column

from portal.domain.cases import CaseChannel, CaseKind, CaseState, EntryKind, FileKind

from .base import Base, RowId
from .types import UtcMoment, Word, one_of


class Case(Base):
    """Petition of a person or company; its text is the first of its entries, which nothing changes.

    ``due_on`` is the last day of the term as it stands, counted from the filing or from the last time it was opened
    again; ``alarmed`` the last alarm of that term that was told. ``submission_id`` makes a doubled form one case.
    """

    __tablename__ = "cases"
    __table_args__ = (
        CheckConstraint(one_of("kind", CaseKind), name="kind"),
        CheckConstraint(one_of("state", CaseState), name="state"),
        CheckConstraint(one_of("channel", CaseChannel), name="channel"),
        CheckConstraint("NOT electronic_notice OR email IS NOT NULL", name="notice_needs_email"),
        CheckConstraint("(extended_on IS NULL) = (extension_reason IS NULL)", name="reason_when_extended"),
        Index("ix_cases_state_due_on", "state", "due_on"),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    filing_number: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[CaseKind] = mapped_column(Word(CaseKind))
    state: Mapped[CaseState] = mapped_column(Word(CaseState))
    channel: Mapped[CaseChannel] = mapped_column(Word(CaseChannel))
    name: Mapped[str] = mapped_column(String(120))
    document: Mapped[str] = mapped_column(String(30))
    email: Mapped[str | None] = mapped_column(String(254))
    telephone: Mapped[str | None] = mapped_column(String(30))
    # As typed by somebody without an account: code, address or meter.
    place: Mapped[str | None] = mapped_column(String(120))
    delivery_point_id: Mapped[int | None] = mapped_column(ForeignKey("delivery_points.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    # Date of the invoice or decision it is about.
    about_on: Mapped[date | None] = mapped_column(Date)
    consent_version: Mapped[str] = mapped_column(String(20))
    consented_at: Mapped[datetime] = mapped_column(UtcMoment)
    electronic_notice: Mapped[bool] = mapped_column(Boolean)
    filed_at: Mapped[datetime] = mapped_column(UtcMoment)
    due_on: Mapped[date] = mapped_column(Date)
    extended_on: Mapped[date | None] = mapped_column(Date)
    extension_reason: Mapped[str | None] = mapped_column(String(2000))
    alarmed: Mapped[int] = mapped_column(Integer, default=0)
    assigned_to_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # Day on which an answer was published as a notice on the web.
    noticed_on: Mapped[date | None] = mapped_column(Date)
    submission_id: Mapped[str | None] = mapped_column(String(32), unique=True)


class CaseEntry(Base):
    """Entry of a case's record: what was filed, answered, noted or decided; append-only. The system has no author."""

    __tablename__ = "case_entries"
    __table_args__ = (CheckConstraint(one_of("kind", EntryKind), name="kind"),)

    id: Mapped[RowId]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[EntryKind] = mapped_column(Word(EntryKind))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str] = mapped_column(String(10_000))
    written_at: Mapped[datetime] = mapped_column(UtcMoment)


class CaseFile(Base):
    """File that came with an entry, exactly as it was sent; append-only."""

    __tablename__ = "case_files"
    __table_args__ = (CheckConstraint(one_of("kind", FileKind), name="kind"),)

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("case_entries.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[FileKind] = mapped_column(Word(FileKind))
    size: Mapped[int] = mapped_column(Integer)
    # SHA-256 of the content.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))
