"""Nominations: append-only revisions, the head of each day, drafts, and what the distributor authorised."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.nominations import Channel, CutReason
from portal.domain.quantities import Gas, HeatingValue, Quantity, Unit
from portal.domain.timetable import RequestKind

from .base import Base, RowId, WholeNumber
from .registry import DeliveryPoint
from .types import CubicMetres, GasDayDate, HeatingValueMilli, Mbtu, UtcMoment, Word, one_of
from .users import User


class Nomination(Base):
    """One revision of what a delivery point asks for a gas day; append-only, protected by triggers."""

    __tablename__ = "nominations"
    __table_args__ = (
        CheckConstraint(one_of("kind", RequestKind), name="kind"),
        CheckConstraint(one_of("channel", Channel), name="channel"),
        CheckConstraint("quantity_m3 >= 0 AND quantity_mbtu >= 0", name="quantity_not_negative"),
        CheckConstraint("revision >= 1", name="revision_positive"),
        UniqueConstraint("delivery_point_id", "gas_day", "revision"),
        Index("ix_nominations_signed_by_id_gas_day", "signed_by_id", "gas_day"),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"))
    gas_day: Mapped[GasDay] = mapped_column(GasDayDate)
    revision: Mapped[int] = mapped_column(Integer)
    kind: Mapped[RequestKind] = mapped_column(Word(RequestKind))
    unit: Mapped[Unit] = mapped_column(Word(Unit))
    quantity_m3: Mapped[Quantity] = mapped_column(CubicMetres)
    quantity_mbtu: Mapped[Quantity] = mapped_column(Mbtu)
    heating_value: Mapped[HeatingValue] = mapped_column(HeatingValueMilli)
    heating_value_on: Mapped[GasDay | None] = mapped_column(GasDayDate)
    effective_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    received_at: Mapped[datetime] = mapped_column(UtcMoment)
    channel: Mapped[Channel] = mapped_column(Word(Channel))
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # Absent in what was carried over from the earlier system, which gave no receipts.
    filing_number: Mapped[str | None] = mapped_column(String(20), unique=True)
    submission_id: Mapped[str | None] = mapped_column(String(40), unique=True)
    content_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))

    # Points and people are few and mostly at hand already: a lookup in the session, not a join in every question.
    delivery_point: Mapped[DeliveryPoint] = relationship(lazy="select")
    signed_by: Mapped[User | None] = relationship(lazy="select")

    @property
    def gas(self) -> Gas:
        """The quantity in both units."""
        return Gas(m3=self.quantity_m3, mbtu=self.quantity_mbtu)

    @property
    def quantity(self) -> Quantity:
        """The quantity in the unit it was signed in."""
        return self.gas.in_unit(self.unit)


class NominationHead(Base):
    """The revision in force of a point and gas day; compare-and-set on ``revision`` settles races."""

    __tablename__ = "nomination_heads"
    __table_args__ = {"sqlite_with_rowid": False}

    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"), primary_key=True)
    gas_day: Mapped[GasDay] = mapped_column(GasDayDate, primary_key=True)
    revision: Mapped[int] = mapped_column(Integer)
    renominations: Mapped[int] = mapped_column(Integer, default=0)
    nomination_id: Mapped[int] = mapped_column(ForeignKey("nominations.id"))

    nomination: Mapped[Nomination] = relationship(lazy="joined", innerjoin=True)


class Authorisation(Base):
    """What the distributor authorised for a point and gas day, and why if less; append-only."""

    __tablename__ = "authorisations"
    __table_args__ = (
        CheckConstraint("quantity_m3 >= 0 AND quantity_mbtu >= 0", name="quantity_not_negative"),
        UniqueConstraint("delivery_point_id", "gas_day", "version"),
        # What was cut is little among what was authorised.
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
    recorded_at: Mapped[datetime] = mapped_column(UtcMoment)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    @property
    def gas(self) -> Gas:
        """The authorised quantity in both units."""
        return Gas(m3=self.quantity_m3, mbtu=self.quantity_mbtu)


class NominationDraft(Base):
    """The answers of the wizard so far; ``version`` grows with each answer, so an old tab is noticed."""

    __tablename__ = "nomination_drafts"
    __table_args__ = (
        CheckConstraint(one_of("modality", Modality), name="modality"),
        CheckConstraint("kind IS NULL OR " + one_of("kind", RequestKind), name="kind"),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    modality: Mapped[Modality] = mapped_column(Word(Modality))
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"))
    kind: Mapped[RequestKind | None] = mapped_column(Word(RequestKind))
    gas_day: Mapped[GasDay | None] = mapped_column(GasDayDate)
    quantity_micro: Mapped[int | None] = mapped_column(WholeNumber)
    unit: Mapped[Unit] = mapped_column(Word(Unit))
    confirmed_unusual: Mapped[bool] = mapped_column(Boolean, default=False)
    version: Mapped[int] = mapped_column(Integer, default=1)
    submission_id: Mapped[str] = mapped_column(String(40), unique=True)
    nomination_id: Mapped[int | None] = mapped_column(ForeignKey("nominations.id"))
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    updated_at: Mapped[datetime] = mapped_column(UtcMoment)

    delivery_point: Mapped[DeliveryPoint] = relationship(lazy="joined", innerjoin=True)
    nomination: Mapped[Nomination | None] = relationship(lazy="select", foreign_keys=[nomination_id])

    @property
    def quantity(self) -> Quantity | None:
        """The quantity typed so far, in the unit of the point."""
        return None if self.quantity_micro is None else Quantity.from_micro(self.quantity_micro, self.unit)


class FilingCounter(Base):
    """The last number given in a series and year; taken inside the transaction that uses it, so no gap."""

    __tablename__ = "filing_counters"

    series: Mapped[str] = mapped_column(String(10), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)
