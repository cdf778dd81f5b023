"""Days without a reading, and the proposed estimate of each (docs/rules.md, "Gaps and estimates")."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain import estimates
from portal.domain.accounts import Function
from portal.domain.estimates import Estimate
from portal.domain.gas_day import GasDay, Month
from portal.domain.readings import ReadingState
from portal.models import DailyBalance, DeliveryPoint
from portal.services import ledger
from portal.services.ledger import closings
from portal.services.store.acts import Act
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict
from portal.services.store.transactions import transaction

from .entries import Written, write

# Look-back period for gaps.
DAYS_BACK = 92


class Gap(NamedTuple):
    """A past day with delivery and without measurement, in a month that is not closed.

    ``estimate`` is None when no measurement supports one.
    """

    point: DeliveryPoint
    gas_day: GasDay
    estimate: Estimate | None


class Chosen(NamedTuple):
    """A gap as a page showed it: the point's public id, the day, and the estimate in whole millionths of m³."""

    point: str
    gas_day: GasDay
    micro: int


def find(act: Act, *, points: Collection[str] | None = None) -> list[Gap]:
    """List the gaps of the last 92 days, oldest first; only of these points when given.

    Three queries, and one more, for the months, when a point has no measured day of the weekday.
    """
    session = act.session
    today = GasDay.of(act.now)
    first = today.plus(-DAYS_BACK)
    wanted = select(DeliveryPoint).order_by(DeliveryPoint.sort_name, DeliveryPoint.id)
    if points is not None:
        wanted = wanted.where(DeliveryPoint.public_id.in_(points))
    served = session.scalars(wanted).unique().all()
    closed = closings.find_closed_months(session, delivery_point_ids=[point.id for point in served])
    known = _measured(session, [point.id for point in served], first.plus(-7 * estimates.WEEKS_BACK), today.plus(-1))
    found: list[Gap] = []
    for ago in range(DAYS_BACK, 0, -1):
        day = today.plus(-ago)
        for point in served:
            frozen = closed.get(point.id)
            if not point.starts_on <= day or (point.ends_on is not None and day >= point.ends_on):
                continue
            days = known[point.id]
            if day.date not in days and (frozen is None or day > frozen.last):
                found.append(Gap(point, day, estimates.estimate_from_weekdays(days, day)))
    return _with_periods(session, found, first)


def count_older_gaps(act: Act) -> int:
    """Count the gaps that ``find`` would list for the days before yesterday; at most seven queries, no row per day."""
    session = act.session
    today = GasDay.of(act.now)
    first, last = today.plus(-DAYS_BACK), today.plus(-2)
    served = session.execute(select(DeliveryPoint.id, DeliveryPoint.starts_on, DeliveryPoint.ends_on)).all()
    closed = closings.find_closed_months(session, delivery_point_ids=[row.id for row in served])
    since: dict[GasDay, dict[int, int]] = defaultdict(dict)
    for row in served:
        frozen = closed.get(row.id)
        begins = max(first, row.starts_on, first if frozen is None else frozen.next.first)
        ends = last if row.ends_on is None else min(last, row.ends_on.plus(-1))
        expected = (ends.date - begins.date).days + 1
        if expected > 0:
            since[begins][row.id] = expected
    missing = 0
    for begins, expected_of in since.items():
        rows = session.execute(
            select(DailyBalance.delivery_point_id, func.count().label("days"))
            .where(DailyBalance.gas_day.between(begins, last), DailyBalance.consumed_m3.is_not(None))
            .group_by(DailyBalance.delivery_point_id)
        )
        measured = {row.delivery_point_id: row.days for row in rows}
        missing += sum(max(0, expected - measured.get(point_id, 0)) for point_id, expected in expected_of.items())
    return missing


def _with_periods(session: Session, gaps: list[Gap], first: GasDay) -> list[Gap]:
    """Return the gaps; where no weekday gives an estimate, with the fallback of the contract."""
    unexplained = {gap.point.id for gap in gaps if gap.estimate is None}
    if not unexplained:
        return gaps
    month = Month.of(first)
    for _ in range(estimates.MONTHS_BACK):
        month = month.previous
    known = _measured(session, unexplained, month.first, Month.of(gaps[-1].gas_day).previous.last)
    return [
        gap._replace(estimate=gap.estimate or estimates.estimate_from_periods(known[gap.point.id], gap.gas_day))
        for gap in gaps
    ]


def estimate(act: Act, *, chosen: Sequence[Chosen]) -> int:
    """Write the proposed estimate of each chosen gap and return their number; all or none. Commits.

    Raises ``Conflict`` when one was measured meanwhile, or when its estimate differs from the one shown.
    """
    session = act.session
    require(act, Function.LOAD_READINGS)
    with transaction(session):
        # Lock before reading the gaps, in the order in which imports lock the points.
        ids = session.scalars(
            select(DeliveryPoint.id)
            .where(DeliveryPoint.public_id.in_({each.point for each in chosen}))
            .order_by(DeliveryPoint.id)
        )
        for row_id in ids.all():
            ledger.lock(session, row_id)
        known = {(gap.point.public_id, gap.gas_day): gap for gap in find(act, points={each.point for each in chosen})}
        for each in dict.fromkeys(chosen):
            gap = known.get((each.point, each.gas_day))
            if gap is None or gap.estimate is None or gap.estimate.quantity.micro != each.micro:
                raise Conflict("gaps-changed")
            written = Written(each.gas_day, gap.estimate.quantity, ReadingState.ESTIMATED, None, 0)
            write(act, point=gap.point, written=written)
        return len(set(chosen))


def _measured(
    session: Session, point_ids: Collection[int], first: GasDay, last: GasDay
) -> Mapping[int, dict[date, int | None]]:
    """Return the consumption, in millionths of m³, of each measured day of these points; None for an estimate."""
    table = DailyBalance.__table__
    rows = session.execute(
        select(table.c.delivery_point_id, table.c.gas_day, table.c.reading_state, table.c.consumed_m3).where(
            table.c.delivery_point_id.in_(point_ids),
            table.c.gas_day.between(first, last),
            table.c.consumed_m3.is_not(None),
        )
    )
    found: dict[int, dict[date, int | None]] = defaultdict(dict)
    for point_id, day, state, volume in rows:
        found[point_id][day.date] = None if state is ReadingState.ESTIMATED else volume.micro
    return found
