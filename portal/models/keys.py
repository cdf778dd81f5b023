"""Access keys (sealed, never readable) and the counters that protect them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.keys import KeyKind, KeyState, LetterState

from .base import Base, RowId, WholeNumber
from .registry import Contract, DeliveryPoint
from .types import UtcMoment, Word, one_of


class AccessKey(Base):
    """Version of a web key (of a contract) or of a numeric key (of a delivery point)."""

    __tablename__ = "access_keys"
    __table_args__ = (
        CheckConstraint(one_of("kind", KeyKind), name="kind"),
        CheckConstraint(one_of("state", KeyState), name="state"),
        CheckConstraint(
            "(kind = 'web' AND contract_id IS NOT NULL AND delivery_point_id IS NULL AND selector IS NOT NULL) OR "
            "(kind = 'numeric' AND contract_id IS NULL AND delivery_point_id IS NOT NULL AND selector IS NULL)",
            name="one_owner",
        ),
        UniqueConstraint("contract_id", "version"),
        UniqueConstraint("delivery_point_id", "version"),
        Index("ix_access_keys_selector", "selector"),
    )

    id: Mapped[RowId]
    kind: Mapped[KeyKind] = mapped_column(Word(KeyKind))
    contract_id: Mapped[int | None] = mapped_column(ForeignKey("contracts.id"))
    delivery_point_id: Mapped[int | None] = mapped_column(ForeignKey("delivery_points.id"))
    version: Mapped[int] = mapped_column(Integer)
    # Two bytes of an HMAC under the pepper: narrow a web key to a few contracts; meaningless without the pepper.
    selector: Mapped[bytes | None] = mapped_column(LargeBinary(2))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[KeyState] = mapped_column(Word(KeyState))
    issued_at: Mapped[datetime] = mapped_column(UtcMoment)
    activated_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    # Life: 30 days while unused, 15 days after a newer version was issued, else without end.
    valid_until: Mapped[datetime | None] = mapped_column(UtcMoment)
    ended_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class AttemptCounter(Base):
    """Counter of attempts: one row per (scope, subject), locked while it is charged."""

    __tablename__ = "attempt_counters"

    scope: Mapped[str] = mapped_column(String(20), primary_key=True)
    subject: Mapped[str] = mapped_column(String(120), primary_key=True)
    count: Mapped[int] = mapped_column(Integer, default=0)
    window_started_at: Mapped[datetime] = mapped_column(UtcMoment)
    last_at: Mapped[datetime] = mapped_column(UtcMoment)
    blocked_until: Mapped[datetime | None] = mapped_column(UtcMoment)
    # Set on the pair's row at its first right key: others cannot lock out a pair that opened this version.
    opened_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class KeyAttempt(Base):
    """Attempt at a key, as charged and as it ended; the key itself is never stored."""

    __tablename__ = "key_attempts"
    __table_args__ = (Index("ix_key_attempts_delivery_point_id_at", "delivery_point_id", "at"),)

    id: Mapped[RowId]
    at: Mapped[datetime] = mapped_column(UtcMoment, index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    kind: Mapped[KeyKind] = mapped_column(Word(KeyKind))
    contract_id: Mapped[int | None] = mapped_column(ForeignKey("contracts.id"))
    delivery_point_id: Mapped[int | None] = mapped_column(ForeignKey("delivery_points.id"))
    address: Mapped[str] = mapped_column(String(45))
    outcome: Mapped[str] = mapped_column(String(12))
    # Version that fitted: the proof holds as long as that version opens. None for wrong keys and for older rows.
    access_key_id: Mapped[int | None] = mapped_column(ForeignKey("access_keys.id"))


class OpenCharge(Base):
    """Charge whose attempt has no outcome yet: the counters charged, and the process in charge.

    The row is deleted with the outcome; the charge of a process that died is given back by the process that finds it.
    """

    __tablename__ = "open_charges"

    token: Mapped[str] = mapped_column(String(24), primary_key=True)
    charged_at: Mapped[datetime] = mapped_column(UtcMoment)
    process: Mapped[str] = mapped_column(String(160))
    # JSON: [scope, subject, moment of the attempt before] of each counter.
    counted: Mapped[str] = mapped_column(Text)
    attempt_id: Mapped[int | None] = mapped_column(WholeNumber, ForeignKey("key_attempts.id"))


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
