"""State of the installation: its workers, and the pepper of its secrets."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.settings import SettingName

from .base import Base, RowId, WholeNumber
from .types import GasDayDate, UtcMoment, Word, one_of


class WorkerHeartbeat(Base):
    """Process of ``portal worker``: when last seen and its last rounds, by the system's clock."""

    __tablename__ = "worker_heartbeats"
    __table_args__ = (UniqueConstraint("host", "pid"),)

    id: Mapped[RowId]
    host: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int] = mapped_column(Integer)
    version: Mapped[str] = mapped_column(String(40))
    started_at: Mapped[datetime] = mapped_column(UtcMoment)
    seen_at: Mapped[datetime] = mapped_column(UtcMoment)
    last_duty_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    last_mail_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    last_job_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class BackupRun(Base):
    """Copy of the database that was taken, or drill of its restore, by the system's clock; ``problem`` if it failed."""

    __tablename__ = "backup_runs"
    __table_args__ = (Index("ix_backup_runs_is_drill_ended_at", "is_drill", "ended_at"),)

    id: Mapped[RowId]
    is_drill: Mapped[bool] = mapped_column(Boolean)
    host: Mapped[str] = mapped_column(String(255))
    began_at: Mapped[datetime] = mapped_column(UtcMoment)
    ended_at: Mapped[datetime] = mapped_column(UtcMoment)
    file_name: Mapped[str | None] = mapped_column(String(120))
    bytes: Mapped[int | None] = mapped_column(WholeNumber)
    rows: Mapped[int | None] = mapped_column(WholeNumber)
    problem: Mapped[str | None] = mapped_column(String(500))


class PepperMark(Base):
    """Fingerprint of the pepper that seals this database: one row, none in a new database."""

    __tablename__ = "pepper_marks"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32))
    marked_at: Mapped[datetime] = mapped_column(UtcMoment)


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


class FilingCounter(Base):
    """Last number given in a series and year; taken in the transaction that uses it, so without gap."""

    __tablename__ = "filing_counters"

    series: Mapped[str] = mapped_column(String(10), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)
