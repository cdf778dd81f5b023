"""A month before it is closed: which points are ready, which are not and why, and the ready ones closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import Month
from portal.domain.readings import ReadingState
from portal.models import Company, Contract, DailyBalance, DeliveryPoint, MonthClosing, MonthlyBalance
from portal.services.points.service_days import days_after_end, served_days, valid_days
from portal.services.store.acts import Act
from portal.services.store.refusals import NotFound, Rejected

from .checks import closed_months
from .months import close_month, first_open

# Each is a transaction of its own, and somebody waits for the answer.
MOST_AT_ONCE = 400


class PointMonth(NamedTuple):
    """A point that was served in a month: what is missing of it, and the statement that closed it.

    ``is_closed`` without a statement: a later one took it along. ``first_open`` is the month to close before this one;
    ``provisional`` and ``estimated`` count its days that are not certified.
    """

    point: DeliveryPoint
    company: str
    missing: int
    statement_number: str | None
    is_closed: bool
    first_open: Month | None
    provisional: int = 0
    estimated: int = 0

    @property
    def is_ready(self) -> bool:
        """Whether it may be closed once the month is over."""
        return not self.is_closed and not self.missing and self.first_open is None


def board(session: Session, *, month: Month) -> list[PointMonth]:
    """Return every point that was served in the month, by seven queries, in the order of companies and points."""
    rows = session.execute(
        select(DeliveryPoint, Company.name)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .join(Company, Company.id == Contract.company_id)
        .order_by(Company.sort_name, DeliveryPoint.sort_name, DeliveryPoint.id)
    ).unique()
    beyond = days_after_end(session, month=month)
    served = [(point, name) for point, name in rows if served_days(point, month, after_end=beyond.get(point.id, {}))]
    ids = [point.id for point, _ in served]
    closed = closed_months(session, delivery_point_ids=ids)
    measured = {
        row.delivery_point_id: row.measured_days
        for row in session.execute(
            select(MonthlyBalance.delivery_point_id, MonthlyBalance.measured_days).where(
                MonthlyBalance.month == month.first.date, MonthlyBalance.delivery_point_id.in_(ids)
            )
        )
    }
    statements = {
        row.delivery_point_id: row.statement_number
        for row in session.execute(
            select(MonthClosing.delivery_point_id, MonthClosing.statement_number)
            .where(MonthClosing.month == month.first.date, MonthClosing.delivery_point_id.in_(ids))
            .order_by(MonthClosing.version)
        )
    }
    doubtful = {
        (row.delivery_point_id, row.reading_state): row.days
        for row in session.execute(
            select(DailyBalance.delivery_point_id, DailyBalance.reading_state, func.count().label("days"))
            .where(
                DailyBalance.delivery_point_id.in_(ids),
                DailyBalance.gas_day.between(month.first, month.last),
                DailyBalance.reading_state.in_((ReadingState.PROVISIONAL, ReadingState.ESTIMATED)),
            )
            .group_by(DailyBalance.delivery_point_id, DailyBalance.reading_state)
        )
    }
    found: list[PointMonth] = []
    for point, name in served:
        last = closed.get(point.id)
        # Readings after the end hide no gap before it.
        within = measured.get(point.id, 0) - sum(beyond.get(point.id, {}).values())
        missing = max(0, len(valid_days(point, month)) - within)
        found.append(
            PointMonth(
                point,
                name,
                missing,
                statements.get(point.id),
                last is not None and month <= last,
                first_open(session, point, closed=last, month=month),
                doubtful.get((point.id, ReadingState.PROVISIONAL), 0),
                doubtful.get((point.id, ReadingState.ESTIMATED), 0),
            )
        )
    return found


class Closed(NamedTuple):
    """How many months were closed; what refused the next one, and the name of its point, when one was refused."""

    months: int
    refused: Rejected | None = None
    point: str = ""


def close_points(act: Act, *, points: Sequence[str], month: Month) -> Closed:
    """Close the month of the points with these public ids, 400 at most, each by itself, in their order. Commits each.

    Stops at the first that ``close_month`` refuses: those before it stay closed. ``NotFound``, before any is closed.
    """
    wanted = list(dict.fromkeys(points))[:MOST_AT_ONCE]
    rows = act.session.execute(
        select(DeliveryPoint.public_id, DeliveryPoint.id, DeliveryPoint.name).where(DeliveryPoint.public_id.in_(wanted))
    )
    known = {public_id: (row_id, name) for public_id, row_id, name in rows}
    if len(known) != len(wanted):
        raise NotFound
    for count, public_id in enumerate(wanted):
        row_id, name = known[public_id]
        try:
            close_month(act, delivery_point_id=row_id, month=month)
        except Rejected as refused:
            return Closed(count, refused, name)
    return Closed(len(wanted))
