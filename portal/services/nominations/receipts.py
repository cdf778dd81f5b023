"""Receipts of signed nominations, and the requests still possible."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.domain.nominations import ClosePolicy, ReceiptStanding
from portal.domain.quantities import Quantity
from portal.domain.timetable import RequestKind, find_window
from portal.models import DailyBalance, LateDecision, Nomination, NominationHead
from portal.services import timetable
from portal.services.keys import grants
from portal.services.people import bindings
from portal.services.points import close_policies
from portal.services.store.acts import Act
from portal.services.store.refusals import NotFound

from . import rules, standing_orders


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
    ``authorised`` is true when the account has a quantity authorised for the day. ``policy`` is, of a day that was
    withdrawn and can be nominated again, the rule at the close if nobody does, unless a standing order has a quantity,
    ``ordered``, for it.
    """

    standing: ReceiptStanding
    correct_until: datetime | None
    correct_with: RequestKind | None
    decision: LateDecision | None
    replaced_by: Nomination | None
    authorised: bool
    policy: ClosePolicy | None = None
    ordered: Quantity | None = None


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
    policy, ordered = None, None
    if standing is ReceiptStanding.WITHDRAWS and with_kind is RequestKind.NOMINATION:
        policy = close_policies.find_policies(session, points=[point], gas_day=day)[point.id]
        ordered = standing_orders.find_quantities(session, points=[point], gas_day=day, as_of=act.now).get(point.id)
    return FollowUp(
        standing=standing,
        correct_until=until,
        correct_with=with_kind,
        decision=decision,
        replaced_by=head.nomination if head is not None and standing is ReceiptStanding.REPLACED else None,
        authorised=account is not None and account.authorised_m3 is not None,
        policy=policy,
        ordered=ordered,
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
