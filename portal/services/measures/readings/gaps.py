"""Days without a reading, and the proposed estimate of each (docs/rules.md, "Gaps and estimates")."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import BigInteger, Date, select, type_coerce
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
from portal.services.store.keyset import TICKED_PAGE, Page, Place, take_page
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict
from portal.services.store.transactions import transaction

from . import gap_rows
from .entries import Written, write
from .gap_rows import Counts, Short, Span

# Gaps are looked for from the first day of the month that lies so many days back.
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


class Gaps(NamedTuple):
    """Page of gaps: how many days are missing in all, and at the points that fit; ``since`` is the first day looked at.

    A place is a month (year × 100 + month), the row id of a point and a day of the month.
    """

    page: Page[Gap]
    every: int
    fit: Counts
    since: GasDay


def begin_of_gaps(today: GasDay) -> GasDay:
    """Return the first day that gaps are looked for: of the month that lies 92 days back."""
    return Month.of(today.plus(-DAYS_BACK)).first


def load_gaps(act: Act, *, text: str = "", after: Place | None = None) -> Gaps:
    """Return a page of 40 gaps after a place: those of the oldest month first, in it by point and day.

    Five queries, or six with a text, and six for the rows, however many points there are.
    """
    session = act.session
    today = GasDay.of(act.now)
    since = begin_of_gaps(today)
    spans = gap_rows.list_short(session, first=Month.of(since), until=today.plus(-1))
    begins = None if after is None else Short(after[0], after[1])
    # Each of them has a gap at least, but for the one that the page before ended in.
    found = gap_rows.list_points(session, spans, text=text, begins=begins, most=TICKED_PAGE + 2)
    every = gap_rows.count_missing(session, spans) if text.strip() else found.fit
    page = take_page(_list_page(session, spans, found.points, after), length=TICKED_PAGE, place=_place)
    return Gaps(Page(_with_estimates(session, page.rows, since), page.next), every.days, found.fit, since)


def _place(gap: Gap) -> Place:
    return gap_rows.number_of(Month.of(gap.gas_day)), gap.point.id, gap.gas_day.date.day


def _list_page(session: Session, spans: Sequence[Span], short: Sequence[Short], after: Place | None) -> list[Gap]:
    if not short:
        return []
    days = {gap_rows.number_of(span.month): span for span in spans}
    points = _load_points(session, {each.point_id for each in short})
    first, last = days[short[0].month].month.first, days[short[-1].month].last
    own: dict[Short, list[Gap]] = defaultdict(list)
    for gap in _list_days(session, points, first, last):
        own[Short(gap_rows.number_of(Month.of(gap.gas_day)), gap.point.id)].append(gap)
    found = [gap for each in short for gap in own[each] if after is None or not _was_shown(gap, after)]
    return found[: TICKED_PAGE + 1]


def _was_shown(gap: Gap, after: Place) -> bool:
    month, point, day = _place(gap)
    return (month, point) == after[:2] and day <= after[2]


def _load_points(session: Session, ids: Collection[int]) -> Sequence[DeliveryPoint]:
    rows = select(DeliveryPoint).where(DeliveryPoint.id.in_(ids)).order_by(DeliveryPoint.sort_name, DeliveryPoint.id)
    return session.scalars(rows).unique().all()


def _list_days(session: Session, points: Sequence[DeliveryPoint], first: GasDay, last: GasDay) -> list[Gap]:
    """Return the gaps of some points between two days, both included, oldest first, without estimates."""
    ids = [point.id for point in points]
    closed = closings.find_closed_months(session, delivery_point_ids=ids)
    known = _measured(session, ids, first, last)
    found: list[Gap] = []
    for ahead in range((last.date - first.date).days + 1):
        day = first.plus(ahead)
        for point in points:
            frozen = closed.get(point.id)
            if not point.starts_on <= day or (point.ends_on is not None and day >= point.ends_on):
                continue
            if day.date not in known[point.id] and (frozen is None or day > frozen.last):
                found.append(Gap(point, day, None))
    return found


def find(act: Act, *, points: Collection[str] | None = None, text: str = "") -> list[Gap]:
    """List the gaps of these points, else of all that fit ``text``, with estimates, oldest first; few queries."""
    session = act.session
    today = GasDay.of(act.now)
    since = begin_of_gaps(today)
    if points is None:
        spans = gap_rows.list_short(session, first=Month.of(since), until=today.plus(-1))
        short = gap_rows.list_points(session, spans, text=text, most=None).points
        served = _load_points(session, {each.point_id for each in short})
    else:
        wanted = select(DeliveryPoint).where(DeliveryPoint.public_id.in_(points))
        served = session.scalars(wanted.order_by(DeliveryPoint.sort_name, DeliveryPoint.id)).unique().all()
    return _with_estimates(session, _list_days(session, served, since, today.plus(-1)), since)


def count_older_gaps(act: Act) -> int:
    """Count the gaps that ``load_gaps`` lists for the days before yesterday; few queries, no row per day."""
    session = act.session
    today = GasDay.of(act.now)
    yesterday = today.plus(-1)
    spans = gap_rows.list_short(session, first=Month.of(begin_of_gaps(today)), until=yesterday)
    if not spans:
        return 0
    return gap_rows.count_missing(session, spans).days - gap_rows.count_unmeasured(session, yesterday)


def _with_estimates(session: Session, gaps: Sequence[Gap], since: GasDay) -> list[Gap]:
    """Return the gaps with the estimate of their weekday; where none gives one, of the contract's fallback."""
    if not gaps:
        return []
    weeks = range(1, estimates.WEEKS_BACK + 1)
    days = {gap.gas_day.plus(-7 * back) for gap in gaps for back in weeks}
    known = _measured(session, {gap.point.id for gap in gaps}, min(days), max(days), only=days)
    weighed = [
        gap._replace(estimate=estimates.estimate_from_weekdays(known[gap.point.id], gap.gas_day)) for gap in gaps
    ]
    return _with_periods(session, weighed, since)


def _with_periods(session: Session, gaps: list[Gap], first: GasDay) -> list[Gap]:
    """Return the gaps; where no weekday gives an estimate, with the fallback of the contract."""
    unexplained = {gap.point.id for gap in gaps if gap.estimate is None}
    if not unexplained:
        return gaps
    month = Month.of(first)
    for _ in range(estimates.MONTHS_BACK):
        month = month.previous
    last = Month.of(max(gap.gas_day for gap in gaps)).previous.last
    known = _measured(session, unexplained, month.first, last)
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
    session: Session, point_ids: Collection[int], first: GasDay, last: GasDay, *, only: Collection[GasDay] = ()
) -> Mapping[int, dict[date, int | None]]:
    """Return the consumption, in millionths of m³, of each measured day of these points; None for an estimate.

    Of the days from ``first`` to ``last``, or of those named by ``only``.
    """
    # As the driver gives them: thousands of values would be made to read a few.
    rows = select(
        DailyBalance.delivery_point_id,
        type_coerce(DailyBalance.gas_day, Date).label("day"),
        (DailyBalance.reading_state == ReadingState.ESTIMATED).label("is_estimated"),
        type_coerce(DailyBalance.consumed_m3, BigInteger).label("micro"),
    ).where(DailyBalance.delivery_point_id.in_(point_ids), DailyBalance.consumed_m3.is_not(None))
    rows = rows.where(DailyBalance.gas_day.in_(only) if only else DailyBalance.gas_day.between(first, last))
    found: dict[int, dict[date, int | None]] = defaultdict(dict)
    for row in session.execute(rows):
        found[row.delivery_point_id][row.day] = None if row.is_estimated else row.micro
    return found
