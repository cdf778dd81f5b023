"""Practice: requests for a point that does not exist, apart from everything that counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity

from .base import Base, RowId
from .types import CubicMetres, GasDayDate, UtcMoment


class PracticeNomination(Base):
    """Request that somebody practises, for the fictitious point of ``domain/practice.py``; gone the next night.

    ``signed_at`` is None until the fictitious code was typed. Nothing else refers to it, and it refers to no point.
    """

    __tablename__ = "practice_nominations"
    __table_args__ = (CheckConstraint("quantity_m3 >= 0", name="quantity_not_negative"),)

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    gas_day: Mapped[GasDay] = mapped_column(GasDayDate)
    quantity_m3: Mapped[Quantity] = mapped_column(CubicMetres)
    written_at: Mapped[datetime] = mapped_column(UtcMoment)
    signed_at: Mapped[datetime | None] = mapped_column(UtcMoment)
