"""A month changed by a difference, and what that moves in every month after it."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import BindParameter, Row, bindparam, select, update
from sqlalchemy.orm import Session

from portal.domain.quantities import Gas
from portal.services.statements import Statement, day_of

from .figures import MonthFigures, Totals, gas_of
from .tables import INSERT_MONTH, MONTHS, POINT, UPDATE_MONTH, new

_MONTH: BindParameter[date] = bindparam("at")
_LATEST = Statement(
    select(MONTHS)
    .where(MONTHS.c.delivery_point_id == POINT, MONTHS.c.month <= _MONTH)
    .order_by(MONTHS.c.month.desc())
    .limit(1)
)
_ROLL = Statement(
    update(MONTHS)
    .where(MONTHS.c.delivery_point_id == POINT, MONTHS.c.month > _MONTH)
    .values(
        opening_m3=MONTHS.c.opening_m3 + bindparam("by_m3"),
        opening_mbtu=MONTHS.c.opening_mbtu + bindparam("by_mbtu"),
        closing_m3=MONTHS.c.closing_m3 + bindparam("by_m3"),
        closing_mbtu=MONTHS.c.closing_mbtu + bindparam("by_mbtu"),
        measured_before=MONTHS.c.measured_before + bindparam("by_days"),
        revision=MONTHS.c.revision + 1,
    )
)


def change(session: Session, *, delivery_point_id: int, month: date, by: Totals) -> None:
    """Add a difference to the month that begins on ``month``, and roll it into the later ones with one UPDATE.

    The row is made at its first need: it opens where the latest earlier one closed. Months without rows need none.
    """
    latest = _LATEST.first(session, point=delivery_point_id, at=month)
    if latest is not None and day_of(latest.month) == month:
        grown = MonthFigures(_totals(latest).plus(by), _gas(latest, "opening"), latest.measured_before)
        values = new({**grown.columns(), "revision": latest.revision + 1})
        UPDATE_MONTH.run(session, point=delivery_point_id, at=month, **values)
    else:
        opening = Gas.zero() if latest is None else _gas(latest, "closing")
        measured = 0 if latest is None else latest.measured_before + latest.measured_days
        values = new({**MonthFigures(by, opening, measured).columns(), "revision": 1})
        INSERT_MONTH.run(session, point=delivery_point_id, at=month, **values)
    moved = by.movement
    if moved != Gas.zero() or by.measured_days:
        by_what = {"by_m3": moved.m3.micro, "by_mbtu": moved.mbtu.micro, "by_days": by.measured_days}
        _ROLL.run(session, point=delivery_point_id, at=month, **by_what)


def _totals(row: Row[*tuple[Any, ...]]) -> Totals:
    return Totals(
        _gas(row, "nominated"),
        _gas(row, "authorised"),
        _gas(row, "consumed"),
        _gas(row, "imbalance"),
        _gas(row, "adjustment"),
        row.measured_days,
    )


def _gas(row: Row[*tuple[Any, ...]], name: str) -> Gas:
    found = gas_of(getattr(row, f"{name}_m3"), getattr(row, f"{name}_mbtu"))
    if found is None:
        raise LookupError(f"a month without {name}")
    return found
