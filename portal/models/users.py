"""Accounts, consents, mailed links, and bindings to contracts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.accounts import BindingState, LinkPurpose, Role

from .base import Base, RowId, WholeNumber
from .registry import Contract
from .types import UtcMoment, Word, one_of


class User(Base):
    """Account of a person; the e-mail is stored in lower case and is the sign-in name."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint(one_of("role", Role), name="role"),)

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    company_claim: Mapped[str] = mapped_column(String(120), default="")
    role: Mapped[Role] = mapped_column(Word(Role), default=Role.CUSTOMER)
    password_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    # Sealed secret of the second factor, and the last time step of 30 s used: a code is good once.
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_last_step: Mapped[int | None] = mapped_column(WholeNumber)
    # Secret shown, first code still awaited.
    totp_pending_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    # Challenge that a passkey is asked to sign, sealed for the session and the purpose that it was made for.
    passkey_challenge_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    verified_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    created_at: Mapped[datetime] = mapped_column(UtcMoment)

    bindings: Mapped[list[Binding]] = relationship(back_populates="user", lazy="raise", foreign_keys="Binding.user_id")


class RecoveryCode(Base):
    """Code that replaces a lost second factor, once; only its HMAC is stored."""

    __tablename__ = "recovery_codes"

    id: Mapped[RowId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    used_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class Consent(Base):
    """Consent of a person (Ley 1581 of 2012): text version and moment; never changed."""

    __tablename__ = "consents"

    id: Mapped[RowId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    text_version: Mapped[str] = mapped_column(String(20))
    accepted_at: Mapped[datetime] = mapped_column(UtcMoment)
    address: Mapped[str] = mapped_column(String(45))


class EmailLink(Base):
    """Single-use link sent by mail; only the hash of its token is stored."""

    __tablename__ = "email_links"
    __table_args__ = (CheckConstraint(one_of("purpose", LinkPurpose), name="purpose"),)

    id: Mapped[RowId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    purpose: Mapped[LinkPurpose] = mapped_column(Word(LinkPurpose))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    expires_at: Mapped[datetime] = mapped_column(UtcMoment)
    used_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class Binding(Base):
    """Person who opened a contract with its key; may read at once, nominates once approved.

    Source: docs/security.md, "Bindings".
    """

    __tablename__ = "bindings"
    __table_args__ = (UniqueConstraint("user_id", "contract_id"),)

    id: Mapped[RowId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts.id"), index=True)
    may_nominate: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    approved_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # Reading only by decision, as distinct from not decided yet.
    consult_only: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    # Manager: decides about the company's other accounts. The first account of a contract is one.
    manages: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    disabled_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    disabled_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    user: Mapped[User] = relationship(back_populates="bindings", lazy="joined", foreign_keys=[user_id])
    contract: Mapped[Contract] = relationship(lazy="raise")

    @property
    def state(self) -> BindingState:
        """Present rights of the person under the contract."""
        if self.disabled_at is not None:
            return BindingState.DISABLED
        if self.may_nominate:
            return BindingState.NOMINATES
        return BindingState.CONSULTS if self.consult_only else BindingState.AWAITING
