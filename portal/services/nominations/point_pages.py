"""Points of open contracts a page at a time: those that need something first, then the rest; searched by their names.

One light row tells of each point whether tomorrow is nominated and how the month stands; everything else is read for
the points of the page alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, lazyload
from sqlalchemy.orm.attributes import set_committed_value

from portal.domain.gas_day import GasDay, Month
from portal.models import Contract, DeliveryPoint
from portal.services.store import point_search

from . import hot

PAGE_LENGTH = 25
# Built once: building it anew takes longer than its rows. Their contracts are the caller's; few pages name the gate.
_POINTS = (
    select(DeliveryPoint)
    .where(DeliveryPoint.id.in_(bindparam("ids", expanding=True)))
    .options(lazyload(DeliveryPoint.contract), lazyload(DeliveryPoint.exit_point))
)
# A month that uses more of its tolerance than all of it, in whole percent.
ALL_OF_IT = 100


class Asked(NamedTuple):
    """Page that is asked for: words of the one search, and the number of the page, from 1."""

    text: str = ""
    number: int = 1


FIRST_PAGE = Asked()


class PointPage(NamedTuple):
    """Points of a page in their order; ``needing`` are the row ids of those that need something.

    ``total`` counts all points, ``found`` those that the search finds, ``served`` those of all that are served
    tomorrow, and ``without`` those of these that have no nomination in force.
    """

    points: tuple[DeliveryPoint, ...]
    needing: frozenset[int]
    total: int
    found: int
    served: int
    without: int
    number: int

    @property
    def is_paged(self) -> bool:
        """True when the points take more than one page: then they are searched and set apart."""
        return self.total > PAGE_LENGTH

    @property
    def pages(self) -> int:
        """The number of pages that the points found take, one at least."""
        return max(1, -(-self.found // PAGE_LENGTH))

    @property
    def has_more(self) -> bool:
        """True when another page follows."""
        return self.number < self.pages


def load_point_page(
    session: Session,
    *,
    contracts: Sequence[Contract],
    today: GasDay,
    proved: Collection[int],
    asked: Asked,
    recent_only: bool,
) -> PointPage:
    """Return a page of the points of these contracts, in the order of the contracts; three queries up to 25 contracts.

    A point needs something when tomorrow has no nomination in force; of the points in ``proved``, whose figures may be
    told (adr/0005), also when the month is out of its tolerance. ``recent_only`` leaves out those without anything to
    do: served neither tomorrow nor today, which can still be re-nominated, nor yesterday, whose reading comes today.
    """
    place = {contract.id: number for number, contract in enumerate(contracts)}
    tomorrow = today.plus(1)
    days = {"day": tomorrow.date, "day_before": today.date, "two_before": today.plus(-1).date}
    asked_for = {**days, "month": Month.of(today).first.date}
    rows = hot.LIGHT_POINTS.listed(session, hot.LightRow, list(place), **asked_for)
    known = {row.id: bool(row.is_served) for row in rows}
    if recent_only:
        rows = [row for row in rows if row.is_recent]
    missing = {row.id for row in rows if known[row.id] and not row.is_nominated}
    needing = missing | {row.id for row in rows if row.id in proved and (row.strain or 0) > ALL_OF_IT}
    total, served = len(rows), sum(known[row.id] for row in rows)
    if asked.text:
        fits = set(session.scalars(_fitting(list(place), asked.text)))
        rows = [row for row in rows if row.id in fits]
    # A nomination closes at its hour, a month at its end.
    first = {row.id: (row.id not in needing, row.id not in missing, not known[row.id]) for row in rows}
    if total > PAGE_LENGTH:
        rows.sort(key=lambda row: (*first[row.id], place[row.contract_id], row.sort_name))
    else:
        rows.sort(key=lambda row: (place[row.contract_id], *first[row.id], row.sort_name))
    last = max(1, -(-len(rows) // PAGE_LENGTH))
    number = min(asked.number, last)
    ids = [row.id for row in rows[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH]]
    loaded = {point.id: point for point in session.scalars(_POINTS, {"ids": ids})}
    known_contracts = {contract.id: contract for contract in contracts}
    for point in loaded.values():
        set_committed_value(point, "contract", known_contracts[point.contract_id])
    return PointPage(
        tuple([loaded[each] for each in ids]), frozenset(needing), total, len(rows), served, len(missing), number
    )


def _fitting(contract_ids: Sequence[int], text: str) -> Any:
    return point_search.select_joined(select(DeliveryPoint.id), text).where(DeliveryPoint.contract_id.in_(contract_ids))
