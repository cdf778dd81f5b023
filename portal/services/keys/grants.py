"""Grants: objects that a session opened with a key, valid while session, binding and key version are.

Source: docs/security.md, "Grants".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, literal, select
from sqlalchemy.orm import Session

from portal.domain.keys import GRANT_IDLE
from portal.domain.modalities import Modality
from portal.models import AccessKey, Binding, Contract, DeliveryPoint, Grant, KeyAttempt, NominationDraft
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import NotFound, StepMissing
from portal.services.store.transactions import transaction

from . import caller_grants, hot

USED_EVERY = timedelta(seconds=60)


def give(act: Act, *, key: AccessKey, remember: bool = False, trusted_device_id: int | None = None) -> None:
    """Write the grant of a right key, inside the caller's transaction; replaces an earlier one.

    ``remember``: a trusted device shall open it from now on; ``trusted_device_id``: that device opens it.
    """
    act.session.add(
        Grant(
            session_id=act.actor.session_id,
            contract_id=key.contract_id,
            delivery_point_id=key.delivery_point_id,
            access_key_id=key.id,
            trusted_device_id=trusted_device_id,
            is_to_remember=remember,
            created_at=act.now,
            last_used_at=act.now,
        )
    )


def list_opened_contracts(act: Act, *, modality: Modality) -> list[Contract]:
    """Return the contracts of ``modality`` that this session holds open, by company name.

    ``StepMissing("web-key")`` if there is none. For an agent those of its verified calls; ``CallNeeded`` without any.
    """
    if caller_grants.is_by_agent(act):
        points = caller_grants.list_reached_points(act, modality=modality)
        return list(dict.fromkeys([point.contract for point in points]))
    contracts = list(
        act.session.scalars(_OPEN_CONTRACTS, {**build_parameters(act.actor, act.now), "modality": modality}).unique()
    )
    if not contracts:
        raise StepMissing("web-key", modality=modality)
    return sorted(contracts, key=lambda contract: contract.company.sort_name)


def list_opened_contract_ids(act: Act) -> set[int]:
    """Return the row ids of the contracts that this session holds open with their web keys."""
    opened = hot.OPEN_CONTRACTS.tuples(act.session, **build_parameters(act.actor, act.now))
    return {contract_id for (contract_id,) in opened}


def list_points(session: Session, *, contracts: list[Contract]) -> list[DeliveryPoint]:
    """Return the delivery points of these contracts, by name."""
    return list(
        session.scalars(
            select(DeliveryPoint)
            .where(DeliveryPoint.contract_id.in_([contract.id for contract in contracts]))
            .order_by(DeliveryPoint.sort_name)
        ).unique()
    )


def list_askable_points(act: Act, *, contracts: list[Contract]) -> Sequence[DeliveryPoint]:
    """Return the points of these open contracts that this session may nominate for: an agent, those of its calls."""
    points = list_points(act.session, contracts=contracts)
    if not caller_grants.is_by_agent(act):
        return points
    reached = caller_grants.list_reached_point_ids(act)
    return [point for point in points if point.id in reached]


def require_reachable_point(act: Act, *, modality: Modality, public_id: str) -> DeliveryPoint:
    """Return the point if it belongs to a contract this session holds open.

    ``StepMissing("web-key")`` if no contract of the modality is open, so that the answer reveals nothing about the id;
    ``NotFound`` for an absent point and for another customer's. For an agent, the point of a verified call.
    """
    if caller_grants.is_by_agent(act):
        return caller_grants.get_reached_point(act, modality=modality, public_id=public_id)
    point = act.session.scalars(
        _REACHABLE,
        {**build_parameters(act.actor, act.now), "public_id": public_id, "modality": modality},
    ).first()
    if point is None:
        list_opened_contracts(act, modality=modality)
        raise NotFound
    return point


def require_opened_point(act: Act, *, modality: Modality, public_id: str) -> DeliveryPoint:
    """Return the point whose sheet this session may read.

    Refuses as ``require_reachable_point``; ``StepMissing("numeric-key")`` while the numeric key was not entered.
    """
    point = require_reachable_point(act, modality=modality, public_id=public_id)
    if point.id not in list_opened_point_ids(act):
        raise StepMissing("numeric-key", modality=modality, delivery_point=public_id)
    return point


def list_opened_point_ids(act: Act) -> set[int]:
    """Return the row ids of the points that this session opened with their numeric keys, or holds by a call."""
    if caller_grants.is_by_agent(act):
        return caller_grants.list_reached_point_ids(act)
    opened = hot.OPEN_POINTS.tuples(act.session, **build_parameters(act.actor, act.now))
    return {point_id for (point_id,) in opened}


def list_proved_point_ids(act: Act) -> set[int]:
    """Return the ids of the points whose figures this person may read outside of the sheet.

    Every page that shows a figure outside of the sheet checks it. They are the points opened in this session, and those
    whose numeric key the account gave correctly before, in a version that still opens: neither a web key alone nor a
    revoked or replaced key shows a point's figures (adr/0005).
    """
    return list_proved_before(act) | list_opened_point_ids(act)


def list_proved_before(act: Act) -> set[int]:
    """Return the part of ``list_proved_point_ids`` that needs no key in this session, if the other part is known."""
    proved_before = hot.PROVED_POINTS.tuples(act.session, user_id=act.actor.user_id, now=act.now)
    return {point_id for (point_id,) in proved_before}


def require_proved(act: Act, *, point: DeliveryPoint) -> None:
    """Refuse (``StepMissing("numeric-key")``) unless ``list_proved_point_ids`` has the point."""
    if point.id not in list_proved_point_ids(act):
        raise StepMissing("numeric-key", modality=point.contract.modality, delivery_point=point.public_id)


def keep_alive(act: Act) -> None:
    """Record that this session's live grants are in use, at most once a minute each; commits."""
    session, now = act.session, act.now
    stale = build_stale_parameters(act.actor, now)
    if hot.STALE.first(session, **stale) is None:
        return
    with transaction(session):
        hot.USED.run(session, now=now, **stale)


