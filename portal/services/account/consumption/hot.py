"""Prepared statements of this package, each with its measured gain: CPU of one run on SQLite (adr/0110)."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import BigInteger, BindParameter, ColumnElement, bindparam, exists, func, or_, select, type_coerce
from sqlalchemy.orm import aliased

from portal.models import MonthlyBalance, SeasonalPattern, User
from portal.services.store.statements import RawDay, RawMoment, Statement, is_listed


class DeclaredRow(NamedTuple):
    """The newest declaration of a point, its months as kept: numbers with commas."""

    delivery_point_id: int
    months: str
    note: str
    declared_at: RawMoment
    declared_by: str


def is_newest() -> ColumnElement[bool]:
    """Return the condition that no later declaration of the point is there."""
    later = aliased(SeasonalPattern)
    return ~exists().where(
        later.delivery_point_id == SeasonalPattern.delivery_point_id, later.version > SeasonalPattern.version
    )


# Prepared 22 µs, plain 57 µs: 0.5 % of the start page.
DECLARED = Statement(
    select(
        SeasonalPattern.delivery_point_id,
        SeasonalPattern.months,
        SeasonalPattern.note,
        SeasonalPattern.declared_at,
        User.name.label("declared_by"),
    )
    .join(User, User.id == SeasonalPattern.declared_by_id)
    .where(is_listed(SeasonalPattern.delivery_point_id), is_newest())
)


class PeriodRow(NamedTuple):
    """A month of a point with a consumption, in millionths of a m³."""

    delivery_point_id: int
    month: RawDay
    consumed_m3: int
    measured_days: int


MONTH: BindParameter[date] = bindparam("month")
_RANKED = (
    select(
        MonthlyBalance.delivery_point_id,
        MonthlyBalance.month,
        MonthlyBalance.consumed_m3.expression,
        MonthlyBalance.measured_days,
        func.row_number()
        .over(partition_by=MonthlyBalance.delivery_point_id, order_by=MonthlyBalance.month.desc())
        .label("rank"),
    )
    .where(
        is_listed(MonthlyBalance.delivery_point_id),
        MonthlyBalance.month <= MONTH,
        or_(type_coerce(MonthlyBalance.consumed_m3, BigInteger) > 0, MonthlyBalance.month == MONTH),
    )
    .subquery()
)
# Prepared 2579 µs, plain 3224 µs: 1.9 % of the start page with nothing kept.
PERIODS = Statement(
    select(_RANKED.c.delivery_point_id, _RANKED.c.month, _RANKED.c.consumed_m3, _RANKED.c.measured_days)
    .where(_RANKED.c.rank <= bindparam("most"))
    .order_by(_RANKED.c.delivery_point_id, _RANKED.c.rank)
)
