"""Points without a nomination for a day, to be called one after the other, and who was called about it when."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.calls import CallOutcome
from portal.domain.gas_day import GasDay
from portal.models import Call, Company, Contract, DeliveryPoint, NominationHead, User
from portal.services.nominations import standing_orders
from portal.services.points import service_days, stations
from portal.services.store.acts import Act
from portal.services.store.permissions import require


class LastCall(NamedTuple):
    """The last call about a day of a point: when, by whom, and how it ended; ``outcome`` None while it goes on."""

    at: datetime
    agent: str
    outcome: CallOutcome | None


class MissingPoint(NamedTuple):
    """A point without a nomination for the day: whom to call, and the last call about it, None without one."""

    public_id: str
    name: str
    company: str
    contact: str | None
    phone: str | None
    shift_hours: str | None
    last_call: LastCall | None


class Missing(NamedTuple):
    """The first points to call for a day, and how many there are in all."""

    gas_day: GasDay
    points: list[MissingPoint]
    total: int


def list_missing(act: Act, *, gas_day: GasDay, most: int) -> Missing:
    """Return the points that nothing nominates for a day: never called first, then by the oldest call.

    Those whose standing order will are left out. Three queries, none of which reads more points than ``most``.
    """
    require(act, Function.TAKE_CALLS)
    called = (
        select(Call.delivery_point_id, func.max(Call.id).label("call_id"))
        .where(_is_about(gas_day))
        .group_by(Call.delivery_point_id)
        .subquery()
    )
    as_of = standing_orders.find_cutoff(act.session, gas_day=gas_day, now=act.now)
    ordered = standing_orders.is_left_to_order(gas_day, as_of)
    missing = (
        select(
            DeliveryPoint.public_id,
            DeliveryPoint.name,
            Company.name.label("company"),
            stations.select_contact().label("contact"),
            stations.select_phone().label("phone"),
            DeliveryPoint.shift_hours,
            Call.opened_at,
            User.name.label("agent"),
            Call.outcome,
        )
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .join(Company, Company.id == Contract.company_id)
        .outerjoin(
            NominationHead,
            and_(NominationHead.delivery_point_id == DeliveryPoint.id, NominationHead.gas_day == gas_day),
        )
        .outerjoin(called, called.c.delivery_point_id == DeliveryPoint.id)
        .outerjoin(Call, Call.id == called.c.call_id)
        .outerjoin(User, User.id == Call.agent_id)
        .where(NominationHead.nomination_id.is_(None), service_days.is_served_on(gas_day), ~ordered)
    )
    turn = case((Call.id.is_(None), 0), (Call.outcome == CallOutcome.ATTENDED, 2), else_=1)
    order = (turn, Call.opened_at, DeliveryPoint.sort_name, DeliveryPoint.id)
    points = [
        MissingPoint(
            row.public_id,
            row.name,
            row.company,
            row.contact,
            row.phone,
            row.shift_hours,
            None if row.opened_at is None else LastCall(row.opened_at, row.agent, row.outcome),
        )
        for row in act.session.execute(missing.order_by(*order).limit(most))
    ]
    total = act.session.scalar(select(func.count()).select_from(missing.subquery())) or 0
    return Missing(gas_day, points, total)


def list_last_calls(session: Session, *, gas_day: GasDay, points: Collection[str]) -> dict[str, LastCall]:
    """Return the last call about a day of each of these points (public ids) that was called; one query."""
    rows = session.execute(
        select(DeliveryPoint.public_id, Call.opened_at, User.name.label("agent"), Call.outcome)
        .join(Call, Call.delivery_point_id == DeliveryPoint.id)
        .join(User, User.id == Call.agent_id)
        .where(_is_about(gas_day))
        .order_by(Call.opened_at, Call.id)
    )
    return {row.public_id: LastCall(row.opened_at, row.agent, row.outcome) for row in rows if row.public_id in points}


def _is_about(gas_day: GasDay) -> ColumnElement[bool]:
    """Return that a call is about the day, or came on the day before: its customer was spoken to."""
    return or_(Call.about_day == gas_day, Call.opened_at >= gas_day.plus(-1).start)
