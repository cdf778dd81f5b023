"""Receipts of signed nominations, and the requests still possible."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, func, select

from portal.domain.gas_day import GasDay
from portal.domain.nominations import ClosePolicy, ReceiptStanding, RequestFacts, tell_standing
from portal.domain.quantities import Quantity
from portal.domain.timetable import RequestKind, find_window
from portal.models import DailyBalance, DeliveryPoint, LateDecision, Nomination, NominationHead
from portal.services import timetable
from portal.services.keys import grants
from portal.services.people import bindings
from portal.services.points import close_policies
from portal.services.store.acts import Act
from portal.services.store.refusals import NotFound

from . import rules, standing_orders

_NEWEST = select(func.max(Nomination.revision)).where(
    Nomination.delivery_point_id == bindparam("point_id"), Nomination.gas_day == bindparam("day")
)


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


class ToCome(NamedTuple):
    """Quantity of a day that nobody nominates: of the standing order, ``ordered``, else by the rule."""

    policy: ClosePolicy
    ordered: Quantity | None


def find_to_come(act: Act, *, point: DeliveryPoint, gas_day: GasDay) -> ToCome:
    """Return what the close of this day would nominate for a point that has nothing in force."""
    policies = close_policies.find_policies(act.session, points=[point], gas_day=gas_day)
    ordered = standing_orders.find_quantities(act.session, points=[point], gas_day=gas_day, as_of=act.now)
    return ToCome(policies[point.id], ordered.get(point.id))


def get_follow_up(act: Act, *, nomination: Nomination) -> FollowUp:
    """Return the outcome of a nomination and the correction still possible."""
    session = act.session
    day, point = nomination.gas_day, nomination.delivery_point
    head = rules.find_head(session, delivery_point_id=point.id, gas_day=day)
    decision = session.get(LateDecision, nomination.id) if nomination.is_late else None
    standing = _standing_of(act, nomination, head, decision)
    account = session.get(DailyBalance, (point.id, day))
    rows = timetable.list_windows(session)
    until: datetime | None = None
    with_kind: RequestKind | None = None
    for kind in RequestKind:
        closes_at = find_window(rows, point.contract.modality, kind, day).closes_at(day)
        if act.now <= closes_at and point.in_force_on(day):
            until, with_kind = closes_at, kind
            break
    policy: ClosePolicy | None = None
    ordered: Quantity | None = None
    if standing is ReceiptStanding.WITHDRAWS and with_kind is RequestKind.NOMINATION:
        policy, ordered = find_to_come(act, point=point, gas_day=day)
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


def _standing_of(
    act: Act, nomination: Nomination, head: NominationHead | None, decision: LateDecision | None
) -> ReceiptStanding:
    newest = nomination.revision
    if nomination.is_late and decision is None:
        of_day = {"point_id": nomination.delivery_point_id, "day": nomination.gas_day}
        newest = act.session.execute(_NEWEST, of_day).scalar_one()
    return tell_standing(
        RequestFacts(
            revision=nomination.revision,
            in_force=None if head is None else head.revision,
            newest=newest,
            cancels=nomination.cancels,
            is_late=nomination.is_late,
            accepted=None if decision is None else decision.accepted,
            is_day_over=act.now >= nomination.gas_day.end,
        )
    )
