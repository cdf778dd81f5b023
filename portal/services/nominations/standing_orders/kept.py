"""Standing orders as they are kept: the newest version of each point, and whether it still nominates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.domain.gas_day import GasDay
from portal.domain.keys import KeyState
from portal.domain.modalities import Modality
from portal.domain.quantities import Quantity, Unit
from portal.domain.standing_orders import Lapse, Pattern
from portal.domain.timetable import RequestKind
from portal.models import AccessKey, DeliveryPoint, Nomination, StandingOrder, StandingOrderUse
from portal.services import timetable
from portal.services.store.statements import LISTED
from portal.services.timetable import holidays

from . import hot

# Below the number of parameters that either database takes in one statement.
MOST_NAMED = 1000


# Built once: asked with every page of points.
_NEWEST = (
    select(StandingOrder.delivery_point_id, func.max(StandingOrder.version).label("version"))
    .where(StandingOrder.recorded_at <= bindparam("as_of"))
    .group_by(StandingOrder.delivery_point_id)
    .subquery()
)
_ORDERS = (
    select(StandingOrder, AccessKey.state)
    .join(AccessKey, AccessKey.id == StandingOrder.access_key_id)
    .join(
        _NEWEST,
        (_NEWEST.c.delivery_point_id == StandingOrder.delivery_point_id) & (_NEWEST.c.version == StandingOrder.version),
    )
)
_ORDERS_OF = _ORDERS.where(StandingOrder.delivery_point_id.in_(bindparam("points", expanding=True)))


class Kept(NamedTuple):
    """An order that nobody ended: its row, its quantities, and why it nominates nothing for a day, None if it does."""

    order: StandingOrder
    pattern: Pattern
    lapse: Lapse | None


class Effects(NamedTuple):
    """Effects of orders for a day, by the row id of their point: the quantities that they nominate, or why nothing."""

    quantities: dict[int, Quantity]
    lapsed: dict[int, Lapse]


def find_newest(session: Session, *, point_id: int) -> StandingOrder | None:
    """Return the newest version of a point's order, also one that ends it; None where there never was one."""
    return session.scalars(
        select(StandingOrder)
        .where(StandingOrder.delivery_point_id == point_id)
        .order_by(StandingOrder.version.desc())
        .limit(1)
    ).first()


def find_active(
    session: Session, *, points: Sequence[DeliveryPoint], gas_day: GasDay, as_of: datetime
) -> dict[int, Kept]:
    """Return the orders of these points that nobody had ended at ``as_of``, by row id, as they stand for ``gas_day``.

    One query; of a page of points one more, which finds those without an order cheaply. What was signed or ended after
    a close does not count for it.
    """
    by_id = {point.id: point for point in points}
    if len(by_id) <= LISTED and not hot.ORDERED.listed(session, hot.OrderedRow, by_id, as_of=as_of):
        return {}
    if len(by_id) <= MOST_NAMED:
        rows = session.execute(_ORDERS_OF, {"as_of": as_of, "points": list(by_id)})
    else:
        rows = session.execute(_ORDERS, {"as_of": as_of})
    return {
        row.StandingOrder.delivery_point_id: _kept(
            row.StandingOrder, row.state, by_id[row.StandingOrder.delivery_point_id], gas_day
        )
        for row in rows
        if row.StandingOrder.delivery_point_id in by_id
    }


def find_quantities(
    session: Session, *, points: Sequence[DeliveryPoint], gas_day: GasDay, as_of: datetime
) -> dict[int, Quantity]:
    """Return what the orders of these points would nominate for ``gas_day``, by row id; without those that do not."""
    return find_effects(session, points=points, gas_day=gas_day, as_of=as_of).quantities


def find_effects(session: Session, *, points: Sequence[DeliveryPoint], gas_day: GasDay, as_of: datetime) -> Effects:
    """Return what the orders of these points do for ``gas_day``, by row id, with those that somebody counts on in vain.

    An order whose last day is over is none of these: it ended as it was signed.
    """
    active = find_active(session, points=points, gas_day=gas_day, as_of=as_of)
    if not active:
        return Effects({}, {})
    known = holidays.load_known(session)
    quantities: dict[int, Quantity] = {}
    lapsed: dict[int, Lapse] = {}
    for point_id, kept in active.items():
        quantity = kept.pattern.quantity_on(gas_day, known)
        if kept.lapse is None and quantity is not None:
            quantities[point_id] = quantity
        elif kept.lapse is not None and kept.lapse is not Lapse.OVER and quantity is not None:
            lapsed[point_id] = kept.lapse
    return Effects(quantities, lapsed)


