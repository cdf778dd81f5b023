"""Documents of the distributor: versions with validity, their files, and their summaries point by point."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from portal.domain.documents import DocumentKind
from portal.domain.publications import PublicationState

from .base import Base, RowId
from .types import UtcMoment, Word, one_of


class Document(Base):
    """Document that a distributor publishes: its contract of uniform conditions, a regulation, a form."""

    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("published_by", "slug"),
        CheckConstraint(one_of("kind", DocumentKind), name="kind"),
    )

    id: Mapped[RowId]
    # NIT of the distributor whose document it is.
    published_by: Mapped[str] = mapped_column(String(12))
    # Its part of the address, made of its first title.
    slug: Mapped[str] = mapped_column(String(80))
    kind: Mapped[DocumentKind] = mapped_column(Word(DocumentKind))
    title: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcMoment)


class DocumentVersion(Base):
    """Version of a document: proposed, then published or rejected by somebody else.

    In force from ``valid_from`` until the next published one is, or through ``valid_through``. What the program brought
    along was proposed by nobody.
    """

    __tablename__ = "document_versions"
    __table_args__ = (
        UniqueConstraint("document_id", "number"),
        CheckConstraint(one_of("state", PublicationState), name="state"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided_when_not_proposed"),
        CheckConstraint("valid_through IS NULL OR valid_through >= valid_from", name="through_after_from"),
        Index("ix_document_versions_state", "state"),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    number: Mapped[int] = mapped_column(Integer)
    state: Mapped[PublicationState] = mapped_column(Word(PublicationState))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_through: Mapped[date | None] = mapped_column(Date)
    # What changed, in the proposer's words.
    changes: Mapped[str] = mapped_column(String(2000))
    proposed_at: Mapped[datetime] = mapped_column(UtcMoment)
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # Why it was rejected.
    reason: Mapped[str | None] = mapped_column(String(500))


class DocumentFile(Base):
    """PDF of a version, exactly as it was sent; append-only."""

    __tablename__ = "document_files"

    version_id: Mapped[int] = mapped_column(ForeignKey("document_versions.id"), primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(120))
    size: Mapped[int] = mapped_column(Integer)
    # SHA-256 of the content.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))


class DocumentPoint(Base):
    """Point of a version's summary, in its order; append-only."""

    __tablename__ = "document_points"
    __table_args__ = ({"sqlite_with_rowid": False},)

    version_id: Mapped[int] = mapped_column(ForeignKey("document_versions.id"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    section: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(String(900))
    clause: Mapped[str] = mapped_column(String(80))
