"""Verdicts on a table of requests, the points of a contract by the days of it, read whole.

The number of statements does not grow with the points: at most one for each 25 of them, and one for each day of each
exit point. The contract's maximum is held against all that would be in force together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.nominations import MEAN_DAYS, mean_of
from portal.domain.quantities import Gas, Quantity, Unit
from portal.models import DeliveryPoint, NominationHead
from portal.services import ledger, timetable
from portal.services.ledger import heating_values
from portal.services.ledger.heating_values import HeatingValueInForce
from portal.services.people import bindings
from portal.services.store.acts import Act
from portal.services.store.statements import day_of

from . import hot, rules
from .requests import Request
from .rules import PointFacts, Weighed

_HEADS = select(NominationHead).where(
    NominationHead.delivery_point_id.in_(bindparam("ids", expanding=True)),
    NominationHead.gas_day.between(bindparam("first"), bindparam("last")),
)
Heads = dict[int, dict[GasDay, NominationHead]]


def weigh_table(act: Act, requests: Sequence[Request], *, hold: bool = False) -> tuple[Weighed, ...]:
    """Return the verdicts on nominations for the points of one contract; as ``rules.weigh_all`` for a single point.

    A request without a quantity weighs its day alone. With ``hold`` the accounts of the points, in the order of their
    ids, and the heads of their days stay locked until the caller's transaction ends.
    """
    if not requests:
        return ()
    session, today = act.session, GasDay.of(act.now)
    points = {request.point.id: request.point for request in requests}
    days = sorted({request.gas_day for request in requests})
    first, last = days[0], days[-1]
    if hold:
        ledger.lock_points(session, points)
    heads = _find_heads(session, points, first, last, lock=hold)
    heating = _find_heating_values(session, points.values(), days)
    sums = _sum_by_day(session, requests, heating, first, last)
    usual = find_usual_quantities(session, points=points.values(), before=min(first, today))
    windows = timetable.list_windows(session)
    contract_id = next(iter(points.values())).contract_id
    may_nominate = None
    if act.actor.user_id is not None:
        may_nominate = bindings.may_nominate(session, user_id=act.actor.user_id, contract_id=contract_id)
    facts = {
        point.id: PointFacts(
            act,
            point,
            windows,
            heads.get(point.id, {}),
            {},
            usual.get(point.id),
            None
            if act.actor.user_id is None
            else rules.find_refusal(Act.at(session, act.actor, act.now), point=point, may_nominate=may_nominate),
            hold,
            heating=heating[point.exit_point_id],
            sums=sums[point.id],
        )
        for point in points.values()
    }
    return tuple([facts[request.point.id].weigh(request) for request in requests])


def find_usual_quantities(
    session: Session, *, points: Collection[DeliveryPoint], before: GasDay
) -> dict[int, Quantity]:
    """Return the mean consumption of the last 28 days with a reading by point, in its unit; without those with none."""
    rows = hot.CONSUMPTION_OF_POINTS.listed(
        session,
        hot.UsualRow,
        [point.id for point in points],
        before=before.date,
        since=before.plus(-2 * MEAN_DAYS).date,
    )
    consumed: dict[int, list[hot.UsualRow]] = defaultdict(list)
    for row in rows:
        consumed[row.delivery_point_id].append(row)
    found: dict[int, Quantity] = {}
    for point in points:
        # The newest days come first.
        newest = consumed[point.id][:MEAN_DAYS]
        in_m3 = point.unit is Unit.M3
        mean = mean_of(
            [Quantity.from_micro(row.consumed_m3 if in_m3 else row.consumed_mbtu, point.unit) for row in newest]
        )
        if mean is not None:
            found[point.id] = mean
    return found


def _find_heads(session: Session, ids: Collection[int], first: GasDay, last: GasDay, *, lock: bool) -> Heads:
    # Lock first, read after, as for one point. SQLite needs no lock.
    in_order = sorted(ids)
    if lock and session.get_bind().dialect.name != "sqlite":
        hot.HEADS_OF_POINTS_LOCK.listed(session, hot.LockedHead, in_order, first=first.date, last=last.date)
    found: Heads = {}
    heads = session.scalars(
        _HEADS, {"ids": in_order, "first": first, "last": last}, execution_options={"populate_existing": lock}
    )
    for head in heads.unique():
        found.setdefault(head.delivery_point_id, {})[head.gas_day] = head
    return found


def _find_heating_values(
    session: Session, points: Collection[DeliveryPoint], days: Sequence[GasDay]
) -> dict[int, dict[GasDay, HeatingValueInForce]]:
    """Return what converts each day, by exit point: contracts have few."""
    return {
        exit_point_id: {
            day: heating_values.find_in_force(session, exit_point_id=exit_point_id, gas_day=day) for day in days
        }
        for exit_point_id in {point.exit_point_id for point in points}
    }


def _sum_by_day(
    session: Session,
    requests: Sequence[Request],
    heating: Mapping[int, Mapping[GasDay, HeatingValueInForce]],
    first: GasDay,
    last: GasDay,
) -> dict[int, dict[GasDay, Gas]]:
    """Return by point and day what the other points of the contract would have in force with these requests."""
    point = requests[0].point
    rows = hot.OTHERS.rows(session, contract_id=point.contract_id, point_id=0, first=first.date, last=last.date)
    then: dict[GasDay, dict[int, Gas]] = defaultdict(dict)
    for row in rows:
        then[GasDay(day_of(row.gas_day))][row.delivery_point_id] = Gas.from_micro(row.quantity_m3, row.quantity_mbtu)
    for request in requests:
        if request.quantity is not None:
            value = heating[request.point.exit_point_id][request.gas_day].value
            then[request.gas_day][request.point.id] = Gas.of(request.quantity, value)
    totals = {day: sum(of_points.values(), Gas.zero()) for day, of_points in then.items()}
    return {
        point_id: {day: total - then[day].get(point_id, Gas.zero()) for day, total in totals.items()}
        for point_id in {request.point.id for request in requests}
    }
