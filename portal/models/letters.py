"""Letters of keys: request, decision, print and dispatch."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.letters import LetterState

from .base import Base, RowId
from .registry import Contract, DeliveryPoint
from .types import UtcMoment, Word, one_of


class KeyLetter(Base):
    """Letter for a point with new keys of its contract, of itself, or both (docs/security.md, "Letters of keys")."""

    __tablename__ = "key_letters"
    __table_args__ = (
        CheckConstraint(one_of("state", LetterState), name="state"),
        CheckConstraint("renews_web OR renews_numeric", name="renews_something"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> requested_by_id", name="second_person"),
        Index("ix_key_letters_delivery_point_id_requested_at", "delivery_point_id", "requested_at"),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts.id"), index=True)
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"))
    renews_web: Mapped[bool] = mapped_column(Boolean)
    renews_numeric: Mapped[bool] = mapped_column(Boolean)
    # The earlier keys end at once, not at the first use of the new ones.
    compromised: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    reason: Mapped[str] = mapped_column(String(300))
    state: Mapped[LetterState] = mapped_column(Word(LetterState), index=True)
    # Shared by letters requested together.
    batch_id: Mapped[str | None] = mapped_column(String(24), index=True)
    requested_at: Mapped[datetime] = mapped_column(UtcMoment)
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decision_reason: Mapped[str | None] = mapped_column(String(300))
    printed_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    printed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    dispatched_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    dispatched_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    carrier: Mapped[str | None] = mapped_column(String(60))
    tracking_number: Mapped[str | None] = mapped_column(String(60))
    web_key_id: Mapped[int | None] = mapped_column(ForeignKey("access_keys.id"))
    numeric_key_id: Mapped[int | None] = mapped_column(ForeignKey("access_keys.id"))
    text_version: Mapped[str | None] = mapped_column(String(20))

    contract: Mapped[Contract] = relationship(lazy="raise")
    delivery_point: Mapped[DeliveryPoint] = relationship(lazy="raise")
