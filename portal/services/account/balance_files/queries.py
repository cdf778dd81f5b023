"""Rows behind a file of the account, read at one moment: days, opening, adjustments, statements of closed months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Gas, Quantity, Unit
from portal.domain.readings import AdjustmentReason
from portal.models import Adjustment, DailyBalance, MonthClosing, MonthlyBalance
from portal.services.store.statements import Statement, day_of, moment_of


class DayRow(NamedTuple):
    """A day of the projection; amounts in millionths, ``heating_value`` in thousandths of BTU/ft³."""

    day: date
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


class Movement(NamedTuple):
    """An adjustment of the account: day, reason, amount in both units, and note."""

    gas_day: GasDay
    reason: AdjustmentReason
    note: str
    quantity: Gas


class ClosedMonth(NamedTuple):
    """A numbered statement of a closed month; a ``version`` above 1 restates it for its ``reason``."""

    month: date
    number: str
    version: int
    reason: str | None
    closed_at: datetime
    opening: Gas
    nominated: Gas
    authorised: Gas
    consumed: Gas
    imbalance: Gas
    adjustment: Gas
    closing: Gas


@dataclass(frozen=True, slots=True)
class Records:
    """Rows of the requested days, and the account before the first of them.

    ``measured_before`` counts the days with a reading before the month that ``opening`` belongs to. Statements come by
    month and version, movements by day.
    """

    rows: Sequence[DayRow]
    opening: Gas
    measured_before: int
    movements: Sequence[Movement]
    closed: Sequence[ClosedMonth]


_SUMS = ("opening", "nominated", "authorised", "consumed", "imbalance", "adjustment", "closing")
_POINT: BindParameter[int] = bindparam("point")
_FIRST: BindParameter[date] = bindparam("first")
_LAST: BindParameter[date] = bindparam("last")

_DAYS = Statement(
    select(*[getattr(DailyBalance, name if name != "day" else "gas_day") for name in DayRow._fields])
    .where(DailyBalance.delivery_point_id == _POINT, DailyBalance.gas_day.between(_FIRST, _LAST))
    .order_by(DailyBalance.gas_day)
)
_OPENING = Statement(
    select(
        MonthlyBalance.month,
        MonthlyBalance.opening_m3,
        MonthlyBalance.opening_mbtu,
        MonthlyBalance.closing_m3,
        MonthlyBalance.closing_mbtu,
        MonthlyBalance.measured_before,
        MonthlyBalance.measured_days,
    )
    .where(MonthlyBalance.delivery_point_id == _POINT, MonthlyBalance.month <= _FIRST)
    .order_by(MonthlyBalance.month.desc())
    .limit(1)
)
_MOVEMENTS = Statement(
    select(Adjustment.gas_day, Adjustment.reason, Adjustment.note, Adjustment.quantity_m3, Adjustment.quantity_mbtu)
    .where(Adjustment.delivery_point_id == _POINT, Adjustment.gas_day.between(_FIRST, _LAST))
    .order_by(Adjustment.gas_day, Adjustment.id)
)
_CLOSED = Statement(
    select(
        MonthClosing.month,
        MonthClosing.statement_number,
        MonthClosing.version,
        MonthClosing.reason,
        MonthClosing.closed_at,
        *[getattr(MonthClosing, f"{name}_{unit}") for name in _SUMS for unit in ("m3", "mbtu")],
    )
    .where(MonthClosing.delivery_point_id == _POINT, MonthClosing.month.between(_FIRST, _LAST))
    .order_by(MonthClosing.month, MonthClosing.version)
)


def read(session: Session, *, delivery_point_id: int, first: date, last: date) -> Records:
    """Return the rows of the days from ``first``, the first of a month, to ``last``, by four queries.

    The caller sees to it that they read one moment of the database.
    """
    asked: dict[str, Any] = {"point": delivery_point_id, "first": first, "last": last}
    opening, measured = _before(session, delivery_point_id, first)
    return Records(
        [DayRow(day_of(row[0]), *row[1:]) for row in _DAYS.rows(session, **asked)],
        opening,
        measured,
        [
            Movement(GasDay(day_of(row[0])), AdjustmentReason(row[1]), row[2], _gas(row[3], row[4]))
            for row in _MOVEMENTS.rows(session, **asked)
        ],
        [_closed(row) for row in _CLOSED.rows(session, **asked)],
    )


def _before(session: Session, delivery_point_id: int, first: date) -> tuple[Gas, int]:
    row = _OPENING.first(session, point=delivery_point_id, first=first)
    if row is None:
        return Gas.zero(), 0
    if day_of(row.month) == first:
        return _gas(row.opening_m3, row.opening_mbtu), row.measured_before
    return _gas(row.closing_m3, row.closing_mbtu), row.measured_before + row.measured_days


def _closed(row: Sequence[Any]) -> ClosedMonth:
    month, number, version, reason, closed_at, *figures = row
    amounts = [_gas(*figures[at : at + 2]) for at in range(0, len(figures), 2)]
    return ClosedMonth(day_of(month), number, version, reason, moment_of(closed_at), *amounts)


def _gas(m3: int, mbtu: int) -> Gas:
    return Gas(Quantity(m3, Unit.M3), Quantity(mbtu, Unit.MBTU))
