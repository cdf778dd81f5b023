"""The account brought up to date after a file: day by day when few days changed, point by point when many did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.models import DeliveryPoint

from . import ledger

Progress = Callable[[int, int], None]

# From so many days on, making the whole account of a point anew is quicker than rewriting them one by one.
MANY_DAYS = 60


def rewrite_days(
    session: Session, *, changes: Iterable[tuple[DeliveryPoint, GasDay]], progress: Progress | None = None
) -> None:
    """Bring the accounts up to date with changed days, inside the caller's transaction.

    Points go in the order of their ids, so that two imports never wait for each other. ``progress(done, total)``
    counts days.
    """
    by_point: dict[DeliveryPoint, list[GasDay]] = defaultdict(list)
    for point, day in changes:
        by_point[point].append(day)
    total, done = sum(map(len, by_point.values())), 0
    for point, days in sorted(by_point.items(), key=lambda item: item[0].id):
        if len(days) >= MANY_DAYS:
            ledger.rebuild_point(session, delivery_point=point)
            done += len(days)
            _report(progress, done, total)
            continue
        for day in sorted(days):
            ledger.rewrite_day(session, delivery_point=point, gas_day=day)
            done += 1
            _report(progress, done, total)


def rewrite_conversions(
    session: Session, *, changes: Iterable[tuple[int, GasDay]], progress: Progress | None = None
) -> None:
    """Bring the accounts up to date with changed heating values, given as (exit point's row id, day); as above."""
    by_exit_point: dict[int, list[GasDay]] = defaultdict(list)
    for exit_point_id, day in changes:
        by_exit_point[exit_point_id].append(day)
    total, done = sum(map(len, by_exit_point.values())), 0
    for exit_point_id, days in sorted(by_exit_point.items()):
        if len(days) >= MANY_DAYS:
            points = (
                select(DeliveryPoint).where(DeliveryPoint.exit_point_id == exit_point_id).order_by(DeliveryPoint.id)
            )
            for point in session.scalars(points.order_by(DeliveryPoint.id)).unique():
                ledger.rebuild_point(session, delivery_point=point)
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
