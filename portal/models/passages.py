"""Public texts as the search finds them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.passages import PassageKind

from .base import Base, RowId
from .types import UtcMoment, Word, one_of


class StoredPassage(Base):
    """Passage of a public text: a projection, written anew with its source (adr/0127).

    ``source`` names what it comes from, ``place`` its place therein. The stems are what is searched: on SQLite by the
    FTS5 table ``passage_stems``, kept by triggers, on PostgreSQL as a ``tsvector`` made of them.
    """

    __tablename__ = "passages"
    __table_args__ = (CheckConstraint(one_of("kind", PassageKind), name="kind"), UniqueConstraint("source", "place"))

    id: Mapped[RowId]
    source: Mapped[str] = mapped_column(String(80))
    place: Mapped[int] = mapped_column(Integer)
    # NIT of the distributor whose text it is; None: everybody's.
    published_by: Mapped[str | None] = mapped_column(String(12))
    kind: Mapped[PassageKind] = mapped_column(Word(PassageKind))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(String(200))
    shown_from: Mapped[datetime | None] = mapped_column(UtcMoment)
    shown_until: Mapped[datetime | None] = mapped_column(UtcMoment)
    title_stems: Mapped[str] = mapped_column(Text)
    text_stems: Mapped[str] = mapped_column(Text)
