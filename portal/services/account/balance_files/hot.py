"""Prepared statements of this package, each with its measured gain: CPU of one run on SQLite (adr/0110)."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import BindParameter, bindparam, select

from portal.models import Adjustment, DailyBalance, MonthClosing, MonthlyBalance
from portal.services.store.statements import RawDay, Statement

# Sums of a closed month, each in both units.
SUMS = ("opening", "nominated", "authorised", "consumed", "imbalance", "adjustment", "closing")
POINT: BindParameter[int] = bindparam("point")
FIRST: BindParameter[date] = bindparam("first")
LAST: BindParameter[date] = bindparam("last")


class DayColumns(NamedTuple):
    """A day of the projection; amounts in millionths, ``heating_value`` in thousandths of BTU/ft³."""

    gas_day: RawDay
    nominated_m3: int | None
    nominated_mbtu: int | None
    authorised_m3: int | None
    authorised_mbtu: int | None
    consumed_m3: int | None
    consumed_mbtu: int | None
    adjustment_m3: int
    adjustment_mbtu: int
    reading_state: str | None
    cut_reason: str | None
    heating_value: int | None
    heating_value_provisional: bool


# Prepared 105 µs, plain 433 µs: 9.0 % of a month's file.
DAYS = Statement(
    select(*[DailyBalance.__table__.c[name] for name in DayColumns._fields])
    .where(DailyBalance.delivery_point_id == POINT, DailyBalance.gas_day.between(FIRST, LAST))
    .order_by(DailyBalance.gas_day)
)
# Prepared 124 µs, plain 252 µs: 3.6 % of a month's file.
OPENING = Statement(
    select(
        MonthlyBalance.month,
        MonthlyBalance.opening_m3,
        MonthlyBalance.opening_mbtu,
        MonthlyBalance.closing_m3,
        MonthlyBalance.closing_mbtu,
        MonthlyBalance.measured_before,
        MonthlyBalance.measured_days,
    )
    .where(MonthlyBalance.delivery_point_id == POINT, MonthlyBalance.month <= FIRST)
    .order_by(MonthlyBalance.month.desc())
    .limit(1)
)
# Prepared 33 µs, plain 110 µs: 2.1 % of a month's file.
MOVEMENTS = Statement(
    select(Adjustment.gas_day, Adjustment.reason, Adjustment.note, Adjustment.quantity_m3, Adjustment.quantity_mbtu)
    .where(Adjustment.delivery_point_id == POINT, Adjustment.gas_day.between(FIRST, LAST))
    .order_by(Adjustment.gas_day, Adjustment.id)
)
# Prepared 43 µs, plain 150 µs: 2.9 % of a month's file.
CLOSED = Statement(
    select(
        MonthClosing.month,
        MonthClosing.statement_number,
        MonthClosing.version,
        MonthClosing.reason,
        MonthClosing.closed_at,
        *[getattr(MonthClosing, f"{name}_{unit}") for name in SUMS for unit in ("m3", "mbtu")],
    )
    .where(MonthClosing.delivery_point_id == POINT, MonthClosing.month.between(FIRST, LAST))
    .order_by(MonthClosing.month, MonthClosing.version)
)
