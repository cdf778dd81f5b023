"""How far the account of a point reaches: the last gas day that something is in force for."""

from __future__ import annotations

from sqlalchemy import ColumnElement, ScalarSelect, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.domain.gas_day import GasDay
from portal.models import DailyBalance


def select_last_figure_day(point: InstrumentedAttribute[int] | ColumnElement[int]) -> ScalarSelect[GasDay | None]:
    """Return a subquery for the last gas day of ``point`` with a figure: one step at the end of the primary key.

    The row of a cancelled nomination stays without a figure and does not count.
    """
    return (
        select(DailyBalance.gas_day)
        .where(
            DailyBalance.delivery_point_id == point,
            or_(
                DailyBalance.nominated_m3.is_not(None),
                DailyBalance.authorised_m3.is_not(None),
                DailyBalance.consumed_m3.is_not(None),
            ),
        )
        .order_by(DailyBalance.gas_day.desc())
        .limit(1)
        .scalar_subquery()
    )


def find_last_figure_day(session: Session, *, delivery_point_id: int) -> GasDay | None:
    """Return the last gas day that the account of a point has a figure for, which may lie ahead; None without any."""
    return session.scalar(select(select_last_figure_day(literal(delivery_point_id))))
