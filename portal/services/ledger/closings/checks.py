"""Checks that refuse any row that would change the figures of a closed month."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay, Month
from portal.models import DeliveryPoint, MonthClosing
from portal.services.store.refusals import Refusal, Rejected


def find_closed_months(session: Session, *, delivery_point_ids: Collection[int]) -> dict[int, Month]:
    """Return the last closed month of each of these points that has one; every day up to its last is frozen.

    Writers of an account call this after locking it, so that no closing comes in between.
    """
    rows = session.execute(
        select(MonthClosing.delivery_point_id, func.max(MonthClosing.month))
        .where(MonthClosing.delivery_point_id.in_(delivery_point_ids))
        .group_by(MonthClosing.delivery_point_id)
    )
    return {point_id: Month.of(GasDay(first)) for point_id, first in rows}


def find_closed_exit_points(session: Session) -> dict[int, Month]:
    """Return the last month closed at any point of each exit point: its heating values are frozen up to there."""
    rows = session.execute(
        select(DeliveryPoint.exit_point_id, func.max(MonthClosing.month))
        .join(MonthClosing, MonthClosing.delivery_point_id == DeliveryPoint.id)
        .group_by(DeliveryPoint.exit_point_id)
    )
    return {exit_point_id: Month.of(GasDay(first)) for exit_point_id, first in rows}


def require_open(session: Session, *, delivery_point_id: int, gas_day: GasDay, field: str | None = None) -> None:
    """Refuse (``MONTH_CLOSED``) a change of a day in a closed month; called under the account's lock."""
    closed = find_closed_months(session, delivery_point_ids=[delivery_point_id]).get(delivery_point_id)
    if closed is not None and gas_day <= closed.last:
        raise Rejected(Refusal.MONTH_CLOSED, field, month=closed)
