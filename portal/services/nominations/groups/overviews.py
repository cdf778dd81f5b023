"""Points of a contract before they are nominated together: tomorrow's state, the usual, what one tap would fill in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity
from portal.domain.suggestions import Basis
from portal.domain.timetable import RequestKind
from portal.models import Contract, DeliveryPoint
from portal.services.keys import grants
from portal.services.nominations import suggestions, table_rules
from portal.services.nominations.requests import Request
from portal.services.nominations.rules import Weighed
from portal.services.nominations.suggestions import Offer
from portal.services.store.acts import Act

from .limits import MOST_POINTS
from .lists import list_group_points, list_open_days


@dataclass(frozen=True, slots=True)
class PointOverview:
    """A point and its next open day; figures only where ``is_proved``: its numeric key was given (adr/0005)."""

    point: DeliveryPoint
    weighed: Weighed
    is_proved: bool
    offers: tuple[Offer, ...]

    @property
    def is_nominated(self) -> bool:
        """True when the day has a nomination in force."""
        return self.weighed.head is not None

    @property
    def in_force(self) -> Quantity | None:
        """The quantity in force of a proved point, in its unit."""
        nomination = self.weighed.in_force
        return nomination.gas.in_unit(self.point.unit) if nomination is not None and self.is_proved else None

    @property
    def usual(self) -> Quantity | None:
        """The mean consumption of a proved point over the last 28 days with a reading."""
        return self.weighed.mean if self.is_proved else None

    def offered(self, basis: Basis) -> Quantity | None:
        """Return what a tap would fill in, None without such an offer."""
        return next((offer.quantity for offer in self.offers if offer.basis == basis), None)


@dataclass(frozen=True, slots=True)
class Overview:
    """The points of a contract, and the days that can be nominated now, nearest first; ``left_over`` are points more.

    No points where no day is open.
    """

    contract: Contract
    days: tuple[GasDay, ...]
    points: tuple[PointOverview, ...]
    left_over: int = 0

    @property
    def missing_keys(self) -> Sequence[DeliveryPoint]:
        """The points whose key this person has not given: without figures, and not filled in by a tap."""
        return [each.point for each in self.points if not each.is_proved]

    def count_filled(self, basis: Basis) -> int:
        """Return how many points a tap would fill in for the first day."""
        return sum(each.offered(basis) is not None for each in self.points)


def load_overview(act: Act, *, contract: Contract) -> Overview:
    """Return the points of a contract that this session holds open, by queries that do not grow with them."""
    session, today = act.session, GasDay.of(act.now)
    days = list_open_days(act, contract=contract)
    if not days:
        return Overview(contract, (), ())
    served = list_group_points(act, contract=contract, days=days)
    points = served[:MOST_POINTS]
    proved = grants.list_proved_point_ids(act)
    first = days[0]
    requests = [Request(point=point, kind=RequestKind.NOMINATION, gas_day=first) for point in points]
    weighed = table_rules.weigh_table(Act.of_system(session, act.now), requests)
    known = [point for point in points if point.id in proved and point.in_force_on(first)]
    offers = suggestions.load_offers(session, points=known, gas_days={point.id: first for point in known}, today=today)
    rows = [
        PointOverview(point, each, point.id in proved, offers[point.id].offers if point.id in offers else ())
        for point, each in zip(points, weighed, strict=True)
    ]
    return Overview(contract, tuple(days), tuple(rows), len(served) - len(points))
