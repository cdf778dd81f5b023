"""Standing orders of delivery points, and the nominations that they made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Unit

from .base import Base, RowId, WholeNumber
from .registry import DeliveryPoint
from .types import GasDayDate, UtcMoment, Word, one_of
from .users import User


class StandingOrder(Base):
    """Version of a point's standing order; append-only, the newest holds. One without quantities ends it.

    Quantities are millionths of ``unit``.
    """

    __tablename__ = "standing_orders"
    __table_args__ = (
        UniqueConstraint("delivery_point_id", "version"),
        CheckConstraint(one_of("unit", Unit), name="unit"),
        CheckConstraint(
            "every_day_micro >= 0 AND (sundays_micro IS NULL OR sundays_micro >= 0) "
            "AND (holidays_micro IS NULL OR holidays_micro >= 0)",
            name="not_negative",
        ),
        CheckConstraint(
            "(every_day_micro IS NULL) = (content_hash IS NULL) "
            "AND (every_day_micro IS NULL) = (access_key_id IS NULL)",
            name="signed_with_a_key",
        ),
        CheckConstraint(
            "every_day_micro IS NOT NULL OR (sundays_micro IS NULL AND holidays_micro IS NULL AND last_day IS NULL)",
            name="end_is_bare",
        ),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"))
    version: Mapped[int] = mapped_column(Integer)
    unit: Mapped[Unit] = mapped_column(Word(Unit))
    every_day_micro: Mapped[int | None] = mapped_column(WholeNumber)
    sundays_micro: Mapped[int | None] = mapped_column(WholeNumber)
    holidays_micro: Mapped[int | None] = mapped_column(WholeNumber)
    last_day: Mapped[GasDay | None] = mapped_column(GasDayDate)
    content_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    # The key that signed it: once revoked, the order is void.
    access_key_id: Mapped[int | None] = mapped_column(ForeignKey("access_keys.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcMoment)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    delivery_point: Mapped[DeliveryPoint] = relationship(lazy="select")
    recorded_by: Mapped[User] = relationship(lazy="select")


class StandingOrderUse(Base):
    """Nomination that a standing order made at a close; append-only."""

    __tablename__ = "standing_order_uses"
    __table_args__ = (Index("ix_standing_order_uses_standing_order_id", "standing_order_id"),)

    nomination_id: Mapped[int] = mapped_column(ForeignKey("nominations.id"), primary_key=True, autoincrement=False)
    standing_order_id: Mapped[int] = mapped_column(ForeignKey("standing_orders.id"))
