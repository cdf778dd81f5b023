"""Receipts of signed nominations, and the requests still possible."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.domain.nominations import ReceiptStanding
from portal.domain.timetable import RequestKind, find_window
from portal.models import DailyBalance, LateDecision, Nomination, NominationHead
from portal.services import timetable
from portal.services.keys import grants
from portal.services.people import bindings
from portal.services.store.acts import Act
from portal.services.store.refusals import NotFound

from . import rules


def get_receipt(act: Act, *, public_id: str) -> Nomination:
    """Return the nomination of a receipt, for its signer who may read the point's figures, or with the point open.

    ``NotFound`` for an unknown one and for another person's; ``StepMissing`` for one's own while the numeric key given
    for it no longer opens the point (adr/0005).
    """
    nomination = act.session.scalars(
        select(Nomination).where(Nomination.public_id == public_id, Nomination.filing_number.is_not(None))
    ).one_or_none()
    if nomination is None:
        raise NotFound
    point, is_own = nomination.delivery_point, nomination.signed_by_id == act.actor.user_id
    if point.id in grants.list_opened_point_ids(act):
        return nomination
    if not is_own or not bindings.is_bound(act.session, user_id=act.actor.user_id, contract_id=point.contract_id):
        raise NotFound
    grants.require_proved(act, point=point)
    return nomination


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Outcome of the request, the deadline for corrections, and the kind of request that makes one.

    ``decision`` is the operator's, about a late one, None while it waits; ``replaced_by`` the revision in force now.
    ``authorised`` is true when the account has a quantity authorised for the day.
    """

    standing: ReceiptStanding
    correct_until: datetime | None
    correct_with: RequestKind | None
    decision: LateDecision | None
    replaced_by: Nomination | None
    authorised: bool


def get_follow_up(act: Act, *, nomination: Nomination) -> FollowUp:
    """Return the outcome of a nomination and the correction still possible."""
    session = act.session
    day, point = nomination.gas_day, nomination.delivery_point
    head = rules.find_head(session, delivery_point_id=point.id, gas_day=day)
    decision = session.get(LateDecision, nomination.id) if nomination.is_late else None
    standing = _standing_of(nomination, head, decision)
    account = session.get(DailyBalance, (point.id, day))
    rows = timetable.list_windows(session)
    until: datetime | None = None
    with_kind: RequestKind | None = None
    for kind in RequestKind:
        closes_at = find_window(rows, point.contract.modality, kind, day).closes_at(day)
        if act.now <= closes_at and point.in_force_on(day):
            until, with_kind = closes_at, kind
            break
    return FollowUp(
        standing=standing,
        correct_until=until,
        correct_with=with_kind,
        decision=decision,
        replaced_by=head.nomination if head is not None and standing is ReceiptStanding.REPLACED else None,
        authorised=account is not None and account.authorised_m3 is not None,
    )


def _standing_of(nomination: Nomination, head: NominationHead | None, decision: LateDecision | None) -> ReceiptStanding:
    if nomination.is_late and decision is None:
        return ReceiptStanding.AWAITING
    if decision is not None and not decision.accepted:
        return ReceiptStanding.REFUSED
    if head is None:
        return ReceiptStanding.WITHDRAWS if nomination.cancels else ReceiptStanding.CANCELLED
    in_force = head.revision == nomination.revision
    return ReceiptStanding.IN_FORCE if in_force else ReceiptStanding.REPLACED