def find_cutoff(session: Session, *, gas_day: GasDay, now: datetime) -> datetime:
    """Return the moment until which an order counts for a day: now, or the first close of the day once it passed."""
    windows = timetable.list_windows(session)
    closes = [timetable.deadlines.find_close(windows, each, RequestKind.NOMINATION, gas_day) for each in Modality]
    return min([now, *[each for each in closes if each is not None]])


def is_left_to_order(gas_day: GasDay, as_of: datetime) -> ColumnElement[bool]:
    """Return that the order of a point (of a joined ``DeliveryPoint``) nominates a day that nobody does."""
    later = aliased(StandingOrder)
    overtaken = exists().where(
        later.delivery_point_id == StandingOrder.delivery_point_id,
        later.version > StandingOrder.version,
        later.recorded_at <= as_of,
    )
    revoked = exists().where(AccessKey.id == StandingOrder.access_key_id, AccessKey.state == KeyState.REVOKED)
    return exists().where(
        StandingOrder.delivery_point_id == DeliveryPoint.id,
        StandingOrder.every_day_micro.is_not(None),
        StandingOrder.unit == DeliveryPoint.unit,
        or_(StandingOrder.last_day.is_(None), StandingOrder.last_day >= gas_day),
        StandingOrder.recorded_at <= as_of,
        ~overtaken,
        ~revoked,
    )


def find_quantities_by_point(
    session: Session, *, units: Mapping[int, Unit], gas_day: GasDay, as_of: datetime
) -> dict[int, Quantity]:
    """Return what orders would nominate for a day, by row id, of those points (with their ``units``) that have one.

    One query where none has, else one more for the holidays.
    """
    rows = session.execute(_ORDERS, {"as_of": as_of}).all() if units else []
    valid = [row.StandingOrder for row in rows if row.state is not KeyState.REVOKED]
    orders = [order for order in valid if units.get(order.delivery_point_id) is order.unit]
    known = holidays.load_known(session) if orders else ()
    found = {order.delivery_point_id: pattern_of(order).quantity_on(gas_day, known) for order in orders}
    return {point_id: quantity for point_id, quantity in found.items() if quantity is not None}


def get_of_nomination(session: Session, *, nomination: Nomination) -> StandingOrder:
    """Return the order that made a nomination; ``LookupError`` for a nomination of another channel."""
    order = session.scalars(
        select(StandingOrder)
        .join(StandingOrderUse, StandingOrderUse.standing_order_id == StandingOrder.id)
        .where(StandingOrderUse.nomination_id == nomination.id)
    ).one_or_none()
    if order is None:
        raise LookupError("no standing order made this nomination")
    return order


def pattern_of(order: StandingOrder) -> Pattern:
    """Return the quantities of an order; ``ValueError`` for the version that ends one."""
    if order.every_day_micro is None:
        raise ValueError("the version that ends an order has no quantities")

    def quantity(micro: int | None) -> Quantity | None:
        return None if micro is None else Quantity.from_micro(micro, order.unit)

    return Pattern(
        every_day=Quantity.from_micro(order.every_day_micro, order.unit),
        sundays=quantity(order.sundays_micro),
        holidays=quantity(order.holidays_micro),
        last_day=order.last_day,
    )


def _kept(order: StandingOrder, state: KeyState, point: DeliveryPoint, gas_day: GasDay) -> Kept:
    lapse: Lapse | None = None
    if state is KeyState.REVOKED:
        lapse = Lapse.KEY_REVOKED
    elif order.unit is not point.unit:
        lapse = Lapse.UNIT_CHANGED
    elif order.last_day is not None and gas_day > order.last_day:
        lapse = Lapse.OVER
    return Kept(order, pattern_of(order), lapse)
