"""Claims of a point for its customer: list, thread, and new messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.claims import PENDING, ClaimAction, ClaimState, find_next_state
from portal.domain.gas_day import GasDay
from portal.models import Claim, ClaimMessage, DeliveryPoint, User
from portal.services.account.opened_points import OpenedPoint
from portal.services.store.acts import Act
from portal.services.store.refusals import Conflict, NotFound
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from .records import lock_claim, require_text, take_one


class ClaimView(NamedTuple):
    """A claim without its messages."""

    public_id: str
    filing_number: str
    gas_day: GasDay
    state: ClaimState
    opened_at: datetime
    opened_by: str
    outcome: str | None
    closed_at: datetime | None

    @property
    def pending(self) -> bool:
        """True while it is undecided."""
        return self.state in PENDING


class Message(NamedTuple):
    """A message: by the distributor (``by_staff``) or by a person of the company."""

    author: str
    by_staff: bool
    text: str
    written_at: datetime


class Thread(NamedTuple):
    """A claim with its messages, oldest first."""

    claim: ClaimView
    messages: tuple[Message, ...]


_VIEW = select(
    Claim.id,
    Claim.public_id,
    Claim.filing_number,
    Claim.gas_day,
    Claim.state,
    Claim.opened_at,
    User.name.label("opened_by"),
    Claim.outcome,
    Claim.closed_at,
).join(User, User.id == Claim.opened_by_id)


def list_claims_of_point(session: Session, *, delivery_point_id: int) -> list[ClaimView]:
    """Return every claim about days of a point, the newest first."""
    wanted = _VIEW.where(Claim.delivery_point_id == delivery_point_id).order_by(Claim.id.desc())
    return [_view(row) for row in session.execute(wanted)]


def find(session: Session, *, delivery_point_id: int, public_id: str) -> Thread:
    """Return a claim of a point with its messages; ``NotFound`` when the point has none of this id."""
    wanted = _VIEW.where(Claim.delivery_point_id == delivery_point_id, Claim.public_id == public_id)
    row = session.execute(wanted).one_or_none()
    if row is None:
        raise NotFound
    return Thread(_view(row), list_messages(session, claim_id=row.id))


def _view(row: Row[*tuple[Any, ...]]) -> ClaimView:
    return ClaimView(
        public_id=row.public_id,
        filing_number=row.filing_number,
        gas_day=row.gas_day,
        state=row.state,
        opened_at=row.opened_at,
        opened_by=row.opened_by,
        outcome=row.outcome,
        closed_at=row.closed_at,
    )


def list_messages(session: Session, *, claim_id: int) -> tuple[Message, ...]:
    """Return the messages of a claim, oldest first."""
    rows = session.execute(
        select(User.name.label("author"), ClaimMessage.by_staff, ClaimMessage.text, ClaimMessage.written_at)
        .join(User, User.id == ClaimMessage.author_id)
        .where(ClaimMessage.claim_id == claim_id)
        .order_by(ClaimMessage.id)
    )
    return tuple([Message(row.author, row.by_staff, row.text, row.written_at) for row in rows])


def write(act: Act, *, point: OpenedPoint, public_id: str, text: str) -> None:
    """Add a message of the customer to an undecided claim; commits. The same text sent twice is added once.

    Refuses (``Rejected``) a text as ``require_text`` and more than a day allows; ``Conflict`` when it was decided.
    """
    session, actor = act.session, act.actor
    kept = require_text(text)
    if actor.user_id is None:
        raise NotFound
    with transaction(session):
        claim = lock_claim(session, public_id=public_id, delivery_point_id=point.id)
        if find_next_state(claim.state, ClaimAction.WRITE) is None:
            raise Conflict("claim-decided")
        if is_last_said(session, claim_id=claim.id, user_id=actor.user_id, text=kept):
            return
        take_one(act)
        session.add(
            ClaimMessage(claim_id=claim.id, author_id=actor.user_id, by_staff=False, text=kept, written_at=act.now)
        )
        audit.record(
            act,
            event=AuditEvent.CLAIM_WRITTEN,
            subject=claim.public_id,
            company_id=session.get_one(DeliveryPoint, point.id).contract.company_id,
            details={"filing_number": claim.filing_number},
        )


def is_last_said(session: Session, *, claim_id: int, user_id: int, text: str) -> bool:
    """Tell whether the last message of a claim is this text of this person: a second press of the button."""
    last = session.execute(
        select(ClaimMessage.author_id, ClaimMessage.text)
        .where(ClaimMessage.claim_id == claim_id)
        .order_by(ClaimMessage.id.desc())
        .limit(1)
    ).one_or_none()
    return last is not None and tuple(last) == (user_id, text)
