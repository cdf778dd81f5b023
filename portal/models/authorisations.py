"""Authorised quantities, and the frozen versions of the day book."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.authorisations import Origin
from portal.domain.gas_day import GasDay
from portal.domain.nominations import CutReason
from portal.domain.quantities import Gas, Quantity, Unit

from .base import Base, RowId
from .types import CubicMetres, GasDayDate, Mbtu, UtcMoment, Word, one_of


class Authorisation(Base):
    """Authorised quantity of a point and gas day, with the reason of a cut; append-only."""

    __tablename__ = "authorisations"
    __table_args__ = (
        CheckConstraint("quantity_m3 >= 0 AND quantity_mbtu >= 0", name="quantity_not_negative"),
        UniqueConstraint("delivery_point_id", "gas_day", "version"),
        # Partial: cuts are few.
        Index(
            "ix_authorisations_cut",
            "delivery_point_id",
            "recorded_at",
            sqlite_where=text("cut_reason IS NOT NULL"),
            postgresql_where=text("cut_reason IS NOT NULL"),
        ),
    )

    id: Mapped[RowId]
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"))
    gas_day: Mapped[GasDay] = mapped_column(GasDayDate)
    version: Mapped[int] = mapped_column(Integer)
    quantity_m3: Mapped[Quantity] = mapped_column(CubicMetres)
    quantity_mbtu: Mapped[Quantity] = mapped_column(Mbtu)
    cut_reason: Mapped[CutReason | None] = mapped_column(Word(CutReason))
    # Revision that it answers; None when carried over from the earlier system.
    revision: Mapped[int | None] = mapped_column(Integer)
    recorded_at: Mapped[datetime] = mapped_column(UtcMoment)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    @property
    def gas(self) -> Gas:
        """The authorised quantity in both units."""
        return Gas(m3=self.quantity_m3, mbtu=self.quantity_mbtu)


class AuthorisationDraft(Base):
    """Authorised quantity recorded by staff and not published: hidden from the customer."""

    __tablename__ = "authorisation_drafts"
    __table_args__ = (
        CheckConstraint("quantity_m3 >= 0 AND quantity_mbtu >= 0", name="quantity_not_negative"),
        CheckConstraint("cut_reason IS NULL OR " + one_of("cut_reason", CutReason), name="cut_reason"),
    )

    delivery_point_id: Mapped[int] = mapped_column(
        ForeignKey("delivery_points.id"), primary_key=True, autoincrement=False
    )
    gas_day: Mapped[GasDay] = mapped_column(GasDayDate, primary_key=True)
    # Revision in force when it was recorded; it answers no other.
    revision: Mapped[int] = mapped_column(Integer)
    quantity_m3: Mapped[Quantity] = mapped_column(CubicMetres)
    quantity_mbtu: Mapped[Quantity] = mapped_column(Mbtu)
    cut_reason: Mapped[CutReason | None] = mapped_column(Word(CutReason))
    recorded_at: Mapped[datetime] = mapped_column(UtcMoment)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    @property
    def gas(self) -> Gas:
        """The quantity in both units."""
        return Gas(m3=self.quantity_m3, mbtu=self.quantity_mbtu)


class DayBook(Base):
    """Frozen version of a day book, numbered 1..n for its day; append-only."""

    __tablename__ = "day_books"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        UniqueConstraint("gas_day", "version"),
    )

    id: Mapped[RowId]
    gas_day: Mapped[GasDay] = mapped_column(GasDayDate)
    version: Mapped[int] = mapped_column(Integer)
    frozen_at: Mapped[datetime] = mapped_column(UtcMoment)
    frozen_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    # SHA-256 of the CSV that was sent upstream.
    file_hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class DayBookSending(Base):
    """Sending of a frozen version upstream: by whom and when; append-only, once per version."""

    __tablename__ = "day_book_sendings"

    book_id: Mapped[int] = mapped_column(ForeignKey("day_books.id"), primary_key=True, autoincrement=False)
    sent_at: Mapped[datetime] = mapped_column(UtcMoment)
    sent_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    # To whom, as written by the sender; None where it was not asked yet.
    sent_to: Mapped[str | None] = mapped_column(String(200))


class DayBookFile(Base):
    """CSV of a frozen book byte by byte; the book holds its hash; append-only."""

    __tablename__ = "day_book_files"

    book_id: Mapped[int] = mapped_column(ForeignKey("day_books.id"), primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class DayBookLine(Base):
    """Line of a frozen book: one delivery point; append-only."""

    __tablename__ = "day_book_lines"
    __table_args__ = (CheckConstraint(one_of("origin", Origin), name="origin"),)

    book_id: Mapped[int] = mapped_column(ForeignKey("day_books.id"), primary_key=True, autoincrement=False)
    delivery_point_id: Mapped[int] = mapped_column(
        ForeignKey("delivery_points.id"), primary_key=True, autoincrement=False
    )
    nomination_id: Mapped[int | None] = mapped_column(ForeignKey("nominations.id"))
    quantity_m3: Mapped[Quantity] = mapped_column(CubicMetres)
    quantity_mbtu: Mapped[Quantity] = mapped_column(Mbtu)
    unit: Mapped[Unit] = mapped_column(Word(Unit))
    origin: Mapped[Origin] = mapped_column(Word(Origin))
    revision: Mapped[int] = mapped_column(Integer)
    received_at: Mapped[datetime | None] = mapped_column(UtcMoment)

    @property
    def gas(self) -> Gas:
        """The quantity in both units."""
        return Gas(m3=self.quantity_m3, mbtu=self.quantity_mbtu)
