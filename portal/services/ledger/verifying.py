"""The projection compared with what the append-only tables say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from portal.domain.quantities import HeatingValue, Quantity, plain
from portal.models import DeliveryPoint

from .recomputing import Recomputer
from .tables import DAYS, MONTHS

# What the key says, and how often a month was rewritten, cannot be worked out.
_NOT_FIGURES = frozenset({"delivery_point_id", "gas_day", "month", "revision"})


def verify(session: Session) -> str | None:
    """Compare every stored day and month with its recomputation; return None when all agree.

    Else the first difference: point, day or month, column, what is stored and what it should be. Reads one moment of
    the database, so that whoever writes meanwhile does not count as a difference.
    """
    session.rollback()
    if session.get_bind().dialect.name != "sqlite":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        recomputer = Recomputer(session)
        point_ids = list(session.scalars(select(DeliveryPoint.id).order_by(DeliveryPoint.id)))
        for point_id in point_ids:
            point = session.scalars(select(DeliveryPoint).where(DeliveryPoint.id == point_id)).unique().one()
            difference = next(_differences(session, recomputer, point), None)
            if difference is not None:
                return f"delivery point {point.public_id} ({point.name}), {difference}"
        return None
    finally:
        # The next use of the session begins a transaction of the usual kind.
        session.rollback()


def _differences(session: Session, recomputer: Recomputer, point: DeliveryPoint) -> Iterator[str]:
    projection = recomputer.of(point)
    days = {day: figures.columns() for day, figures in projection.days.items()}
    yield from _compare(_stored(session, DAYS, "gas_day", point), days, "gas day {:%Y-%m-%d}")
    months = {month: figures.columns() for month, figures in projection.months.items()}
    yield from _compare(_stored(session, MONTHS, "month", point), months, "month {:%Y-%m}")


def _stored(session: Session, table: Table, key: str, point: DeliveryPoint) -> dict[date, dict[str, Any]]:
    rows = session.execute(select(table).where(table.c.delivery_point_id == point.id).order_by(table.c[key]))
    return {getattr(row[key], "date", row[key]): dict(row) for row in rows.mappings()}


def _compare(
    stored: Mapping[date, Mapping[str, Any]], recomputed: Mapping[date, Mapping[str, Any]], where: str
) -> Iterator[str]:
    for key in sorted(stored.keys() | recomputed.keys()):
        kept, right = stored.get(key), recomputed.get(key)
        if kept is None or right is None:
            yield f"{where.format(key)}: the row is {'missing' if kept is None else 'there without a reason'}"
            continue
        for column, value in right.items():
            if column not in _NOT_FIGURES and kept[column] != value:
                yield f"{where.format(key)}, {column}: {_words(kept[column])} is stored, {_words(value)} is right"


def _words(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, HeatingValue):
        return plain(value.amount)
    return plain(value) if isinstance(value, Quantity) else str(value)
