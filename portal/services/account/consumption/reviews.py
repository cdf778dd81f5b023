"""Review of a month's consumption against the periods before it, for one point or for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple, Protocol

from sqlalchemy.orm import Session

from portal.domain.deviations import PERIODS, Deviation, Period, judge
from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import Quantity, Unit
from portal.services.ledger.stamps import NOTHING, Kept, load_stamps
from portal.services.points.service_days import count_valid, find_days_after_end
from portal.services.store.statements import day_of

from . import hot
from .patterns import Pattern, find_declared

# Years in which thirteen months with a consumption are sought first, and then all that a point can have.
FEW_YEARS, ALL_YEARS = 2, 100
# A correction of any earlier month moves every later one: their revisions tell of it.
LOOKED_AT = 400


class Served(Protocol):
    """A delivery point: its row id and the days on which it is served, the last one excluded."""

    @property
    def id(self) -> int:
        """The row id."""

    @property
    def starts_on(self) -> GasDay:
        """The first day."""

    @property
    def ends_on(self) -> GasDay | None:
        """The first day after the last."""


class Alarm(NamedTuple):
    """Verdict of the rule on a month, and the seasonal pattern of the point if its customer declared one."""

    deviation: Deviation
    pattern: Pattern | None

    @property
    def is_expected(self) -> bool:
        """True when the customer declared another consumption for the month."""
        return self.pattern is not None and self.deviation.period.month.number in self.pattern.months


_KEPT: Kept[Deviation] = Kept()


def review(session: Session, *, point: Served, month: Month, today: GasDay) -> Alarm:
    """Return the verdict of annex 4 on a month of a point, by three queries at most."""
    return find_alarms(session, points=[point], month=month, today=today)[point.id]


def find_alarms(session: Session, *, points: Sequence[Served], month: Month, today: GasDay) -> dict[int, Alarm]:
    """Return the verdict on ``month`` at each of these points, by three queries for any number of them.

    Two while the verdicts are kept from before, of the same accounts; a fourth when one of them has ended by then.
    """
    stamps = load_stamps(session, point_ids=[point.id for point in points], since=month.first.plus(-LOOKED_AT))
    known = find_declared(session, delivery_point_ids=[point.id for point in points])
    over = month < Month.of(today)
    found: dict[int, Deviation] = {}
    made_of, stale = {}, []
    for point in points:
        made_of[point.id] = (month, over, point.starts_on, point.ends_on, stamps.get(point.id, NOTHING))
        kept = _KEPT.find(session, point.id, made_of=made_of[point.id])
        if kept is None:
            stale.append(point)
        else:
            found[point.id] = kept[0]
    for point_id, deviation in (_judge(session, stale, month, over=over) if stale else {}).items():
        _KEPT.keep(session, point_id, deviation, made_of=made_of[point_id])
        found[point_id] = deviation
    return {point.id: Alarm(found[point.id], known.get(point.id)) for point in points}


def _judge(session: Session, points: Sequence[Served], month: Month, *, over: bool) -> dict[int, Deviation]:
    rows = _periods(session, [point.id for point in points], month)
    # Readings after the end of a point count in their month, and hide no gap before it.
    ended = [point.id for point in points if point.ends_on is not None and point.ends_on <= month.last]
    beyond = find_days_after_end(session, month=month, point_ids=ended) if ended else {}
    found = {}
    for point in points:
        judged, history = _split(rows[point.id], month)
        after_end = sum(beyond.get(point.id, {}).values())
        served = count_valid(point, month) + after_end
        found[point.id] = judge(judged, history, complete=judged.days >= served > 0, over=over)
    return found


def _periods(session: Session, point_ids: Collection[int], month: Month) -> dict[int, list[Period]]:
    """Return the month itself and the twelve before it with a consumption, newest first."""
    found = _periods_since(session, point_ids, month, FEW_YEARS)
    # Who rests half of the year has them in more years.
    lacking = [point_id for point_id in point_ids if len(found[point_id]) <= PERIODS]
    found.update(_periods_since(session, lacking, month, ALL_YEARS))
    return found


def _periods_since(
    session: Session, point_ids: Collection[int], month: Month, years: int
) -> defaultdict[int, list[Period]]:
    asked = {"month": month.first.date, "since": date(month.year - years, month.number, 1), "most": PERIODS + 1}
    found: defaultdict[int, list[Period]] = defaultdict(list)
    for row in hot.PERIODS.listed(session, hot.PeriodRow, point_ids, **asked):
        found[row.delivery_point_id].append(
            Period(_month(day_of(row.month)), Quantity(row.consumed_m3, Unit.M3), row.measured_days)
        )
    return found


def _split(periods: list[Period], month: Month) -> tuple[Period, list[Period]]:
    if periods and periods[0].month == month:
        return periods[0], periods[1:]
    return Period(month, Quantity.zero(Unit.M3), 0), periods


def _month(first: date) -> Month:
    return Month.of(GasDay(first))
