"""Nominations of days to come withdrawn because their point ends before them (adr/0095)."""

from __future__ import annotations

from sqlalchemy import select

from portal.domain.gas_day import GasDay
from portal.models import DeliveryPoint, Nomination, NominationHead
from portal.services.store.acts import Act

from . import mails, rules
from .entry import put_in_force
from .requests import Operator, withdrawal_of


def cancel_after_end(act: Act, *, point: DeliveryPoint, ends_on: GasDay | None) -> list[Nomination]:
    """Withdraw what ``withdraw_after_end`` does, and tell the people of the point by mail."""
    pairs = withdraw_after_end(act, point=point, ends_on=ends_on)
    if pairs and ends_on is not None:
        mails.post_ended(act, withdrawn=pairs, ends_on=ends_on)
    return [withdrawn for _, withdrawn in pairs]


def withdraw_after_end(
    act: Act, *, point: DeliveryPoint, ends_on: GasDay | None
) -> list[tuple[Nomination, Nomination]]:
    """Withdraw what is in force for the days after the end of a point that have not begun; no mail goes out.

    Inside the caller's transaction, which holds the account and has told the audit nothing yet, or holds all accounts:
    whoever signs takes his number first. Each day gets a revision of its own with a radicado. Returns what was in force
    and what withdraws it, day by day.
    """
    if ends_on is None:
        return []
    days = act.session.scalars(
        select(NominationHead.gas_day)
        .where(
            NominationHead.delivery_point_id == point.id,
            NominationHead.gas_day >= ends_on,
            NominationHead.gas_day > GasDay.of(act.now),
        )
        .order_by(NominationHead.gas_day)
    ).all()
    act = act.moved(act.now)
    return [_withdraw(act, point=point, gas_day=day) for day in days]


def _withdraw(act: Act, *, point: DeliveryPoint, gas_day: GasDay) -> tuple[Nomination, Nomination]:
    """Return the nomination that was in force and the revision that withdraws it."""
    head = rules.head_of(act.session, delivery_point_id=point.id, gas_day=gas_day)
    if head is None:
        raise LookupError(f"{gas_day} of delivery point {point.id} has nothing in force")
    before = head.nomination
    weighed = rules.weigh(act, withdrawal_of(before, submission_id=f"end:{before.public_id}"), hold=True)
    (withdrawn,) = put_in_force(act, [weighed], proof=Operator())
    return before, withdrawn
