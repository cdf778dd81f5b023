"""Receipts of what was signed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Nomination
from portal.services import grants
from portal.services.actors import Actor
from portal.services.refusals import NotFound


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
