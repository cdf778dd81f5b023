"""Rows behind a sheet, in one unit, as stored (millionths)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Row, bindparam, func, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import Month
from portal.domain.quantities import Unit
from portal.models import DailyBalance, MonthlyBalance
from portal.services.store.statements import Statement, day_of

# With more concurrent writers than this on a month of a point, days and opening may be of different moments.
ATTEMPTS = 5


class Stamp(NamedTuple):
    """A month's row, or that of the latest month before it: everything behind a sheet of the month besides its days.

    Any change of a day changes ``revision`` here, so that equal stamps mean equal sheets.
    """

    month: date
    revision: int
    opening: int
    closing: int
    nominated: int
    authorised: int
    consumed: int
    imbalance: int
    adjustment: int
    measured_days: int
    measured_before: int


class DayRow(NamedTuple):
    """A day of the projection; ``revision`` is that of its month at the moment of reading.

    ``judged_due`` and ``judged_consumed`` are in the unit in which the contract's tolerance is judged.
    """

    day: date
    nominated: int | None
    authorised: int | None
    consumed: int | None
    adjustment: int
    reading_state: str | None
    cut_reason: str | None
    heating_value: int | None
    heating_value_provisional: bool
    judged_due: int | None
    judged_consumed: int | None
    revision: int


def in_unit(unit: Unit, model: type[DailyBalance] | type[MonthlyBalance], *names: str) -> list[Any]:
    """Return the columns of these figures in ``unit``, each under its own name."""
    return [getattr(model, f"{name}_{unit.name.lower()}").label(name) for name in names]


_NONE: Sequence[Row[*tuple[Any, ...]]] = ()

_POINT: BindParameter[int] = bindparam("point")
_FIRST: BindParameter[date] = bindparam("first")
_LAST: BindParameter[date] = bindparam("last")

_STAMPS = {
    unit: Statement(
        select(
            MonthlyBalance.month,
            MonthlyBalance.revision,
            *in_unit(unit, MonthlyBalance, "opening", "closing", "nominated", "authorised", "consumed"),
            *in_unit(unit, MonthlyBalance, "imbalance", "adjustment"),
            MonthlyBalance.measured_days,
            MonthlyBalance.measured_before,
        )
        .where(MonthlyBalance.delivery_point_id == _POINT, MonthlyBalance.month <= _FIRST)
        .order_by(MonthlyBalance.month.desc())
        .limit(1)
    )
    for unit in Unit
}
_DAYS = {
    (unit, judged): Statement(
        select(
            DailyBalance.gas_day,
            *in_unit(unit, DailyBalance, "nominated", "authorised", "consumed", "adjustment"),
            DailyBalance.reading_state,
            DailyBalance.cut_reason,
            DailyBalance.heating_value,
            DailyBalance.heating_value_provisional,
            func.coalesce(*in_unit(judged, DailyBalance, "authorised", "nominated")).label("judged_due"),
            getattr(DailyBalance, f"consumed_{judged.name.lower()}").label("judged_consumed"),
            select(MonthlyBalance.revision)
            .where(MonthlyBalance.delivery_point_id == _POINT, MonthlyBalance.month == _FIRST)
            .scalar_subquery()
            .label("revision"),
        )
        .where(DailyBalance.delivery_point_id == _POINT, DailyBalance.gas_day.between(_FIRST, _LAST))
        .order_by(DailyBalance.gas_day)
    )
    for unit in Unit
    for judged in Unit
}


def stamp(session: Session, *, delivery_point_id: int, unit: Unit, month: Month) -> Stamp | None:
    """Return the stamp of a month; None when the point has no figures in it or before it."""
    row = _STAMPS[unit].first(session, point=delivery_point_id, first=month.first.date)
    return None if row is None else Stamp(day_of(row[0]), *row[1:])


def month_rows(
    session: Session, *, delivery_point_id: int, unit: Unit, judged: Unit, month: Month, stamped: Stamp | None
) -> tuple[Stamp | None, list[DayRow]]:
    """Return the days of a month with figures, and their stamp.

    ``stamped`` is tried first. When a write fell between the two queries, both run again: that happens on
    PostgreSQL only, as a transaction of SQLite reads one moment.
    """
    known, rows = stamped, _NONE
    for _ in range(ATTEMPTS):
        known = known or stamp(session, delivery_point_id=delivery_point_id, unit=unit, month=month)
        rows = _DAYS[unit, judged].rows(session, point=delivery_point_id, first=month.first.date, last=month.last.date)
        of_rows = rows[0].revision if rows else None
        if of_rows == (known.revision if known is not None and known.month == month.first.date else None):
            break
        known = None
    return known, [DayRow(day_of(row[0]), *row[1:]) for row in rows]
