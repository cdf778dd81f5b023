"""Dated settings of the staff; the latest that holds on a gas day counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.settings import SettingName

from .base import Base, RowId
from .types import GasDayDate, UtcMoment, Word, one_of


class SettingRow(Base):
    """Value from a gas day on, for everybody, a modality, a contract or a point; append-only."""

    __tablename__ = "setting_rows"
    __table_args__ = (
        CheckConstraint(one_of("name", SettingName), name="name"),
        CheckConstraint("modality IS NULL OR " + one_of("modality", Modality), name="modality"),
        Index("ix_setting_rows_name_valid_from", "name", "valid_from"),
    )

    id: Mapped[RowId]
    name: Mapped[SettingName] = mapped_column(Word(SettingName))
    modality: Mapped[Modality | None] = mapped_column(Word(Modality))
    contract_id: Mapped[int | None] = mapped_column(ForeignKey("contracts.id"))
    delivery_point_id: Mapped[int | None] = mapped_column(ForeignKey("delivery_points.id"))
    value: Mapped[str] = mapped_column(String(40))
    valid_from: Mapped[GasDay] = mapped_column(GasDayDate)
    reason: Mapped[str] = mapped_column(String(300))
    recorded_at: Mapped[datetime] = mapped_column(UtcMoment)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
