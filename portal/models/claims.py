"""Claims about a gas day, with their messages and outcome."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.claims import ClaimState
from portal.domain.gas_day import GasDay

from .base import Base, RowId
from .types import GasDayDate, UtcMoment, Word, one_of

IS_OPEN = text(f"state IN ('{ClaimState.OPEN}', '{ClaimState.IN_REVIEW}')")


class Claim(Base):
    """Disagreement with the figures of a gas day; at most one open per point and day."""

    __tablename__ = "claims"
    __table_args__ = (
        CheckConstraint(one_of("state", ClaimState), name="state"),
        CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="outcome_when_closed"),
        Index(
            "ix_claims_one_open",
            "delivery_point_id",
            "gas_day",
            unique=True,
            sqlite_where=IS_OPEN,
            postgresql_where=IS_OPEN,
        ),
        Index("ix_claims_delivery_point_id_gas_day", "delivery_point_id", "gas_day"),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    filing_number: Mapped[str] = mapped_column(String(20), unique=True)
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"))
    gas_day: Mapped[GasDay] = mapped_column(GasDayDate)
    state: Mapped[ClaimState] = mapped_column(Word(ClaimState), index=True)
    opened_at: Mapped[datetime] = mapped_column(UtcMoment)
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    outcome: Mapped[str | None] = mapped_column(String(2000))
    closed_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class ClaimMessage(Base):
    """Message in a claim, by the customer or by the distributor; append-only."""

    __tablename__ = "claim_messages"

    id: Mapped[RowId]
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    by_staff: Mapped[bool] = mapped_column(Boolean)
    text: Mapped[str] = mapped_column(String(2000))
    written_at: Mapped[datetime] = mapped_column(UtcMoment)
