"""Nominations: append-only revisions, the head of each day, late ones, and the chain of receipts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    and_,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.gas_day import GasDay
from portal.domain.nominations import Channel
from portal.domain.quantities import Gas, HeatingValue, Quantity, Unit
from portal.domain.timetable import RequestKind

from .base import Base, RowId
from .calls import Call
from .registry import DeliveryPoint
from .types import CubicMetres, GasDayDate, HeatingValueMilli, Mbtu, UtcMoment, Word, one_of
from .users import User

# Of the index of nominations made at a close; a query that names the same uses it.
BY_RULE_OR_ORDER = "channel IN ('policy', 'standing-order')"


class Nomination(Base):
    """Revision of the quantity asked for a delivery point and gas day; append-only by triggers."""

    __tablename__ = "nominations"
    __table_args__ = (
        CheckConstraint(one_of("kind", RequestKind), name="kind"),
        CheckConstraint(one_of("channel", Channel), name="channel"),
        CheckConstraint("quantity_m3 >= 0 AND quantity_mbtu >= 0", name="quantity_not_negative"),
        CheckConstraint("revision >= 1", name="revision_positive"),
        CheckConstraint("NOT cancels OR (quantity_m3 = 0 AND NOT is_late)", name="cancels_nothing_else"),
        CheckConstraint("(call_id IS NOT NULL) = (channel = 'call')", name="call_of_its_channel"),
        CheckConstraint(
            "(chain_position IS NULL) = (receipt_hash IS NULL) AND (chain_position IS NULL) = (previous_hash IS NULL)",
            name="chain_whole",
        ),
        UniqueConstraint("delivery_point_id", "gas_day", "revision"),
        # Partial: carried-over rows have neither receipt nor batch.
        Index(
            "ix_nominations_one_chain",
            "delivery_point_id",
            "chain_position",
            unique=True,
            sqlite_where=text("chain_position IS NOT NULL"),
            postgresql_where=text("chain_position IS NOT NULL"),
        ),
        Index(
            "ix_nominations_by_rule",
            "delivery_point_id",
            "gas_day",
            sqlite_where=text(BY_RULE_OR_ORDER),
            postgresql_where=text(BY_RULE_OR_ORDER),
        ),
        Index(
            "ix_nominations_cancelled",
            "delivery_point_id",
            "gas_day",
            sqlite_where=text("cancels"),
            postgresql_where=text("cancels"),
        ),
        Index(
            "ix_nominations_batch_id",
            "batch_id",
            sqlite_where=text("batch_id IS NOT NULL"),
            postgresql_where=text("batch_id IS NOT NULL"),
        ),
        Index(
            "ix_nominations_call_id",
            "call_id",
            sqlite_where=text("call_id IS NOT NULL"),
            postgresql_where=text("call_id IS NOT NULL"),
        ),
        Index(
            "ix_nominations_late",
            "gas_day",
            sqlite_where=text("is_late"),
            postgresql_where=text("is_late"),
        ),
        Index("ix_nominations_signed_by_id_gas_day", "signed_by_id", "gas_day"),
        Index("ix_nominations_received_at", "received_at"),
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
    # None when carried over from the earlier system, which gave no receipts.
    filing_number: Mapped[str | None] = mapped_column(String(20), unique=True)
    submission_id: Mapped[str | None] = mapped_column(String(80), unique=True)
    content_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    # Withdraws the day's nomination: quantity zero, nothing in force until the next revision.
    cancels: Mapped[bool] = mapped_column(Boolean, server_default=false())
    # Arrived after the close: in force only once the operator accepts it (``LateDecision``).
    is_late: Mapped[bool] = mapped_column(Boolean, server_default=false())
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("nomination_batches.id"))
    # The call in which an agent asked for it; None for every other channel.
    call_id: Mapped[int | None] = mapped_column(ForeignKey("calls.id"))
    # Each receipt of a point carries the hash of the one before, so that none can be removed.
    chain_position: Mapped[int | None] = mapped_column(Integer)
    previous_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    receipt_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))

    # Points and people are few and usually loaded: a lookup in the session is cheaper than a join in each SELECT.
    delivery_point: Mapped[DeliveryPoint] = relationship(lazy="select")
    signed_by: Mapped[User | None] = relationship(lazy="select")
    call: Mapped[Call | None] = relationship(lazy="select")

    @property
    def gas(self) -> Gas:
        """The quantity in both units."""
        return Gas(m3=self.quantity_m3, mbtu=self.quantity_mbtu)

    @property
    def quantity(self) -> Quantity:
        """The quantity in the unit it was signed in."""
        return self.gas.in_unit(self.unit)


class NominationHead(Base):
    """Revision in force of a point and gas day; compare-and-set on ``revision`` settles races.

    A day has a nomination in force exactly when it has a head: a cancellation removes it, a late nomination gets one
    only when accepted.
    """

    __tablename__ = "nomination_heads"
    # The boards ask for the days of all points.
    __table_args__ = (Index("ix_nomination_heads_gas_day", "gas_day"), {"sqlite_with_rowid": False})

    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"), primary_key=True)
    gas_day: Mapped[GasDay] = mapped_column(GasDayDate, primary_key=True)
    revision: Mapped[int] = mapped_column(Integer)
    renominations: Mapped[int] = mapped_column(Integer, default=0)
    nomination_id: Mapped[int] = mapped_column(ForeignKey("nominations.id"))

    nomination: Mapped[Nomination] = relationship(lazy="joined", innerjoin=True)


def is_head_of(nomination: type[Nomination]) -> ColumnElement[bool]:
    """Return the condition that a head is that of a nomination: by its key, since nothing indexes its nomination."""
    return and_(
        NominationHead.delivery_point_id == nomination.delivery_point_id,
        NominationHead.gas_day == nomination.gas_day,
        NominationHead.nomination_id == nomination.id,
    )


class LateDecision(Base):
    """Decision of the operator about a nomination that came after the close; append-only, once per nomination."""

    __tablename__ = "late_decisions"
    __table_args__ = (CheckConstraint("accepted OR reason IS NOT NULL", name="reason_when_refused"),)

    nomination_id: Mapped[int] = mapped_column(ForeignKey("nominations.id"), primary_key=True, autoincrement=False)
    accepted: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str | None] = mapped_column(String(500))
    decided_at: Mapped[datetime] = mapped_column(UtcMoment)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class ReceiptHead(Base):
    """Last receipt of a point: locked while the next link of its chain is added."""

    __tablename__ = "receipt_heads"

    delivery_point_id: Mapped[int] = mapped_column(
        ForeignKey("delivery_points.id"), primary_key=True, autoincrement=False
    )
    position: Mapped[int] = mapped_column(Integer)
    receipt_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
