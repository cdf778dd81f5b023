"""The statements of closed months compared with what the append-only tables say."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.quantities import Quantity, plain
from portal.models import DeliveryPoint, MonthClosing
from portal.services.ledger.recomputer import Recomputer
from portal.services.store.transactions import one_moment

from .statement import AMOUNTS, hash_of


def verify(session: Session) -> str | None:
    """Recompute every closed month and compare it with the newest version of its statement; None when all agree.

    Else the first difference: point, month, statement, figure, what is frozen and what the rows say now.
    """
    with one_moment(session):
        return next(_differences(session), None)


def _differences(session: Session) -> Iterator[str]:
    recomputer = Recomputer(session)
    rows = session.scalars(
        select(MonthClosing).order_by(MonthClosing.delivery_point_id, MonthClosing.month, MonthClosing.version)
    ).all()
    for point_id, closings in groupby(rows, lambda row: row.delivery_point_id):
        point = session.get_one(DeliveryPoint, point_id)
        projection = recomputer.of(point)
        newest = {closing.month: closing for closing in closings}
        for month, closing in newest.items():
            where = f"delivery point {point.public_id} ({point.name}), {closing.statement_number} of {month:%Y-%m}"
            days = {day: row.columns() for day, row in projection.days.items() if day.replace(day=1) == month}
            recomputed = projection.months.get(month)
            if recomputed is None:
                yield f"{where}: the month has no rows"
                continue
            columns = recomputed.columns()
            for name, unit in AMOUNTS.items():
                frozen: Quantity = getattr(closing, name)
                right = Quantity.from_micro(columns[name], unit)
                if frozen != right:
                    yield f"{where}, {name}: {plain(frozen)} is frozen, {plain(right)} is what the rows say"
            if hash_of(days) != closing.days_hash:
                yield f"{where}: its days are not those that were frozen"
