"""Readings of a file that are unlike those before them, and points that usually come and are missing.

Source: docs/rules.md, "Odd figures"; adr/0133.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.oddities import DAYS_BACK, Oddity, Weighed, weigh_figure
from portal.domain.quantities import Quantity, Unit, convert
from portal.models import Contract, DailyBalance, DeliveryPoint, MeterChange
from portal.services.ledger.heating_values import REFERENCE
from portal.services.points.service_days import is_served_on
from portal.services.timetable import holidays

from .changes import Change

# Older days are history that is loaded, not the figures of a morning: they are held against nothing.
WEIGHED_DAYS = 62
# A point usually comes that was measured on so many of the last seven days.
LAST_DAYS, USUALLY = 7, 5
MOST_MISSING = 20


class MissingPoint(NamedTuple):
    """Point that usually comes and is neither in the file nor measured on its newest day."""

    point: str
    name: str


@dataclass(frozen=True, slots=True)
class Questions:
    """List of what a person should look at before a file counts.

    ``weighed`` has every change of the last 62 days by point and day, ``older`` counts those that were not weighed.
    """

    weighed: Mapping[tuple[int, date], Weighed] = field(default_factory=dict)
    older: int = 0
    missing: Sequence[MissingPoint] = ()
    missing_count: int = 0
    newest: GasDay | None = None

    def of(self, change: Change) -> Weighed:
        """Return what is known of a change; nothing of one that was not weighed."""
        return self.weighed.get((change.place.row_id, change.gas_day.date), Weighed(None, ()))

    def list_odd(self, changes: Iterable[Change]) -> list[Change]:
        """Return the changes with something odd about them, the worst first."""
        odd = [change for change in changes if self.of(change).oddities]
        return sorted(odd, key=self._worst_first)

    def _worst_first(self, change: Change) -> tuple[int, bool, Fraction, str, date]:
        weighed = self.of(change)
        times = weighed.times(change.row.micro or 0)
        # How far from the mean, up or down; zero is the farthest.
        far = max(times, 1 / times) if times else Fraction(0)
        return _RANK[weighed.oddities[0]], bool(times), -far, change.point.sort_name, change.gas_day.date


_RANK = {oddity: place for place, oddity in enumerate(Oddity)}


def question_changes(session: Session, *, changes: Sequence[Change], today: GasDay) -> Questions:
    """Return what to look at in the changes of a file. Five queries, whatever their number."""
    first = today.plus(-WEIGHED_DAYS)
    recent = [change for change in changes if change.gas_day >= first and change.row.micro is not None]
    if not recent:
        return Questions(older=len(changes))
    days = [change.gas_day.date for change in recent]
    points = {change.place.row_id for change in recent}
    known = _load_known(session, points, min(days) - timedelta(days=DAYS_BACK), max(days))
    sent: dict[int, dict[date, int]] = defaultdict(dict)
    for change in recent:
        sent[change.place.row_id][change.gas_day.date] = change.row.micro or 0
    observed = frozenset(holidays.list_between(session, first=min(days) - timedelta(days=DAYS_BACK), last=max(days)))
    maxima = _load_maxima(session, points, GasDay(max(days)))
    weighed = {
        (change.place.row_id, change.gas_day.date): weigh_figure(
            change.row.micro or 0,
            day=change.gas_day.date,
            known=known[change.place.row_id],
            holidays=observed,
            maximum=maxima.get(change.place.row_id),
            recent=sent[change.place.row_id],
        )
        for change in recent
    }
    newest = GasDay(max(days))
    missing = _find_missing(session, {row_id for row_id, day in weighed if day == newest.date}, newest)
    return Questions(weighed, len(changes) - len(recent), missing[:MOST_MISSING], len(missing), newest)


def _load_known(session: Session, points: Collection[int], first: date, last: date) -> Mapping[int, dict[date, int]]:
    known: dict[int, dict[date, int]] = defaultdict(dict)
    rows = session.execute(
        select(DailyBalance.delivery_point_id, DailyBalance.gas_day, DailyBalance.consumed_m3).where(
            DailyBalance.delivery_point_id.in_(points),
            DailyBalance.gas_day.between(GasDay(first), GasDay(last)),
            DailyBalance.consumed_m3.is_not(None),
        )
    )
    for row in rows:
        known[row.delivery_point_id][row.gas_day.date] = row.consumed_m3.micro
    return known


def _load_maxima(session: Session, points: Collection[int], day: GasDay) -> dict[int, int]:
    """Return the most that each point may take in a day, in millionths of a m³: its meter's, else its contract's."""
    rows = session.execute(
        select(DeliveryPoint.id, Contract.maximum_micro, Contract.unit)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .where(DeliveryPoint.id.in_(points))
    )
    found = {}
    for row in rows:
        maximum = Quantity.from_micro(row.maximum_micro, row.unit)
        found[row.id] = convert(maximum, Unit.M3, REFERENCE).micro
    meters = session.execute(
        select(MeterChange.delivery_point_id, MeterChange.maximum_m3)
        .where(MeterChange.delivery_point_id.in_(points), MeterChange.gas_day <= day)
        .order_by(MeterChange.gas_day)
    )
    found |= {row.delivery_point_id: row.maximum_m3.micro for row in meters if row.maximum_m3 is not None}
    return found


def _find_missing(session: Session, sent: Collection[int], newest: GasDay) -> list[MissingPoint]:
    """Return the points without a reading of the newest day that were measured on most days before it."""
    measured = (
        select(DailyBalance.delivery_point_id)
        .where(
            DailyBalance.gas_day.between(newest.plus(-LAST_DAYS), newest.plus(-1)),
            DailyBalance.consumed_m3.is_not(None),
        )
        .group_by(DailyBalance.delivery_point_id)
        .having(func.count() >= USUALLY)
    )
    there = select(DailyBalance.delivery_point_id).where(
        DailyBalance.gas_day == newest, DailyBalance.consumed_m3.is_not(None)
    )
    rows = session.execute(
        select(DeliveryPoint.id, DeliveryPoint.public_id, DeliveryPoint.name)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .where(DeliveryPoint.id.in_(measured), DeliveryPoint.id.not_in(there), is_served_on(newest))
        .order_by(DeliveryPoint.sort_name, DeliveryPoint.id)
    )
    return [MissingPoint(row.public_id, row.name) for row in rows if row.id not in sent]
