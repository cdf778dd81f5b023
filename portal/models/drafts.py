"""Unsigned drafts: of one day, of many days, and of all points of a contract."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.quantities import Quantity, Unit
from portal.domain.timetable import RequestKind

from .base import Base, RowId, WholeNumber
from .calls import Call
from .nominations import Nomination
from .registry import Contract, DeliveryPoint
from .types import GasDayDate, UtcMoment, Word, one_of


class NominationDraft(Base):
    """Answers of the wizard so far; ``version`` grows with each answer, which reveals a stale tab."""

    __tablename__ = "nomination_drafts"
    __table_args__ = (
        CheckConstraint(one_of("modality", Modality), name="modality"),
        CheckConstraint("kind IS NULL OR " + one_of("kind", RequestKind), name="kind"),
        Index(
            "ix_nomination_drafts_prepared_in_id",
            "prepared_in_id",
            sqlite_where=text("prepared_in_id IS NOT NULL"),
            postgresql_where=text("prepared_in_id IS NOT NULL"),
        ),
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
    # The call in which an agent prepared it for the customer, whose draft it is; None for their own.
    prepared_in_id: Mapped[int | None] = mapped_column(ForeignKey("calls.id"))

    delivery_point: Mapped[DeliveryPoint] = relationship(lazy="joined", innerjoin=True)
    nomination: Mapped[Nomination | None] = relationship(lazy="select", foreign_keys=[nomination_id])
    prepared_in: Mapped[Call | None] = relationship(lazy="select")

    @property
    def quantity(self) -> Quantity | None:
        """The quantity typed so far, in the unit of the point."""
        return None if self.quantity_micro is None else Quantity.from_micro(self.quantity_micro, self.unit)


class NominationGroup(Base):
    """Points of a contract nominated together, a batch each; ``version`` grows with each change of a line.

    Its table has the days from ``first_day`` to ``last_day``, both included.
    """

    __tablename__ = "nomination_groups"
    __table_args__ = (CheckConstraint("first_day <= last_day", name="days_in_order"),)

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts.id"))
    first_day: Mapped[GasDay] = mapped_column(GasDayDate)
    last_day: Mapped[GasDay] = mapped_column(GasDayDate)
    version: Mapped[int] = mapped_column(Integer, default=1)
    confirmed_unusual: Mapped[bool] = mapped_column(Boolean, default=False)
    content_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    signed_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    updated_at: Mapped[datetime] = mapped_column(UtcMoment)
    # Pasted rows that found no point or no day, as JSON; shown until another table is pasted.
    left_out: Mapped[str | None] = mapped_column(Text)

    contract: Mapped[Contract] = relationship(lazy="joined", innerjoin=True)


class NominationBatch(Base):
    """Many days of one point, signed by one code; ``version`` grows with each change of its lines."""

    __tablename__ = "nomination_batches"
    __table_args__ = (
        CheckConstraint(one_of("modality", Modality), name="modality"),
        Index(
            "ix_nomination_batches_group_id",
            "group_id",
            sqlite_where=text("group_id IS NOT NULL"),
            postgresql_where=text("group_id IS NOT NULL"),
        ),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    modality: Mapped[Modality] = mapped_column(Word(Modality))
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"))
    submission_id: Mapped[str] = mapped_column(String(40), unique=True)
    version: Mapped[int] = mapped_column(Integer, default=1)
    confirmed_unusual: Mapped[bool] = mapped_column(Boolean, default=False)
    content_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    signed_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    updated_at: Mapped[datetime] = mapped_column(UtcMoment)
    # Pasted lines without a readable day, verbatim; shown until they are corrected.
    left_out: Mapped[str | None] = mapped_column(Text)
    # The points that are nominated and signed together with this one; None for a batch of its own.
    group_id: Mapped[int | None] = mapped_column(ForeignKey("nomination_groups.id"))

    delivery_point: Mapped[DeliveryPoint] = relationship(lazy="joined", innerjoin=True)


class NominationBatchLine(Base):
    """Day of a batch: its quantity, or the unreadable text, and the cell it came from."""

    __tablename__ = "nomination_batch_lines"
    __table_args__ = (CheckConstraint("quantity_micro IS NULL OR quantity_micro >= 0", name="quantity_not_negative"),)

    batch_id: Mapped[int] = mapped_column(ForeignKey("nomination_batches.id"), primary_key=True, autoincrement=False)
    gas_day: Mapped[GasDay] = mapped_column(GasDayDate, primary_key=True)
    quantity_micro: Mapped[int | None] = mapped_column(WholeNumber)
    typed: Mapped[str | None] = mapped_column(String(60))
    cell: Mapped[str | None] = mapped_column(String(20))
