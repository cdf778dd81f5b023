"""Cases (PQR): petitions, complaints, claims, also those about a gas day, and appeals, with their record and files."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String, text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from portal.domain.cases import PENDING, CaseChannel, CaseKind, CaseState, EntryKind, FileKind, Outcome
from portal.domain.gas_day import GasDay

from .base import Base, RowId, WholeNumber
from .types import GasDayDate, UtcMoment, Word, one_of

_PENDING = ", ".join([f"'{state}'" for state in CaseState if state in PENDING])
IS_OPEN_DAY = text(f"gas_day IS NOT NULL AND state IN ({_PENDING})")


class Case(Base):
    """Petition of a person or company; its text is the first of its entries, which nothing changes.

    ``due_on`` is the last day of the term as it stands, counted from the filing or from the last time it was opened
    again; ``alarmed`` the last alarm of that term that was told. ``submission_id`` makes a doubled form one case.
    Who sent it by mail gave no document (empty) and no authorisation of a form.

    With a ``gas_day`` it is a claim of a customer about the figures of that day of the point: at most one that owes an
    answer, and the answer has an ``outcome``. The account's own authorisation of personal data covers it.
    """

    __tablename__ = "cases"
    __table_args__ = (
        CheckConstraint(one_of("kind", CaseKind), name="kind"),
        CheckConstraint(one_of("state", CaseState), name="state"),
        CheckConstraint(one_of("channel", CaseChannel), name="channel"),
        CheckConstraint("NOT electronic_notice OR email IS NOT NULL", name="notice_needs_email"),
        CheckConstraint("(extended_on IS NULL) = (extension_reason IS NULL)", name="reason_when_extended"),
        CheckConstraint("(consent_version IS NULL) = (consented_at IS NULL)", name="consent_whole"),
        CheckConstraint(
            "consent_version IS NOT NULL OR gas_day IS NOT NULL OR channel = 'mail'", name="consent_of_strangers"
        ),
        CheckConstraint(one_of("outcome", Outcome), name="outcome"),
        CheckConstraint(
            f"gas_day IS NULL OR (kind = '{CaseKind.CLAIM}' AND delivery_point_id IS NOT NULL "
            "AND account_id IS NOT NULL)",
            name="day_of_a_point",
        ),
        CheckConstraint(
            f"outcome IS NULL OR (gas_day IS NOT NULL AND state NOT IN ({_PENDING}))", name="outcome_of_a_day"
        ),
        CheckConstraint(
            f"gas_day IS NULL OR state <> '{CaseState.ANSWERED}' OR outcome IS NOT NULL", name="outcome_when_answered"
        ),
        Index("ix_cases_state_due_on", "state", "due_on"),
        Index("ix_cases_delivery_point_id_gas_day", "delivery_point_id", "gas_day"),
        Index(
            "ix_cases_one_open_of_a_day",
            "delivery_point_id",
            "gas_day",
            unique=True,
            sqlite_where=IS_OPEN_DAY,
            postgresql_where=IS_OPEN_DAY,
        ),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    filing_number: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[CaseKind] = mapped_column(Word(CaseKind))
    state: Mapped[CaseState] = mapped_column(Word(CaseState))
    channel: Mapped[CaseChannel] = mapped_column(Word(CaseChannel))
    name: Mapped[str] = mapped_column(String(120))
    document: Mapped[str] = mapped_column(String(30))
    email: Mapped[str | None] = mapped_column(String(254))
    telephone: Mapped[str | None] = mapped_column(String(30))
    # As typed by somebody without an account: code, address or meter.
    place: Mapped[str | None] = mapped_column(String(120))
    delivery_point_id: Mapped[int | None] = mapped_column(ForeignKey("delivery_points.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    # Date of the invoice or decision it is about.
    about_on: Mapped[date | None] = mapped_column(Date)
    consent_version: Mapped[str | None] = mapped_column(String(20))
    consented_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    electronic_notice: Mapped[bool] = mapped_column(Boolean)
    filed_at: Mapped[datetime] = mapped_column(UtcMoment)
    due_on: Mapped[date] = mapped_column(Date)
    extended_on: Mapped[date | None] = mapped_column(Date)
    extension_reason: Mapped[str | None] = mapped_column(String(2000))
    alarmed: Mapped[int] = mapped_column(Integer, default=0)
    assigned_to_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # Day on which an answer was published as a notice on the web.
    noticed_on: Mapped[date | None] = mapped_column(Date)
    submission_id: Mapped[str | None] = mapped_column(String(32), unique=True)
    gas_day: Mapped[GasDay | None] = mapped_column(GasDayDate)
    outcome: Mapped[Outcome | None] = mapped_column(Word(Outcome))


class CaseEntry(Base):
    """Entry of a case's record: what was filed, answered, noted or decided; append-only. The system has no author."""

    __tablename__ = "case_entries"
    __table_args__ = (CheckConstraint(one_of("kind", EntryKind), name="kind"),)

    id: Mapped[RowId]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[EntryKind] = mapped_column(Word(EntryKind))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str] = mapped_column(String(10_000))
    written_at: Mapped[datetime] = mapped_column(UtcMoment)


class CaseFile(Base):
    """File that came with an entry, exactly as it was sent; append-only."""

    __tablename__ = "case_files"
    __table_args__ = (CheckConstraint(one_of("kind", FileKind), name="kind"),)

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("case_entries.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[FileKind] = mapped_column(Word(FileKind))
    size: Mapped[int] = mapped_column(Integer)
    # SHA-256 of the content.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))


class CarriedMessage(Base):
    """Entry to which a message of a claim was carried when claims about a day became cases (adr/0116); append-only.

    ``id`` and ``claim_id`` are those of the former tables: with them earlier anchors are verified still.
    """

    __tablename__ = "carried_messages"

    id: Mapped[int] = mapped_column(WholeNumber, primary_key=True, autoincrement=False)
    claim_id: Mapped[int] = mapped_column(WholeNumber)
    entry_id: Mapped[int] = mapped_column(ForeignKey("case_entries.id"), unique=True)


class CaseMail(Base):
    """Message that came by mail and was taken as an entry of a case, so that it is taken once; append-only."""

    __tablename__ = "case_mails"

    id: Mapped[RowId]
    # SHA-256 of its Message-ID, or of the whole message without one.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    # SHA-256 of what it said: the same Message-ID with other words is another message.
    said: Mapped[bytes] = mapped_column(LargeBinary(32))
    entry_id: Mapped[int] = mapped_column(ForeignKey("case_entries.id"))
    taken_at: Mapped[datetime] = mapped_column(UtcMoment)
