"""Twelve months of the account side by side, and the days that strayed farthest: three queries, whatever the history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import Quantity, Unit
from portal.domain.years import AccountYear
from portal.models import DailyBalance, MonthlyBalance
from portal.services.statements import Statement, day_of

from .marks import ClosingMark, closings_between
from .months import MonthRange
from .reading import in_unit

WORST = 5


class MonthRow(NamedTuple):
    """A month of the projection in millionths; any change of one of its days changes ``revision``."""

    month: date
    revision: int
    nominated: int
    authorised: int
    consumed: int
    imbalance: int
    adjustment: int
    opening: int
    closing: int
    measured_days: int
    measured_before: int


class YearStamp(NamedTuple):
    """All that an overview rests on besides its days: the months with figures, the latest one before, the statements."""

    months: tuple[MonthRow, ...]
    closings: tuple[ClosingMark, ...]


class YearDay(NamedTuple):
    """A measured day of the year, of which ``variation`` is in percent; None when nothing was due."""

    gas_day: GasDay
    due: Quantity
    consumed: Quantity
    imbalance: Quantity
    variation: Decimal | None
    out_of_tolerance: bool


class YearMonth(NamedTuple):
    """A month of the overview; its figures are zero where nothing is recorded.

    ``missing_days`` passed without a reading; ``days_out`` are out of tolerance; ``closings`` are its statements, the
    one in force last.
    """

    month: Month
    nominated: Quantity
    authorised: Quantity
    consumed: Quantity
    imbalance: Quantity
    adjustment: Quantity
    opening: Quantity
    closing: Quantity
    measured_days: int
    missing_days: int
    closing_incomplete: bool
    days_out: int
    closings: tuple[ClosingMark, ...]


@dataclass(frozen=True, slots=True)
class YearOverview:
    """A year of a point in ``unit``: the months that its account has, their sum, its worst days.

    ``months`` leaves out what lies before the point's first day or after today. ``total`` carries the first opening
    and the last closing.
    """

    year: AccountYear
    unit: Unit
    converted: bool
    tolerance_basis_points: int
    months: tuple[YearMonth, ...]
    total: YearMonth
    most_out: tuple[YearDay, ...]
    largest: tuple[YearDay, ...]


_BEFORE = (
    select(func.max(MonthlyBalance.month))
    .where(MonthlyBalance.delivery_point_id == bindparam("point"), MonthlyBalance.month < bindparam("first"))
    .scalar_subquery()
)
_MONTHS = {
    unit: Statement(
        select(
            MonthlyBalance.month,
            MonthlyBalance.revision,
            *in_unit(unit, MonthlyBalance, "nominated", "authorised", "consumed", "imbalance", "adjustment"),
            *in_unit(unit, MonthlyBalance, "opening", "closing"),
            MonthlyBalance.measured_days,
            MonthlyBalance.measured_before,
        )
        .where(
            MonthlyBalance.delivery_point_id == bindparam("point"),
            MonthlyBalance.month >= func.coalesce(_BEFORE, bindparam("first")),
            MonthlyBalance.month <= bindparam("last"),
        )
        .order_by(MonthlyBalance.month)
    )
    for unit in Unit
}
_DAYS = {
    (unit, judged): Statement(
        select(
            DailyBalance.gas_day,
            *[
                column
                for each in (unit, judged)
                for column in (
                    func.coalesce(*in_unit(each, DailyBalance, "authorised", "nominated"), 0),
                    *in_unit(each, DailyBalance, "consumed"),
                )
            ],
        )
        .where(
            DailyBalance.delivery_point_id == bindparam("point"),
            DailyBalance.gas_day.between(bindparam("first"), bindparam("last")),
            DailyBalance.consumed_m3.is_not(None),
        )
        .order_by(DailyBalance.gas_day)
    )
    for unit in Unit
    for judged in Unit
}


def year_stamp(session: Session, *, delivery_point_id: int, unit: Unit, year: AccountYear) -> YearStamp:
    """Return what an overview of the year rests on, by two queries: equal stamps, equal overviews."""
    rows = _MONTHS[unit].rows(
        session, point=delivery_point_id, first=year.first_day.date, last=year.last_day.date
    )
    closings = closings_between(
        session, delivery_point_id=delivery_point_id, unit=unit, first=year.first, last=year.last
    )
    return YearStamp(tuple([MonthRow(day_of(row[0]), *row[1:]) for row in rows]), closings)


def year_overview(
    session: Session,
    *,
    delivery_point_id: int,
    unit: Unit,
    own_unit: Unit,
    tolerance_basis_points: int,
    year: AccountYear,
    today: GasDay,
    starts_on: GasDay,
    ends_on: GasDay | None,
    offered: MonthRange,
    stamped: YearStamp,
) -> YearOverview:
    """Return the overview of a year in ``unit``, by one query besides those of its ``stamped``.

    Whether a day is out of tolerance is judged in ``own_unit``, the point's.
    """
    days = _days(session, delivery_point_id, unit, own_unit, tolerance_basis_points, year)
    counted_until = today if ends_on is None else min(today, ends_on)
    before = [row for row in stamped.months if row.month < year.first_day.date]
    known = {row.month: row for row in stamped.months}
    at = before[-1].closing if before else 0
    measured = before[-1].measured_before + before[-1].measured_days if before else 0
    months = []
    for month in year.months():
        if month not in offered:
            continue
        row = known.get(month.first.date) or MonthRow(month.first.date, 0, 0, 0, 0, 0, 0, at, at, 0, measured)
        of_month = [day for day in days if month.first <= day.gas_day <= month.last]
        found = _month(month, row, unit, of_month, starts_on, counted_until)
        months.append(found._replace(closings=tuple([each for each in stamped.closings if each.month == month])))
        at, measured = row.closing, row.measured_before + row.measured_days
    return YearOverview(
        year=year,
        unit=unit,
        converted=unit is not own_unit,
        tolerance_basis_points=tolerance_basis_points,
        months=tuple(months),
        total=_total(months),
        most_out=_worst([day for day in days if day.out_of_tolerance], lambda day: day.variation or Decimal(0)),
        largest=_worst([day for day in days if day.imbalance.micro], lambda day: Decimal(abs(day.imbalance.micro))),
    )
