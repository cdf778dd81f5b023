"""Tariffs of a month: their publications, version by version, and the figures of each."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.publications import PublicationState
from portal.domain.tariffs import Concept, Rule

from .base import Base, RowId
from .types import TenThousandths, UtcMoment, Word, one_of


class TariffPublication(Base):
    """Version of a distributor's tariffs of a month: proposed, then published or rejected by somebody else.

    Shown from ``shown_from`` on, the last version first. What the program brought along was proposed by nobody.
    ``digest`` is the SHA-256 of its figures.
    """

    __tablename__ = "tariff_publications"
    __table_args__ = (
        UniqueConstraint("published_by", "month", "version"),
        CheckConstraint(one_of("state", PublicationState), name="state"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided_when_not_proposed"),
        CheckConstraint("state <> 'published' OR shown_from IS NOT NULL", name="shown_when_published"),
        Index("ix_tariff_publications_state_month", "state", "month"),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    # NIT of the distributor whose tariffs they are.
    published_by: Mapped[str] = mapped_column(String(12))
    # The first day of the month.
    month: Mapped[date] = mapped_column(Date)
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[PublicationState] = mapped_column(Word(PublicationState))
    title: Mapped[str] = mapped_column(String(200))
    file_name: Mapped[str] = mapped_column(String(120))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    proposed_at: Mapped[datetime] = mapped_column(UtcMoment)
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    shown_from: Mapped[date | None] = mapped_column(Date)
    decided_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # Why it was rejected.
    reason: Mapped[str | None] = mapped_column(String(500))
    # Why its large changes are right, where the proposer looked at all of them at once.
    note: Mapped[str | None] = mapped_column(String(500))


class TariffFigure(Base):
    """Figure of a publication, in the order of its file; append-only. ``market`` is empty for one of the month."""

    __tablename__ = "tariff_figures"
    __table_args__ = (
        CheckConstraint(one_of("concept", Concept), name="concept"),
        CheckConstraint("rule IS NULL OR " + one_of("rule", Rule), name="rule"),
        {"sqlite_with_rowid": False},
    )

    publication_id: Mapped[int] = mapped_column(ForeignKey("tariff_publications.id"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    market: Mapped[str] = mapped_column(String(80))
    concept: Mapped[Concept] = mapped_column(Word(Concept))
    rule: Mapped[Rule | None] = mapped_column(Word(Rule))
    stratum: Mapped[int | None] = mapped_column(Integer)
    first: Mapped[int | None] = mapped_column(Integer)
    last: Mapped[int | None] = mapped_column(Integer)
    value: Mapped[Decimal | None] = mapped_column(TenThousandths)
    text: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(200))
