"""Nominations that came after the close, as the operator reads and decides them."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import BindParameter, bindparam, exists, select, text
from sqlalchemy.orm import Session, aliased

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Gas, Quantity, Unit
from portal.domain.roles import Function
from portal.models import Company, Contract, DeliveryPoint, LateDecision, Nomination, User
from portal.services.nominations import late
from portal.services.store.actors import Actor
from portal.services.store.statements import Statement, moment_of

from .permissions import person


class LateRequest(NamedTuple):
    """A nomination that came after the close and waits for the operator."""

    public_id: str
    point: str
    company: str
    phone: str | None
    unit: Unit
    gas: Gas
    revision: int
    received_at: datetime
    signed_by: str | None


_DAY: BindParameter[date] = bindparam("day")
_Later = aliased(Nomination)
_LATE = Statement(
    select(
        Nomination.public_id,
        DeliveryPoint.name.label("point"),
        Company.name.label("company"),
        Company.contact_phone,
        DeliveryPoint.unit,
        Nomination.quantity_m3,
        Nomination.quantity_mbtu,
        Nomination.revision,
        Nomination.received_at,
        User.name.label("signed_by"),
    )
    .join(DeliveryPoint, DeliveryPoint.id == Nomination.delivery_point_id)
    .join(Contract, Contract.id == DeliveryPoint.contract_id)
    .join(Company, Company.id == Contract.company_id)
    .outerjoin(User, User.id == Nomination.signed_by_id)
    .where(
        # As its index says it: SQLite would not know it again by "is_late = 1".
        text("nominations.is_late"),
        Nomination.gas_day == _DAY,
        ~exists().where(LateDecision.nomination_id == Nomination.id),
        # The newest request of a day is the one that waits: one sent before it was replaced by it.
        ~exists().where(
            _Later.delivery_point_id == Nomination.delivery_point_id,
            _Later.gas_day == Nomination.gas_day,
            _Later.revision > Nomination.revision,
        ),
    )
    .order_by(Nomination.received_at, Nomination.id)
)


def waiting(session: Session, *, gas_day: GasDay) -> list[LateRequest]:
    """Return the late nominations of a day that wait, as ``late.pending`` does, by one query."""
    return [
        LateRequest(
            row.public_id,
            row.point,
            row.company,
            row.contact_phone,
            Unit(row.unit),
            Gas(Quantity(row.quantity_m3, Unit.M3), Quantity(row.quantity_mbtu, Unit.MBTU)),
            row.revision,
            moment_of(row.received_at),
            row.signed_by,
        )
        for row in _LATE.rows(session, day=gas_day.date)
    ]


def decide_late(
    session: Session, *, actor: Actor, public_id: str, accept: bool, reason: str | None, now: datetime
) -> Nomination:
    """Accept or refuse a late nomination as ``late.decide``; ``NotAllowed`` for who authorises nothing. Commits."""
    person(actor, Function.AUTHORISE)
    return late.decide(session, actor=actor, public_id=public_id, accept=accept, reason=reason, now=now)
