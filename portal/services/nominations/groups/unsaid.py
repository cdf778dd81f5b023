"""Days of a group that stay without nomination, and what the close does with them."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.gas_day import GasDay
from portal.domain.nominations import ClosePolicy
from portal.models import DeliveryPoint
from portal.services.nominations import standing_orders
from portal.services.points import close_policies
from portal.services.store.acts import Act

from .reviews import GroupReview


@dataclass(frozen=True, slots=True)
class Unsaid:
    """Points of a group that it leaves without nomination on one day, and that the close treats alike.

    The standing order of each where ``is_ordered``, else the rule ``policy``.
    """

    gas_day: GasDay
    policy: ClosePolicy
    is_ordered: bool
    points: tuple[DeliveryPoint, ...]


def list_unsaid(act: Act, *, reviewed: GroupReview) -> tuple[Unsaid, ...]:
    """Return the served days that can be nominated, have nothing in force and get nothing by the signature.

    Day by day; three queries for each of those days, for any number of points.
    """
    found: list[Unsaid] = []
    for day in reviewed.days:
        points = [cell.point for cell in reviewed.cells if cell.gas_day == day and cell.is_unsaid]
        if not points:
            continue
        policies = close_policies.find_policies(act.session, points=points, gas_day=day)
        ordered = standing_orders.find_quantities(act.session, points=points, gas_day=day, as_of=act.now)
        alike: dict[tuple[ClosePolicy, bool], list[DeliveryPoint]] = {}
        for point in points:
            alike.setdefault((policies[point.id], point.id in ordered), []).append(point)
        found += [Unsaid(day, policy, by_order, tuple(each)) for (policy, by_order), each in alike.items()]
    return tuple(found)
