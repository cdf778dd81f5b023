"""Withdrawal of nominations for days after the end of their point (adr/0095)."""

from __future__ import annotations

from sqlalchemy import select, true

from portal.domain.gas_day import GasDay
from portal.models import DeliveryPoint, Nomination, NominationHead
from portal.services.store.acts import Act

from . import mails, rules
from .entry import put_in_force
from .requests import Operator, withdrawal_of


def cancel_after_end(act: Act, *, point: DeliveryPoint, ends_on: GasDay | None) -> list[Nomination]:
    """Withdraw as ``withdraw_after_end``, and mail the people of the point."""
    pairs = withdraw_after_end(act, point=point, ends_on=ends_on)
    if pairs and ends_on is not None:
        mails.post_ended(act, withdrawn=pairs, ends_on=ends_on)
    return [withdrawn for _, withdrawn in pairs]


def withdraw_after_end(
    act: Act, *, point: DeliveryPoint, ends_on: GasDay | None, begun: bool = False
) -> list[tuple[Nomination, Nomination]]:
    """Withdraw the nominations for the days after the end of a point, without mails; of begun days where ``begun``.

    Inside the caller's transaction, which holds the account and has written no audit event yet, or holds all accounts:
    a signature takes its number first. Each day gets a revision of its own with a radicado. Returns the nomination in
    force and its withdrawal, day by day.
    """
    if ends_on is None:
        return []
    days = act.session.scalars(
        select(NominationHead.gas_day)
        .where(
            NominationHead.delivery_point_id == point.id,
            NominationHead.gas_day >= ends_on,
            true() if begun else NominationHead.gas_day > GasDay.of(act.now),
        )
        .order_by(NominationHead.gas_day)
    ).all()
    act = act.moved(act.now)
    return [_withdraw(act, point=point, gas_day=day) for day in days]


def _withdraw(act: Act, *, point: DeliveryPoint, gas_day: GasDay) -> tuple[Nomination, Nomination]:
    """Return the nomination that was in force and the revision that withdraws it."""
    head = rules.find_head(act.session, delivery_point_id=point.id, gas_day=gas_day)
    if head is None:
        raise LookupError(f"{gas_day} of delivery point {point.id} has nothing in force")
    before = head.nomination
    weighed = rules.weigh(act, withdrawal_of(before, submission_id=f"end:{before.public_id}"), hold=True)
    (withdrawn,) = put_in_force(act, [weighed], proof=Operator())
    return before, withdrawn
