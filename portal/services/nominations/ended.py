"""Nominations of days to come withdrawn because their point ends before them (adr/0095)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.nominations import Channel
from portal.domain.quantities import Gas
from portal.models import DeliveryPoint, Nomination, NominationHead
from portal.services import ledger
from portal.services.actors import Actor
from portal.services.heating_values import HeatingValueInForce

from . import mails, rules
from .entering import Entry, enter, record


def cancel_after_end(
    session: Session, *, actor: Actor, point: DeliveryPoint, ends_on: GasDay | None, now: datetime
) -> list[Nomination]:
    """Withdraw what ``withdraw_after_end`` does, and tell the people of the point by mail."""
    pairs = withdraw_after_end(session, actor=actor, point=point, ends_on=ends_on, now=now)
    if pairs and ends_on is not None:
        mails.post_ended(session, withdrawn=pairs, ends_on=ends_on, actor=actor, now=now)
    return [withdrawn for _, withdrawn in pairs]


def withdraw_after_end(
    session: Session, *, actor: Actor, point: DeliveryPoint, ends_on: GasDay | None, now: datetime
) -> list[tuple[Nomination, Nomination]]:
    """Withdraw what is in force for the days after the end of a point that have not begun; no mail goes out.

    Inside the caller's transaction, which holds the account and has told the audit nothing yet, or holds all accounts:
    whoever signs takes his number first. Each day gets a revision of its own with a radicado. Returns what was in force
    and what withdraws it, day by day.
    """
    if ends_on is None:
        return []
    days = session.scalars(
        select(NominationHead.gas_day)
        .where(
            NominationHead.delivery_point_id == point.id,
            NominationHead.gas_day >= ends_on,
            NominationHead.gas_day > GasDay.of(now),
        )
        .order_by(NominationHead.gas_day)
    ).all()
    return [_withdraw(session, actor=actor, point=point, gas_day=day, now=now) for day in days]


def _withdraw(
    session: Session, *, actor: Actor, point: DeliveryPoint, gas_day: GasDay, now: datetime
) -> tuple[Nomination, Nomination]:
    """Return the nomination that was in force and the revision that withdraws it."""
    head = rules.head_of(session, delivery_point_id=point.id, gas_day=gas_day, lock=True)
    if head is None:
        raise LookupError(f"{gas_day} of delivery point {point.id} has nothing in force")
    before = head.nomination
    entry = Entry(
        delivery_point=point,
        gas_day=gas_day,
        kind=before.kind,
        gas=Gas.zero(),
        unit=before.unit,
        heating_value=HeatingValueInForce(before.heating_value, before.heating_value_on, provisional=False),
        received_at=now,
        channel=Channel.OPERATOR,
        submission_id=f"end:{before.public_id}",
        signed_by_id=actor.user_id,
        cancels=True,
    )
    withdrawn = enter(session, entry=entry, seen=head)
    ledger.rewrite_day(session, delivery_point=point, gas_day=gas_day)
    record(session, actor=actor, nomination=withdrawn, now=now)
    return before, withdrawn
