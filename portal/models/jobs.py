"""Uploaded files awaiting confirmation, and jobs of the worker."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, deferred, mapped_column

from portal.domain.gas_day import GasDay
from portal.domain.jobs import HeldState, JobKind, JobState, UploadKind, UploadState

from .base import Base, RowId
from .types import GasDayDate, UtcMoment, Word, one_of


class Upload(Base):
    """Uploaded file: previewed, taken in only after confirmation."""

    __tablename__ = "uploads"
    __table_args__ = (
        CheckConstraint(one_of("kind", UploadKind), name="kind"),
        CheckConstraint(one_of("state", UploadState), name="state"),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[UploadKind] = mapped_column(Word(UploadKind))
    file_name: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))
    # SHA-256 of the content.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    uploaded_at: Mapped[datetime] = mapped_column(UtcMoment)
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    state: Mapped[UploadState] = mapped_column(Word(UploadState))
    # Answers to the questions about the file, separated by blanks.
    answers: Mapped[str | None] = mapped_column(String(200))
    # Sender whose layouts count (``FileLayout``); None for files sent before layouts were remembered.
    sender: Mapped[str | None] = mapped_column(String(200))
    # Day of a file whose rows need not name one: authorised quantities; the first of the month of tariffs.
    gas_day: Mapped[GasDay | None] = mapped_column(GasDayDate)


class HeldRow(Base):
    """Row of a file that was left to be mended when the others were taken in."""

    __tablename__ = "held_rows"
    __table_args__ = (
        CheckConstraint(one_of("kind", UploadKind), name="kind"),
        CheckConstraint(one_of("state", HeldState), name="state"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided_when_not_waiting"),
        CheckConstraint("state <> 'discarded' OR reason IS NOT NULL", name="reason_when_discarded"),
        Index("ix_held_rows_state", "state", "id"),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[UploadKind] = mapped_column(Word(UploadKind))
    file_name: Mapped[str] = mapped_column(String(200))
    # SHA-256 of the file.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    line: Mapped[int] = mapped_column(Integer)
    # Texts of the row by our columns, and its problems: JSON.
    texts: Mapped[str] = mapped_column(Text)
    problems: Mapped[str] = mapped_column(Text)
    state: Mapped[HeldState] = mapped_column(Word(HeldState))
    held_at: Mapped[datetime] = mapped_column(UtcMoment)
    # Who took the other rows; None for the watched folder.
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str | None] = mapped_column(String(500))
    decided_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class FileSender(Base):
    """Sender of files, and what holds for all of them: whether hour 00:00 ends the gas day before."""

    __tablename__ = "file_senders"

    sender: Mapped[str] = mapped_column(String(200), primary_key=True)
    stamp_ends: Mapped[bool] = mapped_column(Boolean)
    decided_at: Mapped[datetime] = mapped_column(UtcMoment)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class FileLayout(Base):
    """Layout of a sender's files as it was confirmed: how figures and days without proof of their own are read."""

    __tablename__ = "file_layouts"
    __table_args__ = (
        UniqueConstraint("sender", "kind", "signature"),
        CheckConstraint(one_of("kind", UploadKind), name="kind"),
    )

    id: Mapped[RowId]
    sender: Mapped[str] = mapped_column(String(200))
    kind: Mapped[UploadKind] = mapped_column(Word(UploadKind))
    # SHA-256 of titles, form and units.
    signature: Mapped[bytes] = mapped_column(LargeBinary(32))
    # Whether dots group thousands, and whether the month comes first; None where no file of it said so.
    dots_group: Mapped[bool | None] = mapped_column(Boolean)
    month_first: Mapped[bool | None] = mapped_column(Boolean)
    confirmed_at: Mapped[datetime] = mapped_column(UtcMoment)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class Job(Base):
    """Job requested on a page, done by the worker; ``outcome`` is its result in JSON."""

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint(one_of("kind", JobKind), name="kind"),
        CheckConstraint(one_of("state", JobState), name="state"),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[JobKind] = mapped_column(Word(JobKind))
    # One job per file.
    upload_id: Mapped[int | None] = mapped_column(ForeignKey("uploads.id"), unique=True)
    parameters: Mapped[str] = mapped_column(Text)
    requested_at: Mapped[datetime] = mapped_column(UtcMoment)
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    state: Mapped[JobState] = mapped_column(Word(JobState), index=True)
    started_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    finished_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    outcome: Mapped[str | None] = mapped_column(Text)
    failure: Mapped[str | None] = mapped_column(String(500))


class StatementPack(Base):
    """ZIP with the statements of all points of a company in a month, made by a job; deleted after thirty days."""

    __tablename__ = "statement_packs"

    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), primary_key=True, autoincrement=False)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    month: Mapped[date] = mapped_column(Date)
    name: Mapped[str] = mapped_column(String(120))
    size: Mapped[int] = mapped_column(Integer)
    # SHA-256 of the content.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))
    made_at: Mapped[datetime] = mapped_column(UtcMoment)


class JobLease(Base):
    """Worker in charge of a job, until when, in which attempt, and the progress.

    A row of its own: the job's transaction holds the job's row, while this one is renewed by another connection and
    read by pages. ``claimed_until`` is a moment of the system's clock, independent of ``PORTAL_NOW``.
    """

    __tablename__ = "job_leases"

    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), primary_key=True, autoincrement=False)
    attempts: Mapped[int] = mapped_column(Integer)
    # Host, process and a number drawn for the claim, as in ``host:4711:9f3a…``; None without a worker.
    claimed_by: Mapped[str | None] = mapped_column(String(300))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcMoment)
    stage: Mapped[str | None] = mapped_column(String(20))
    stage_done: Mapped[int] = mapped_column(Integer, default=0)
    stage_total: Mapped[int] = mapped_column(Integer, default=0)
