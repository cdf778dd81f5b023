"""The projection made anew from the append-only tables."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.models import DeliveryPoint
from portal.services.store.transactions import transaction

from .projection import lock
from .ranges import insert_days
from .recomputer import Recomputer
from .tables import DAYS, INSERT_MONTH, MONTHS, new

Progress = Callable[[int, int], None]


def rebuild(session: Session, *, progress: Progress | None = None) -> None:
    """Make the projection of every point anew, one transaction a point, so that writers wait for one point only.

    ``progress(done, total)`` is called after each point.
    """
    point_ids = list(session.scalars(select(DeliveryPoint.id).order_by(DeliveryPoint.id)))
    recomputer = Recomputer(session)
    for done, point_id in enumerate(point_ids, start=1):
        with transaction(session):
            lock(session, point_id)
            point = session.scalars(select(DeliveryPoint).where(DeliveryPoint.id == point_id)).unique().one()
            _write(session, recomputer, point)
        if progress is not None:
            progress(done, len(point_ids))


def rebuild_point(session: Session, *, delivery_point: DeliveryPoint) -> None:
    """Make the projection of one point anew, inside the caller's transaction."""
    session.flush()
    lock(session, delivery_point.id)
    _write(session, Recomputer(session), delivery_point)


def _write(session: Session, recomputer: Recomputer, point: DeliveryPoint) -> None:
    projection = recomputer.of(point)
    # Higher than any before: what was kept under a month's revision must not be taken for the new row.
    revision = session.scalar(select(func.max(MONTHS.c.revision)).where(MONTHS.c.delivery_point_id == point.id))
    for table in (DAYS, MONTHS):
        session.execute(delete(table).where(table.c.delivery_point_id == point.id))
    insert_days(session, point, projection.days)
    INSERT_MONTH.run_many(
        session,
        (
            {"point": point.id, "at": month, "new_revision": (revision or 0) + 1, **new(figures.columns())}
            for month, figures in projection.months.items()
        ),
    )
