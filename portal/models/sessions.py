"""Server-side sessions, known devices, and the grants a session holds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, LargeBinary, String, false
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, RowId, WholeNumber
from .types import UtcMoment


class SignInSession(Base):
    """A signed-in browser; the cookie holds a 256-bit token of which only the hash is kept."""

    __tablename__ = "sessions"

    id: Mapped[RowId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    # Valid a few seconds after a rotation: requests under way carry the old cookie.
    previous_token_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    rotated_at: Mapped[datetime] = mapped_column(UtcMoment)
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    last_seen_at: Mapped[datetime] = mapped_column(UtcMoment)
    expires_at: Mapped[datetime] = mapped_column(UtcMoment)
    ended_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    # Password given, second factor not yet: good only for giving it.
    awaiting_second_factor: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    # Last second factor in this session: sensitive acts ask for a recent one.
    stepped_up_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    # Until then an agent may follow which page is open in this browser; the row of the call decides.
    followed_until: Mapped[datetime | None] = mapped_column(UtcMoment)
    address: Mapped[str] = mapped_column(String(45))
    user_agent: Mapped[str] = mapped_column(String(200))


class KnownDevice(Base):
    """Browser from which an account signed in; it has a sign-in budget of its own for 180 days."""

    __tablename__ = "known_devices"

    id: Mapped[RowId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    expires_at: Mapped[datetime] = mapped_column(UtcMoment)


class TrustedDevice(Base):
    """Browser in which an account opens what it proved there, for 90 days, without typing its keys again.

    The cookie holds a 256-bit token that changes at each sign-in; ``browser`` is what the browser calls itself.
    """

    __tablename__ = "trusted_devices"

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    # The token before: valid a few seconds for another tab, then the sign of a copied cookie.
    previous_token_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    rotated_at: Mapped[datetime] = mapped_column(UtcMoment)
    browser: Mapped[str] = mapped_column(String(60))
    address: Mapped[str] = mapped_column(String(45))
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    last_used_at: Mapped[datetime] = mapped_column(UtcMoment)
    expires_at: Mapped[datetime] = mapped_column(UtcMoment)
    ended_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    # Whether the browser keeps what was seen last and typed, to be read without a signal (adr/0167).
    keeps_last_seen: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    # The passkey that turned it on, and whose end ends it; none where it was a code of an authenticator (adr/0177).
    passkey_id: Mapped[int | None] = mapped_column(ForeignKey("passkeys.id"), index=True)


class Passkey(Base):
    """Public key of a second factor that a person's device holds (WebAuthn); its private key never leaves the device.

    ``sign_count`` is how often it was used, as the authenticator says; zero for ever where one does not count.
    """

    __tablename__ = "passkeys"

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    # COSE key (RFC 9052).
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(WholeNumber)
    name: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    last_used_at: Mapped[datetime] = mapped_column(UtcMoment)
    ended_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class RememberedKey(Base):
    """Version of a key that a trusted device opens; gone with the version, the binding or the device."""

    __tablename__ = "remembered_keys"
    __table_args__ = {"sqlite_with_rowid": False}

    trusted_device_id: Mapped[int] = mapped_column(ForeignKey("trusted_devices.id"), primary_key=True)
    access_key_id: Mapped[int] = mapped_column(ForeignKey("access_keys.id"), primary_key=True, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcMoment)


class Grant(Base):
    """Contract or delivery point that a session opened, under one key version.

    ``trusted_device_id`` is the device that opened it without the key; ``is_to_remember`` says that the person wants
    it remembered, as soon as the device is trusted.
    """

    __tablename__ = "grants"
    __table_args__ = (
        CheckConstraint("(contract_id IS NULL) <> (delivery_point_id IS NULL)", name="one_object"),
        Index("ix_grants_session_id_delivery_point_id", "session_id", "delivery_point_id"),
        Index("ix_grants_session_id_contract_id", "session_id", "contract_id"),
    )

    id: Mapped[RowId]
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    contract_id: Mapped[int | None] = mapped_column(ForeignKey("contracts.id"))
    delivery_point_id: Mapped[int | None] = mapped_column(ForeignKey("delivery_points.id"))
    access_key_id: Mapped[int] = mapped_column(ForeignKey("access_keys.id"))
    trusted_device_id: Mapped[int | None] = mapped_column(ForeignKey("trusted_devices.id"), index=True)
    is_to_remember: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    last_used_at: Mapped[datetime] = mapped_column(UtcMoment)


class AccountVisit(Base):
    """Last visit of a person to an account: changes after ``seen_until`` are news; first opened at ``opened_at``."""

    __tablename__ = "account_visits"
    __table_args__ = {"sqlite_with_rowid": False}

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"), primary_key=True)
    opened_at: Mapped[datetime] = mapped_column(UtcMoment)
    seen_until: Mapped[datetime] = mapped_column(UtcMoment)


class AccountView(Base):
    """View of a customer's figures by a member of the staff, with reason and end; append-only."""

    __tablename__ = "account_views"
    __table_args__ = (
        Index("ix_account_views_delivery_point_id_opened_at", "delivery_point_id", "opened_at"),
        Index("ix_account_views_session_id_delivery_point_id", "session_id", "delivery_point_id"),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"))
    reason: Mapped[str] = mapped_column(String(200))
    opened_at: Mapped[datetime] = mapped_column(UtcMoment)
    until: Mapped[datetime] = mapped_column(UtcMoment)


class FeedToken(Base):
    """Address of a person's calendar of deadlines; only its hash is stored."""

    __tablename__ = "feed_tokens"

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class ApiToken(Base):
    """Token of a company's own system; ``scopes`` are separated by a space; only its hash is stored."""

    __tablename__ = "api_tokens"

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    scopes: Mapped[str] = mapped_column(String(40))
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    expires_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class StaffToken(Base):
    """Token of a system of the distributor, read-only, made by a console account; only its hash is stored.

    It always ends: ``expires_at`` is at most a year after ``created_at``.
    """

    __tablename__ = "staff_tokens"
    __table_args__ = (CheckConstraint("expires_at > created_at", name="ends"),)

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    scopes: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    expires_at: Mapped[datetime] = mapped_column(UtcMoment)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class ApiRequest(Base):
    """Writing request under its sender's key: sent again, it gets the stored answer."""

    __tablename__ = "api_requests"

    token_id: Mapped[int] = mapped_column(ForeignKey("api_tokens.id"), primary_key=True, autoincrement=False)
    idempotency_key: Mapped[str] = mapped_column(String(80), primary_key=True)
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    nomination_id: Mapped[int | None] = mapped_column(ForeignKey("nominations.id"))
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
