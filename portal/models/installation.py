"""State of the installation: its workers, and the pepper of its secrets."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, RowId
from .types import UtcMoment


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


class PepperMark(Base):
    """Fingerprint of the pepper that seals this database: one row, none in a new database."""

    __tablename__ = "pepper_marks"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32))
    marked_at: Mapped[datetime] = mapped_column(UtcMoment)
