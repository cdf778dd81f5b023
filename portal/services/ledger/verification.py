"""The projection compared with what the append-only tables say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.quantities import HeatingValue, Quantity, Unit, plain
from portal.models import DeliveryPoint
from portal.services.store.statements import Statement, day_of
from portal.services.store.transactions import one_moment

from .recomputer import Recomputer
from .tables import DAYS, MONTHS, POINT

_KEPT_DAYS = Statement(select(DAYS, DAYS.c.gas_day.label("at")).where(DAYS.c.delivery_point_id == POINT))
_KEPT_MONTHS = Statement(select(MONTHS, MONTHS.c.month.label("at")).where(MONTHS.c.delivery_point_id == POINT))


def verify(session: Session) -> str | None:
    """Compare every stored day and month with its recomputation; return None when all agree.

    Else the first difference: point, day or month, column, what is stored and what it should be. Reads one moment of
    the database, so that whoever writes meanwhile does not count as a difference.
    """
    with one_moment(session):
        recomputer = Recomputer(session)
        point_ids = list(session.scalars(select(DeliveryPoint.id).order_by(DeliveryPoint.id)))
        for point_id in point_ids:
            point = session.scalars(select(DeliveryPoint).where(DeliveryPoint.id == point_id)).unique().one()
            difference = next(_differences(session, recomputer, point), None)
            if difference is not None:
                return f"delivery point {point.public_id} ({point.name}), {difference}"
        return None


def _differences(session: Session, recomputer: Recomputer, point: DeliveryPoint) -> Iterator[str]:
    projection = recomputer.of(point)
    days = {day: figures.columns() for day, figures in projection.days.items()}
    yield from _compare(_kept(session, _KEPT_DAYS, point), days, "gas day {:%Y-%m-%d}")
    months = {month: figures.columns() for month, figures in projection.months.items()}
    yield from _compare(_kept(session, _KEPT_MONTHS, point), months, "month {:%Y-%m}")


def _kept(session: Session, statement: Statement, point: DeliveryPoint) -> dict[date, dict[str, Any]]:
    return {day_of(row.at): row._asdict() for row in statement.rows(session, point=point.id)}


def _compare(
    kept: Mapping[date, Mapping[str, Any]], recomputed: Mapping[date, Mapping[str, Any]], where: str
) -> Iterator[str]:
    for key in sorted(kept.keys() | recomputed.keys()):
        have, right = kept.get(key), recomputed.get(key)
        if have is None or right is None:
            yield f"{where.format(key)}: the row is {'missing' if have is None else 'there without a reason'}"
            continue
        for column, value in right.items():
            if have[column] != value:
                is_, should_be = _words(column, have[column]), _words(column, value)
                yield f"{where.format(key)}, {column}: {is_} is stored, {should_be} is right"


def _words(column: str, value: Any) -> str:
    if value is None:
        return "nothing"
    if column.endswith(("_m3", "_mbtu")):
        return plain(Quantity(value, Unit.M3 if column.endswith("_m3") else Unit.MBTU))
    return plain(HeatingValue(value).amount) if column == "heating_value" else str(value)
