"""Days that count at a point: those of its validity, and those after its end that carry figures.

A point may end on a day before figures of its account (adr/0095): they stay, and no such day is ever a gap.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Protocol

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    Select,
    and_,
    case,
    exists,
    extract,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay, Month
from portal.models import Authorisation, Contract, DailyBalance, DeliveryPoint, Reading


class Valid(Protocol):
    """Row with a validity, ``ends_on`` excluded."""

    @property
    def starts_on(self) -> GasDay:
        """The first day."""

    @property
    def ends_on(self) -> GasDay | None:
        """The first day after the last."""


def is_served_on(day: BindParameter[date] | GasDay) -> ColumnElement[bool]:
    """Return the condition that a point and its contract are both valid on a day, for statements over both tables."""
    return and_(
        DeliveryPoint.starts_on <= day,
        or_(DeliveryPoint.ends_on.is_(None), DeliveryPoint.ends_on > day),
        Contract.starts_on <= day,
        or_(Contract.ends_on.is_(None), Contract.ends_on > day),
    )


def is_served_within(first: GasDay, last: GasDay) -> ColumnElement[bool]:
    """Return the condition that a point is valid on some day from ``first`` to ``last``."""
    ends = DeliveryPoint.ends_on
    within = and_(ends > first, ends > DeliveryPoint.starts_on)
    return and_(DeliveryPoint.starts_on <= last, or_(ends.is_(None), within))


def count_valid_days(month: Month, *, until: GasDay) -> ColumnElement[int]:
    """Return on how many days of the month up to ``until`` a point is valid that is served on one of them."""
    starts, ends = (type_coerce(each, Date) for each in (DeliveryPoint.starts_on, DeliveryPoint.ends_on))
    last = until.date
    begins = case((starts <= month.first.date, 1), else_=extract("day", starts))
    over = case((or_(ends.is_(None), ends > last), last.day + 1), else_=extract("day", ends))
    return over - begins


def is_handed_on(model: type[Reading] | type[Authorisation]) -> ColumnElement[bool]:
    """Return the condition that a row's gas day is in the account of another point by now (adr/0135)."""
    return exists().where(DeliveryPoint.id == model.delivery_point_id, DeliveryPoint.handed_on <= model.gas_day)


def list_valid_days(point: Valid, month: Month) -> list[GasDay]:
    """Return the days of the month within the validity of the point: each needs a reading."""
    return [day for day in month.days() if point.starts_on <= day and (point.ends_on is None or day < point.ends_on)]


def count_valid(point: Valid, month: Month) -> int:
    """Return the number of days of ``list_valid_days``, without a list of them."""
    first, end = max(month.first, point.starts_on), month.last.plus(1)
    end = end if point.ends_on is None else min(end, point.ends_on)
    return max(0, (end.date - first.date).days)


def list_served_days(point: Valid, month: Month, *, after_end: Collection[GasDay]) -> list[GasDay]:
    """Return the days of the month that count: those of the validity and those of ``find_days_after_end``."""
    return sorted({*list_valid_days(point, month), *after_end}, key=lambda day: day.date)


def list_missing_days(point: Valid, month: Month, *, measured: Collection[GasDay]) -> list[GasDay]:
    """Return the days of the validity without a consumption; a day after the end is no gap."""
    return [day for day in list_valid_days(point, month) if day not in measured]


def find_days_after_end(
    session: Session, *, month: Month, point_ids: Collection[int] | None = None
) -> dict[int, dict[GasDay, bool]]:
    """Return each point's days of the month after its end that carry figures, and whether each was measured.

    One query; of every point unless ``point_ids`` is given. Points without such a day are left out.
    """
    wanted = (
        select(
            DailyBalance.delivery_point_id,
            DailyBalance.gas_day,
            DailyBalance.consumed_m3.is_not(None).label("measured"),
        )
        .join(DeliveryPoint, DeliveryPoint.id == DailyBalance.delivery_point_id)
        .where(
            # Points that have ended are named first, or SQLite reads the days of every point.
            DailyBalance.delivery_point_id.in_(select_ended(month.last)),
            DailyBalance.gas_day.between(month.first, month.last),
            DailyBalance.gas_day >= DeliveryPoint.ends_on,
        )
    )
    if point_ids is not None:
        wanted = wanted.where(DailyBalance.delivery_point_id.in_(point_ids))
    found: dict[int, dict[GasDay, bool]] = {}
    for row in session.execute(wanted):
        found.setdefault(row.delivery_point_id, {})[row.gas_day] = bool(row.measured)
    return found


def select_ended(last: GasDay) -> Select[int]:
    """Return the select of the points that ended by ``last``: they are few."""
    return select(DeliveryPoint.id).where(DeliveryPoint.ends_on <= last)


def count_measured_after_end(session: Session, *, delivery_point_id: int, ends_on: GasDay | None, before: date) -> int:
    """Return how many days from the end of the point to ``before`` (excluded) were measured.

    Runs no query if the point has not ended by then. The projection counts them among the measured days of its months.
    """
    if ends_on is None or ends_on.date >= before:
        return 0
    measured = select(func.count()).where(
        DailyBalance.delivery_point_id == delivery_point_id,
        DailyBalance.gas_day >= ends_on,
        DailyBalance.gas_day < GasDay(before),
        DailyBalance.consumed_m3.is_not(None),
    )
    return session.scalar(measured) or 0