# For ``keep_alive``: whether it has anything to record, asked with another statement.
has_stale = exists(select(literal(1)).where(*hot.IS_STALE))


def build_stale_parameters(actor: Actor, now: datetime) -> dict[str, Any]:
    """Return the parameters of ``has_stale``."""
    return {"of_session": actor.session_id, "used_until": now - USED_EVERY, "used_since": now - GRANT_IDLE}


# What proves a key as a condition on ``DeliveryPoint``, for the systems of customers.
proved = (
    select(literal(1))
    .select_from(KeyAttempt)
    .join(AccessKey, AccessKey.id == KeyAttempt.access_key_id)
    .join(Binding, Binding.user_id == KeyAttempt.user_id)
    .where(*hot.PROOF)
    .correlate(DeliveryPoint)
    .exists()
)

# Built once: these run at every step of the way.
_OPEN_CONTRACTS = (
    select(Contract)
    .join(Grant, Grant.contract_id == Contract.id)
    .join(AccessKey, AccessKey.id == Grant.access_key_id)
    .join(Binding, hot.BOUND)
    .where(hot.LIVE, Contract.modality == bindparam("modality"))
)
_REACHABLE = (
    select(DeliveryPoint)
    .join(Contract, Contract.id == DeliveryPoint.contract_id)
    .join(Grant, Grant.contract_id == Contract.id)
    .join(AccessKey, AccessKey.id == Grant.access_key_id)
    .join(Binding, hot.BOUND)
    .where(hot.LIVE, Contract.modality == bindparam("modality"), DeliveryPoint.public_id == bindparam("public_id"))
    .limit(1)
)
# The draft's contract is open in its own modality; a condition of ``select(NominationDraft)``.
open_for_draft = exists(
    select(literal(1))
    .select_from(DeliveryPoint)
    .join(Contract, Contract.id == DeliveryPoint.contract_id)
    .join(Grant, Grant.contract_id == Contract.id)
    .join(AccessKey, AccessKey.id == Grant.access_key_id)
    .join(Binding, hot.BOUND)
    .where(
        hot.LIVE, DeliveryPoint.id == NominationDraft.delivery_point_id, Contract.modality == NominationDraft.modality
    )
    .correlate(NominationDraft)
)


def build_parameters(actor: Actor, now: datetime) -> dict[str, Any]:
    """Return the parameters of the statements above."""
    return {
        "session_id": actor.session_id,
        "user_id": actor.user_id,
        "idle_since": now - GRANT_IDLE,
        "now": now,
    }
