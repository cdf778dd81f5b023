"""Log of the operator's shift: what happened, who was told, to whom the shift was given."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.gas_day import GasDay
from portal.domain.shift_log import ShiftEntryKind

from .base import Base, RowId
from .registry import DeliveryPoint, ExitPoint
from .types import GasDayDate, UtcMoment, Word, one_of
from .users import User


class ShiftEntry(Base):
    """Entry of the shift log; append-only.

    ``told`` names who was told. A handover is given to somebody and keeps as JSON what was open then, by the names of
    ``services.ops.work_board.Waiting``; a takeover answers one, once.
    """

    __tablename__ = "shift_entries"
    __table_args__ = (
        CheckConstraint(one_of("kind", ShiftEntryKind), name="kind"),
        CheckConstraint("(kind = 'handover') = (given_to_id IS NOT NULL)", name="given_when_handed_over"),
        CheckConstraint("(kind = 'handover') = (open_matters IS NOT NULL)", name="matters_when_handed_over"),
        CheckConstraint("(kind = 'takeover') = (answers_id IS NOT NULL)", name="answers_when_taken_over"),
        CheckConstraint("given_to_id IS NULL OR given_to_id <> written_by_id", name="given_to_another"),
        UniqueConstraint("answers_id"),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[ShiftEntryKind] = mapped_column(Word(ShiftEntryKind))
    text: Mapped[str] = mapped_column(String(1000))
    told: Mapped[str | None] = mapped_column(String(200))
    # What it is found by: its words and the names of its people.
    search_text: Mapped[str] = mapped_column(String(1500))
    delivery_point_id: Mapped[int | None] = mapped_column(ForeignKey("delivery_points.id"))
    exit_point_id: Mapped[int | None] = mapped_column(ForeignKey("exit_points.id"))
    gas_day: Mapped[GasDay | None] = mapped_column(GasDayDate)
    given_to_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    open_matters: Mapped[str | None] = mapped_column(String(2000))
    answers_id: Mapped[int | None] = mapped_column(ForeignKey("shift_entries.id"))
    written_at: Mapped[datetime] = mapped_column(UtcMoment)
    written_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    delivery_point: Mapped[DeliveryPoint | None] = relationship(lazy="raise")
    exit_point: Mapped[ExitPoint | None] = relationship(lazy="raise")
    written_by: Mapped[User] = relationship(foreign_keys=[written_by_id], lazy="raise")
    given_to: Mapped[User | None] = relationship(foreign_keys=[given_to_id], lazy="raise")
