"""Views of a customer's account by the distributor's staff: with a reason, for 15 minutes, reported to the customer."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function, Role
from portal.domain.audit_events import AuditEvent
from portal.models import AccountView, Binding, Contract, DeliveryPoint, User
from portal.services.store.acts import Act
from portal.services.store.identity import check_reason
from portal.services.store.permissions import require
from portal.services.store.refusals import NotFound
from portal.services.store.transactions import transaction
from portal.services.trace import audit

OPEN_FOR = timedelta(minutes=15)
LONGEST_REASON = 200
PAGE = 50


@dataclass(frozen=True, slots=True)
class Seen:
    """One view of an account: the point, the person and role, the reason and the time."""

    point: str
    name: str
    role: Role
    reason: str
    opened_at: datetime


def open_view(act: Act, *, point: str, reason: str) -> AccountView:
    """Open the account of a point (its public id) to the signed-in staff member; commits.

    Refuses (``Rejected``) without a reason of at most 200 characters; ``NotAllowed`` without the function;
    ``NotFound``.
    """
    session = act.session
    user_id = require(act, Function.OPEN_ACCOUNTS)
    words = check_reason(reason, most=LONGEST_REASON)
    with transaction(session):
        found = find_point(session, public_id=point)
        view = AccountView(
            public_id=secrets.token_urlsafe(12),
            user_id=user_id,
            session_id=act.actor.session_id,
            delivery_point_id=found.id,
            reason=words,
            opened_at=act.now,
            until=act.now + OPEN_FOR,
        )
        session.add(view)
        session.flush()
        audit.record(
            act,
            event=AuditEvent.BALANCE_SEEN,
            subject=found.public_id,
            company_id=found.contract.company_id,
            details={"reason": words},
        )
        return view


def find_opened(act: Act, *, point: DeliveryPoint) -> AccountView | None:
    """Return the view that is open in this session, None if there is none any more."""
    require(act, Function.OPEN_ACCOUNTS)
    return act.session.scalars(
        select(AccountView)
        .where(
            AccountView.session_id == act.actor.session_id,
            AccountView.delivery_point_id == point.id,
            AccountView.until > act.now,
        )
        .order_by(AccountView.until.desc())
        .limit(1)
    ).one_or_none()


def find_point(session: Session, *, public_id: str) -> DeliveryPoint:
    """Return a point with its contract and company; ``NotFound``."""
    found = session.scalars(select(DeliveryPoint).where(DeliveryPoint.public_id == public_id)).unique().one_or_none()
    if found is None:
        raise NotFound
    return found


def list_seen(act: Act, *, page: int) -> tuple[Sequence[Seen], bool]:
    """Return the staff views of the points of this customer's contracts, newest first, and whether more follow.

    One query; fifty at a time. A person whose binding to a contract is disabled sees none of its views.
    """
    rows = (
        select(
            DeliveryPoint.name.label("point"),
            User.name.label("who"),
            User.role,
            AccountView.reason,
            AccountView.opened_at,
        )
        .select_from(AccountView)
        .join(DeliveryPoint, DeliveryPoint.id == AccountView.delivery_point_id)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .join(Binding, Binding.contract_id == Contract.id)
        .join(User, User.id == AccountView.user_id)
        .where(Binding.user_id == act.actor.user_id, Binding.disabled_at.is_(None))
        .order_by(AccountView.opened_at.desc(), AccountView.id.desc())
        .offset((page - 1) * PAGE)
        .limit(PAGE + 1)
    )
    found = [Seen(row.point, row.who, row.role, row.reason, row.opened_at) for row in act.session.execute(rows)]
    return found[:PAGE], len(found) > PAGE
