"""Calls of customers with an agent, the codes that verify a caller, and protests against what was asked in a call."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.calls import CallOutcome, Verification
from portal.domain.gas_day import GasDay

from .base import Base, RowId
from .registry import DeliveryPoint
from .types import GasDayDate, UtcMoment, Word, one_of
from .users import User


class Call(Base):
    """Call about one delivery point, taken by ``agent`` in one sign-in session.

    Until ``granted_until`` the agent acts for the caller, unless the call ended (``closed_at``) or somebody stopped it
    (``stopped_at``). ``vouched_by_id`` is the account whose code verified it, ``reached_at`` the address or number by
    which the caller was reached, ``approved_by_id`` the supervisor who gave their word for a call back.
    """

    __tablename__ = "calls"
    __table_args__ = (
        CheckConstraint("method IS NULL OR " + one_of("method", Verification), name="method"),
        CheckConstraint("outcome IS NULL OR " + one_of("outcome", CallOutcome), name="outcome"),
        CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="outcome_when_closed"),
        CheckConstraint("(granted_until IS NULL) = (verified_at IS NULL)", name="granted_when_verified"),
        CheckConstraint("verified_at IS NULL OR method IS NOT NULL", name="verified_by_a_method"),
        CheckConstraint("(reviewed_by_id IS NULL) = (reviewed_at IS NULL)", name="reviewed_by_somebody"),
        Index("ix_calls_session_id_delivery_point_id", "session_id", "delivery_point_id"),
        Index("ix_calls_delivery_point_id_opened_at", "delivery_point_id", "opened_at"),
        Index("ix_calls_opened_at", "opened_at"),
        Index(
            "ix_calls_about_day",
            "about_day",
            sqlite_where=text("about_day IS NOT NULL"),
            postgresql_where=text("about_day IS NOT NULL"),
        ),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"))
    caller: Mapped[str] = mapped_column(String(120))
    telephone: Mapped[str] = mapped_column(String(40))
    # The gas day whose missing nomination the distributor calls about; None when the customer called.
    about_day: Mapped[GasDay | None] = mapped_column(GasDayDate)
    opened_at: Mapped[datetime] = mapped_column(UtcMoment)
    closed_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    outcome: Mapped[CallOutcome | None] = mapped_column(Word(CallOutcome))
    note: Mapped[str | None] = mapped_column(String(500))
    method: Mapped[Verification | None] = mapped_column(Word(Verification))
    verified_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    granted_until: Mapped[datetime | None] = mapped_column(UtcMoment)
    vouched_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reached_at: Mapped[str | None] = mapped_column(String(254))
    # The number on file that the agent wants to call back, until a supervisor decides.
    asked_telephone: Mapped[str | None] = mapped_column(String(40))
    asked_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    stopped_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    # The supervisor who looked at it again, from the sample of the day or for a protest.
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcMoment)

    delivery_point: Mapped[DeliveryPoint] = relationship(lazy="joined", innerjoin=True)
    agent: Mapped[User] = relationship(lazy="select", foreign_keys=[agent_id])
    vouched_by: Mapped[User | None] = relationship(lazy="select", foreign_keys=[vouched_by_id])
    approved_by: Mapped[User | None] = relationship(lazy="select", foreign_keys=[approved_by_id])

    def is_live_at(self, now: datetime) -> bool:
        """Tell whether its agent may act for the caller at ``now`` (aware, UTC)."""
        ends = (self.closed_at, self.stopped_at)
        return self.granted_until is not None and now < self.granted_until and all(end is None for end in ends)


class Following(Base):
    """Page that a customer whose code verified a call has open, for the agent of that call: one row, overwritten.

    Never what the customer types, nor the query of the address. ``ended_at`` is when the customer ended it,
    ``discarded_at`` when they threw away what the agent had prepared last. ``path`` and ``title`` are None until the
    first page is opened; ``state`` is the step of the nomination, or that a key is being typed.
    """

    __tablename__ = "followings"
    __table_args__ = (CheckConstraint("(path IS NULL) = (opened_at IS NULL)", name="opened_when_a_page"),)

    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"), primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    begun_at: Mapped[datetime] = mapped_column(UtcMoment)
    ended_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    path: Mapped[str | None] = mapped_column(String(300))
    title: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[str | None] = mapped_column(String(120))
    opened_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    discarded_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class CallCode(Base):
    """Code of six digits, good once and for ten minutes: shown to a signed-in customer, or mailed within a call.

    Sealed, so that the customer's page can show it again while it is good.
    """

    __tablename__ = "call_codes"
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (call_id IS NULL)", name="of_an_account_or_a_call"),
        CheckConstraint("(call_id IS NULL) = (sent_to IS NULL)", name="sent_in_a_call"),
        Index("ix_call_codes_user_id_expires_at", "user_id", "expires_at"),
        Index("ix_call_codes_call_id_expires_at", "call_id", "expires_at"),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    call_id: Mapped[int | None] = mapped_column(ForeignKey("calls.id"))
    sent_to: Mapped[str | None] = mapped_column(String(254))
    sealed: Mapped[bytes] = mapped_column(LargeBinary(64))
    made_at: Mapped[datetime] = mapped_column(UtcMoment)
    expires_at: Mapped[datetime] = mapped_column(UtcMoment)
    spent_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class CallProtest(Base):
    """Word of a contact that nobody of theirs asked for a nomination of a call ("No fui yo")."""

    __tablename__ = "call_protests"

    nomination_id: Mapped[int] = mapped_column(ForeignKey("nominations.id"), primary_key=True, autoincrement=False)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"), index=True)
    raised_at: Mapped[datetime] = mapped_column(UtcMoment)
    # Radicado of the complaint that it opened.
    case_number: Mapped[str] = mapped_column(String(20))
