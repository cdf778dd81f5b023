"""Reach of an agent: the point of a verified call of this session, for a quarter of an hour.

Source: docs/security.md, "On behalf".
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, exists, literal, select

from portal.domain.accounts import Function, may
from portal.domain.modalities import Modality
from portal.models import Call, Contract, DeliveryPoint, NominationDraft
from portal.services.store.acts import Act
from portal.services.store.refusals import CallNeeded, NotFound

# Conditions of a live grant; by session, so that no other browser of the agent acts in the call.
_LIVE = (
    Call.agent_id == bindparam("agent_id"),
    Call.session_id == bindparam("session_id"),
    Call.granted_until > bindparam("now"),
    Call.closed_at.is_(None),
    Call.stopped_at.is_(None),
)
_NEWEST = (Call.verified_at.desc(), Call.id.desc())
_HELD = select(Call).where(*_LIVE).order_by(*_NEWEST)
_LAST = (
    select(Call.public_id)
    .where(Call.agent_id == bindparam("agent_id"), Call.verified_at.is_not(None))
    .order_by(*_NEWEST)
    .limit(1)
)
_POINT_IDS = select(Call.delivery_point_id).where(*_LIVE).distinct()
# Condition about ``NominationDraft``: its point is that of a live grant.
open_for_draft = exists(
    select(literal(1))
    .select_from(Call)
    .where(*_LIVE, Call.delivery_point_id == NominationDraft.delivery_point_id)
    .correlate(NominationDraft)
)


def is_by_agent(act: Act) -> bool:
    """Tell whether the actor is one who acts for callers, and never with a key."""
    return may(act.actor.role, Function.NOMINATE_FOR_CALLERS)


def find_held(act: Act) -> Call | None:
    """Return the call in which this session acts for a caller now, the last verified one; None without any."""
    return act.session.scalars(_HELD.limit(1), name_holder(act)).unique().one_or_none()


def require_held(act: Act, *, point_id: int) -> Call:
    """Return the call in which this session may act for the point with this row id; raises ``CallNeeded``."""
    found = act.session.scalars(_HELD.where(Call.delivery_point_id == point_id).limit(1), name_holder(act))
    call = found.unique().one_or_none()
    if call is None:
        raise CallNeeded(_last(act))
    return call


def lock_held(act: Act, *, point_id: int) -> Call:
    """Return the same call, locked and read anew, inside the caller's transaction; raises ``CallNeeded``."""
    call = require_held(act, point_id=point_id)
    act.session.refresh(call, with_for_update={"key_share": True})
    if not call.is_live_at(act.now):
        raise CallNeeded(call.public_id)
    return call


def list_reached_points(act: Act, *, modality: Modality) -> Sequence[DeliveryPoint]:
    """Return the points of the modality that this session may act for, by name; raises ``CallNeeded`` without any."""
    found = act.session.scalars(
        select(DeliveryPoint)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .where(DeliveryPoint.id.in_(_POINT_IDS), Contract.modality == bindparam("modality"))
        .order_by(DeliveryPoint.sort_name),
        {**name_holder(act), "modality": modality},
    )
    points = found.unique().all()
    if not points:
        raise CallNeeded(_last(act))
    return points


def get_reached_point(act: Act, *, modality: Modality, public_id: str) -> DeliveryPoint:
    """Return the point if this session may act for it; raises ``CallNeeded`` without any, ``NotFound`` for another."""
    for point in list_reached_points(act, modality=modality):
        if point.public_id == public_id:
            return point
    raise NotFound


def list_reached_point_ids(act: Act) -> set[int]:
    """Return the row ids of the points that this session may act for."""
    return set(act.session.scalars(_POINT_IDS, name_holder(act)))


def name_holder(act: Act) -> dict[str, object]:
    """Return the parameters that name the agent, the session and the moment in the statements above."""
    return {"agent_id": act.actor.user_id, "session_id": act.actor.session_id, "now": act.now}


def _last(act: Act) -> str | None:
    return act.session.scalars(_LAST, {"agent_id": act.actor.user_id}).one_or_none()
