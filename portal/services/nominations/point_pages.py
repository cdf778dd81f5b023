"""Points of open contracts a page at a time: those that need something first, then the rest; searched by their names.

One light row tells of each point whether tomorrow is nominated and how the month stands; everything else is read for
the points of the page alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay, Month
from portal.models import Contract, DeliveryPoint, MonthlyBalance, NominationHead
from portal.services.points.service_days import is_served_on
from portal.services.store import point_search

PAGE_LENGTH = 25
# A month that uses more of its tolerance than all of it, in whole percent.
ALL_OF_IT = 100


class Asked(NamedTuple):
    """Page that is asked for: words of the one search, and the number of the page, from 1."""

    text: str = ""
    number: int = 1


FIRST_PAGE = Asked()


class PointPage(NamedTuple):
    """Points of a page in their order; ``needing`` are the row ids of those that need something.

    ``total`` counts all points, ``found`` those that the search finds, ``without`` those of all that are served
    tomorrow and have no nomination in force.
    """

    points: tuple[DeliveryPoint, ...]
    needing: frozenset[int]
    total: int
    found: int
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
    served_only: bool,
) -> PointPage:
    """Return a page of the points of these contracts, in the order of the contracts; at most three queries.

    A point needs something when tomorrow has no nomination in force; of the points in ``proved``, whose figures may be
    told (adr/0005), also when the month is out of its tolerance. ``served_only`` leaves out those not served tomorrow.
    """
    place = {contract.id: number for number, contract in enumerate(contracts)}
    tomorrow = today.plus(1)
    rows = _read(session, list(place), tomorrow, Month.of(today)) if place else []
    known = {row.id: row.is_served for row in rows}
    if served_only:
        rows = [row for row in rows if known[row.id]]
    missing = {row.id for row in rows if known[row.id] and not row.is_nominated}
    needing = missing | {row.id for row in rows if row.id in proved and (row.strain or 0) > ALL_OF_IT}
    total = len(rows)
    if asked.text:
        fits = set(session.scalars(_fitting(list(place), asked.text)))
        rows = [row for row in rows if row.id in fits]
    if total > PAGE_LENGTH:
        rows.sort(key=lambda row: (row.id not in needing, not known[row.id], place[row.contract_id], row.sort_name))
    else:
        rows.sort(key=lambda row: (place[row.contract_id], row.id not in needing, not known[row.id], row.sort_name))
    last = max(1, -(-len(rows) // PAGE_LENGTH))
    number = min(asked.number, last)
    ids = [row.id for row in rows[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH]]
    loaded = {
        point.id: point for point in session.scalars(select(DeliveryPoint).where(DeliveryPoint.id.in_(ids))).unique()
    }
    return PointPage(tuple([loaded[each] for each in ids]), frozenset(needing), total, len(rows), len(missing), number)


def _read(session: Session, contract_ids: Sequence[int], tomorrow: GasDay, month: Month) -> list[Any]:
    return list(
        session.execute(
            select(
                DeliveryPoint.id,
                DeliveryPoint.contract_id,
                DeliveryPoint.sort_name,
                is_served_on(tomorrow).label("is_served"),
                NominationHead.delivery_point_id.is_not(None).label("is_nominated"),
                MonthlyBalance.strain,
            )
            .join(Contract, Contract.id == DeliveryPoint.contract_id)
            .outerjoin(
                NominationHead,
                and_(NominationHead.delivery_point_id == DeliveryPoint.id, NominationHead.gas_day == tomorrow),
            )
            .outerjoin(
                MonthlyBalance,
                and_(MonthlyBalance.delivery_point_id == DeliveryPoint.id, MonthlyBalance.month == month.first.date),
            )
            .where(DeliveryPoint.contract_id.in_(contract_ids))
        )
    )


def _fitting(contract_ids: Sequence[int], text: str) -> Any:
    return point_search.select_joined(select(DeliveryPoint.id), text).where(DeliveryPoint.contract_id.in_(contract_ids))
