"""Points without a nomination for a day, to be called one after the other, and who was called about it when."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.calls import CallOutcome
from portal.domain.gas_day import GasDay
from portal.models import Call, DeliveryPoint, User
from portal.services import day_book
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
    last_call: LastCall | None


class Missing(NamedTuple):
    """The first points to call for a day, and how many there are in all."""

    gas_day: GasDay
    points: list[MissingPoint]
    total: int


def list_missing(act: Act, *, gas_day: GasDay, most: int) -> Missing:
    """Return the points without a nomination for a day: never called first, then by the oldest call; two queries."""
    require(act, Function.TAKE_CALLS)
    lines = [line for line in day_book.lines.list_lines(act.session, gas_day=gas_day) if line.nomination_id is None]
    called = list_last_calls(act.session, gas_day=gas_day, points={line.point_public_id for line in lines})
    points = [
        MissingPoint(
            line.point_public_id,
            line.point,
            line.company,
            line.contact,
            line.phone,
            called.get(line.point_public_id),
        )
        for line in lines
    ]
    points.sort(key=_turn)
    return Missing(gas_day, points[:most], len(points))


def list_last_calls(session: Session, *, gas_day: GasDay, points: Collection[str]) -> dict[str, LastCall]:
    """Return the last call about a day of each of these points (public ids) that was called; one query."""
    rows = session.execute(
        select(DeliveryPoint.public_id, Call.opened_at, User.name.label("agent"), Call.outcome)
        .join(Call, Call.delivery_point_id == DeliveryPoint.id)
        .join(User, User.id == Call.agent_id)
        # A call about the day, or any with its customer on the day before: they were spoken to.
        .where(or_(Call.about_day == gas_day, Call.opened_at >= gas_day.plus(-1).start))
        .order_by(Call.opened_at, Call.id)
    )
    return {row.public_id: LastCall(row.opened_at, row.agent, row.outcome) for row in rows if row.public_id in points}


def _turn(point: MissingPoint) -> tuple[int, float, str]:
    call = point.last_call
    if call is None:
        return (0, 0.0, point.name)
    return (2 if call.outcome is CallOutcome.ATTENDED else 1, call.at.timestamp(), point.name)
