"""The rows that a year's overview rests on, in one unit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.domain.balance import variation
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, Unit
from portal.domain.settings import Tolerance
from portal.domain.years import AccountYear
from portal.models import DailyBalance, MonthlyBalance
from portal.services.store.statements import Statement, day_of

from .marks import ClosingMark, closings_between
from .queries import in_unit
from .sheets import strayed_too_far


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
    """What an overview rests on besides its days: its months with figures, the latest one before, the statements."""

    months: tuple[MonthRow, ...]
    closings: tuple[ClosingMark, ...]


class YearDay(NamedTuple):
    """A measured day of the year, its figures in millionths of ``unit``: objects only for the few that are shown.

    ``nominated_micro`` and ``authorised_micro`` are 0 where there is none.
    """

    gas_day: GasDay
    due_micro: int
    consumed_micro: int
    out_of_tolerance: bool
    unit: Unit
    nominated_micro: int = 0
    authorised_micro: int = 0

    @property
    def due(self) -> Quantity:
        """What was authorised, else nominated, else zero."""
        return Quantity(self.due_micro, self.unit)

    @property
    def consumed(self) -> Quantity:
        """The consumption in force."""
        return Quantity(self.consumed_micro, self.unit)

    @property
    def imbalance(self) -> Quantity:
        """D, the imbalance (docs/rules.md, "Balance account")."""
        return self.due - self.consumed

    @property
    def variation(self) -> Decimal | None:
        """V in percent (docs/rules.md, "Balance account"); None when nothing was due."""
        return variation(self.due, self.consumed)


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
            *[func.coalesce(column, 0) for column in in_unit(unit, DailyBalance, "nominated", "authorised")],
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
    rows = _MONTHS[unit].rows(session, point=delivery_point_id, first=year.first_day.date, last=year.last_day.date)
    closings = closings_between(
        session, delivery_point_id=delivery_point_id, unit=unit, first=year.first, last=year.last
    )
    return YearStamp(tuple([MonthRow(day_of(row[0]), *row[1:]) for row in rows]), closings)


def measured_days(
    session: Session,
    *,
    delivery_point_id: int,
    unit: Unit,
    judged: Unit,
    tolerance: Tolerance,
    year: AccountYear,
) -> list[YearDay]:
    """Return the days of a year that have a consumption, in order, by one query."""
    rows = _DAYS[unit, judged].rows(
        session, point=delivery_point_id, first=year.first_day.date, last=year.last_day.date
    )
    found = []
    for day, due, consumed, judged_due, judged_consumed, nominated, authorised in rows:
        gas_day = GasDay(day_of(day))
        too_far = strayed_too_far(judged_due, judged_consumed, judged, tolerance.on(gas_day))
        found.append(YearDay(gas_day, due, consumed, too_far, unit, nominated, authorised))
    return found
