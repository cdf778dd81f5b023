"""Data for a company's own system: the points its token reaches, their nominations and receipts (adr/0021)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.models import (
    Binding,
    Contract,
    DeliveryPoint,
    LateDecision,
    Nomination,
    NominationHead,
    is_head_of,
)
from portal.services.keys import grants
from portal.services.people.api_tokens import Caller
from portal.services.store.acts import Act
from portal.services.store.refusals import NotFound, Refusal, Rejected


@dataclass(frozen=True, slots=True)
class ReachedPoint:
    """A point of the company's contracts that the maker of the token opened.

    ``is_open`` once the maker gave its numeric key correctly: only then may its figures be read.
    """

    point: DeliveryPoint
    is_open: bool


@dataclass(frozen=True, slots=True)
class Revision:
    """A nomination, whether it is in force, and the operator's decision about a late one."""

    nomination: Nomination
    in_force: bool
    decision: LateDecision | None


# Require a proof by the key in force: a proof by an older key ended with the new letter.
_REACHED = (
    select(DeliveryPoint, grants.proved.label("is_open"))
    .join(Contract, Contract.id == DeliveryPoint.contract_id)
    .join(
        Binding,
        and_(
            Binding.contract_id == Contract.id,
            Binding.user_id == bindparam("user_id"),
            Binding.disabled_at.is_(None),
        ),
    )
    .where(Contract.company_id == bindparam("company_id"))
    .order_by(DeliveryPoint.sort_name, DeliveryPoint.id)
)
_ONE = _REACHED.where(DeliveryPoint.public_id == bindparam("public_id"))


def list_reached(act: Act, *, caller: Caller) -> list[ReachedPoint]:
    """Return every point that the token reaches, by name."""
    return [
        ReachedPoint(row.DeliveryPoint, row.is_open)
        for row in act.session.execute(_REACHED, _who(caller, act.now)).unique()
    ]


def find(act: Act, *, caller: Caller, public_id: str) -> ReachedPoint:
    """Return one point; ``NotFound`` for an absent one and for one that the token does not reach."""
    found = act.session.execute(_ONE, {**_who(caller, act.now), "public_id": public_id}).unique().first()
    if found is None:
        raise NotFound
    return ReachedPoint(found.DeliveryPoint, found.is_open)


def get_opened(act: Act, *, caller: Caller, public_id: str) -> DeliveryPoint:
    """Return one point whose figures may be read; refuses (``Rejected``) until its numeric key was given once."""
    found = find(act, caller=caller, public_id=public_id)
    if not found.is_open:
        raise Rejected(Refusal.POINT_NOT_OPENED, "delivery_point")
    return found.point


_REVISIONS = (
    select(Nomination, NominationHead.nomination_id, LateDecision)
    .outerjoin(NominationHead, is_head_of(Nomination))
    .outerjoin(LateDecision, LateDecision.nomination_id == Nomination.id)
)
MOST_REVISIONS = 200
_BETWEEN = (
    _REVISIONS.where(
        Nomination.delivery_point_id == bindparam("point_id"),
        Nomination.gas_day.between(bindparam("first"), bindparam("last")),
        or_(Nomination.gas_day > bindparam("first"), Nomination.revision > bindparam("revision")),
    )
    .order_by(Nomination.gas_day, Nomination.revision)
    .limit(MOST_REVISIONS + 1)
)
_BY_ID = _REVISIONS.where(Nomination.public_id == bindparam("public_id"))


def list_revisions(
    session: Session, *, delivery_point_id: int, first: GasDay, last: GasDay, after: tuple[GasDay, int] | None = None
) -> tuple[Sequence[Revision], bool]:
    """Return the revisions of a point for the gas days from ``first`` to ``last``, both included, in order.

    At most 200, and whether more follow. ``after`` is the day and revision to continue behind.
    """
    day, revision = after if after is not None and after[0] >= first else (first, 0)
    bounds = {"point_id": delivery_point_id, "first": day, "last": last, "revision": revision}
    rows = session.execute(_BETWEEN, bounds).unique().all()
    found = [Revision(nomination, head is not None, decision) for nomination, head, decision in rows]
    return found[:MOST_REVISIONS], len(found) > MOST_REVISIONS


def get_revision(act: Act, *, caller: Caller, public_id: str) -> Revision:
    """Return one nomination with a receipt; ``NotFound`` for an absent one and for one out of reach.

    Refuses (``Rejected``) while the figures of its point are closed to the token.
    """
    found = _with_receipt(act.session, public_id)
    get_opened(act, caller=caller, public_id=found.nomination.delivery_point.public_id)
    return found


def get_reached_nomination(act: Act, *, caller: Caller, public_id: str) -> Nomination:
    """Return one nomination with a receipt, of a point that the token reaches; ``NotFound`` for any other."""
    nomination = _with_receipt(act.session, public_id).nomination
    find(act, caller=caller, public_id=nomination.delivery_point.public_id)
    return nomination


def _with_receipt(session: Session, public_id: str) -> Revision:
    found = session.execute(_BY_ID, {"public_id": public_id}).unique().first()
    if found is None or found[0].filing_number is None:
        raise NotFound
    nomination, head, decision = found
    return Revision(nomination, head is not None, decision)


def _who(caller: Caller, now: datetime) -> dict[str, object]:
    return {"user_id": caller.actor.user_id, "company_id": caller.company_id, "now": now}
