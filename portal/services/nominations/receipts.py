"""Receipts of what was signed, and what their holder can still do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.timetable import RequestKind, window_for
from portal.models import LateDecision, Nomination
from portal.services import grants, timetable
from portal.services.actors import Actor
from portal.services.refusals import NotFound

from . import rules


def get_receipt(session: Session, *, actor: Actor, public_id: str, now: datetime) -> Nomination:
    """Return the nomination of a receipt: for who signed it, or with the numeric key of its point open.

    ``NotFound`` for an absent one and for somebody else's.
    """
    nomination = session.scalars(
        select(Nomination).where(Nomination.public_id == public_id, Nomination.filing_number.is_not(None))
    ).one_or_none()
    if nomination is None:
        raise NotFound
    if nomination.signed_by_id != actor.user_id and nomination.delivery_point_id not in grants.opened_point_ids(
        session, actor=actor, now=now
    ):
        raise NotFound
    return nomination


@dataclass(frozen=True, slots=True)
class WhatFollows:
    """Whether this is the revision in force, until when it can be corrected, and with which kind of request.

    ``decision`` is what the operator said of a late one, None while it waits;
    ``replaced_by_later`` tells that the day was asked for again since.
    """

    in_force: bool
    correct_until: datetime | None
    correct_with: RequestKind | None
    decision: LateDecision | None
    replaced_by_later: bool


def what_follows(session: Session, *, nomination: Nomination, now: datetime) -> WhatFollows:
    """Return what the holder of a receipt can still do."""
    day, point = nomination.gas_day, nomination.delivery_point
    head = rules.head_of(session, delivery_point_id=point.id, gas_day=day)
    in_force = head is not None and head.revision == nomination.revision
    rows = timetable.windows(session)
    until: datetime | None = None
    with_kind: RequestKind | None = None
    for kind in RequestKind:
        closes_at = window_for(rows, point.contract.modality, kind, day).closes_at(day)
        if now <= closes_at:
            until, with_kind = closes_at, kind
            break
    return WhatFollows(
        in_force=in_force,
        correct_until=until,
        correct_with=with_kind,
        decision=session.get(LateDecision, nomination.id) if nomination.is_late else None,
        replaced_by_later=nomination.revision < rules.last_revision(session, delivery_point_id=point.id, gas_day=day),
    )
