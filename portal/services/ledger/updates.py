"""Updates of accounts after a file: day by day for few changed days, point by point for many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import LAST_GAS_DAY, GasDay
from portal.models import DeliveryPoint
from portal.services import ledger

Progress = Callable[[int, int], None]

# From so many days on, a point's account is rewritten as one range instead of day by day.
MANY_DAYS = 60


class ChangedDays:
    """Changed days of accounts: few of a point each by itself, many as the span they lie in."""

    def __init__(self) -> None:
        self.total = 0
        self._points: dict[int, DeliveryPoint] = {}
        self._counts: dict[int, int] = defaultdict(int)
        self._few: dict[int, list[date]] = defaultdict(list)
        self._spans: dict[int, tuple[date, date]] = {}

    def add(self, point: DeliveryPoint, days: Collection[date]) -> None:
        """Add changed days of a point, each of them once."""
        row_id = point.id
        self._points[row_id] = point
        self._counts[row_id] += len(days)
        self.total += len(days)
        first, last = min(days), max(days)
        known = self._spans.get(row_id, (first, last))
        self._spans[row_id] = (min(known[0], first), max(known[1], last))
        if self._counts[row_id] < MANY_DAYS:
            self._few[row_id].extend(days)

    def __iter__(self) -> Iterator[tuple[DeliveryPoint, list[GasDay], int]]:
        """Yield the points in id order, each with its days, or the first and last of many, and their number."""
        for row_id in sorted(self._points):
            count = self._counts[row_id]
            days = sorted(self._few[row_id]) if count < MANY_DAYS else self._spans[row_id]
            yield self._points[row_id], [GasDay(day) for day in days], count


def rewrite_days(session: Session, *, changed: ChangedDays, progress: Progress | None = None) -> None:
    """Rewrite the accounts for changed days, inside the caller's transaction.

    Points go in id order, so that two imports never deadlock. ``progress(done, total)`` counts days.
    """
    recomputer = ledger.Recomputer(session)
    done = 0
    for point, days, count in changed:
        if count >= MANY_DAYS:
            ledger.rewrite_range(session, delivery_point=point, first=days[0], last=days[-1], recomputer=recomputer)
            done += count
            _report(progress, done, changed.total)
            continue
        for day in days:
            ledger.rewrite_day(session, delivery_point=point, gas_day=day)
            done += 1
            _report(progress, done, changed.total)


def rewrite_conversions(
    session: Session, *, changes: Iterable[tuple[int, GasDay]], progress: Progress | None = None
) -> None:
    """Rewrite the accounts for changed heating values, given as (exit point's row id, day); as ``rewrite_days``."""
    by_exit_point: dict[int, list[GasDay]] = defaultdict(list)
    for exit_point_id, day in changes:
        by_exit_point[exit_point_id].append(day)
    total, done = sum(map(len, by_exit_point.values())), 0
    for exit_point_id, days in sorted(by_exit_point.items()):
        if len(days) >= MANY_DAYS:
            points = (
                select(DeliveryPoint).where(DeliveryPoint.exit_point_id == exit_point_id).order_by(DeliveryPoint.id)
            )
            recomputer = ledger.Recomputer(session)
            for point in session.scalars(points).unique():
                ledger.rewrite_range(
                    session, delivery_point=point, first=min(days), last=LAST_GAS_DAY, recomputer=recomputer
                )
            done += len(days)
            _report(progress, done, total)
            continue
        for day in sorted(days):
            ledger.rewrite_conversions(session, exit_point_id=exit_point_id, gas_day=day)
            done += 1
            _report(progress, done, total)


def _report(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)
