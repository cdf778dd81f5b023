"""Statement of a month, made of the account at that moment: the month's figures and a hash of its days."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import BOGOTA, GasDay, Month
from portal.domain.quantities import Quantity, Unit, plain
from portal.domain.readings import ReadingState
from portal.models import DeliveryPoint, MonthClosing
from portal.services.ledger.recomputer import Recomputer
from portal.services.ledger.tables import DAYS, MONTHS
from portal.services.points.service_days import list_missing_days
from portal.services.store import filing
from portal.services.store.acts import Act
from portal.services.store.statements import day_of
from portal.services.store.transactions import one_moment
from portal.services.trace import audit

from . import hot
from .checks import find_closed_months

FIGURES = ("nominated", "authorised", "consumed", "imbalance", "adjustment", "opening", "closing")
AMOUNTS = {f"{figure}_{unit.name.lower()}": unit for figure in FIGURES for unit in Unit}
_UNCERTAIN = (ReadingState.PROVISIONAL, ReadingState.ESTIMATED)
_HASHED = tuple([column.name for column in DAYS.c if column.name not in ("delivery_point_id", "gas_day")])


def list_measured_days(session: Session, *, delivery_point_id: int, month: Month) -> set[GasDay]:
    """Return the days of the month with a consumption."""
    return {
        GasDay(day_of(row.gas_day))
        for row in hot.DAYS_OF_MONTH.rows(
            session, point=delivery_point_id, first=month.first.date, last=month.last.date
        )
        if row.consumed_m3 is not None
    }


def list_stated_months(session: Session, *, delivery_point_id: int, first: Month, last: Month) -> list[Month]:
    """Return the months from ``first`` to ``last`` that have a statement of their own, in order."""
    rows = session.scalars(
        select(MonthClosing.month)
        .where(
            MonthClosing.delivery_point_id == delivery_point_id,
            MonthClosing.month.between(first.first.date, last.first.date),
        )
        .distinct()
        .order_by(MonthClosing.month)
    )
    return [Month.of(GasDay(month)) for month in rows]


def make(act: Act, *, point: DeliveryPoint, month: Month, reason: str | None, closed_by_id: int | None) -> MonthClosing:
    """Add the next version of a month's statement, inside the caller's transaction, which holds the account."""
    session = act.session
    row = (
        session.connection()
        .execute(select(MONTHS).where(MONTHS.c.delivery_point_id == point.id, MONTHS.c.month == month.first.date))
        .first()
    )
    if row is None:
        raise LookupError(f"the account of delivery point {point.id} has no month {month}")
    days = hot.DAYS_OF_MONTH.rows(session, point=point.id, first=month.first.date, last=month.last.date)
    measured = {GasDay(day_of(day.gas_day)) for day in days if day.consumed_m3 is not None}
    known = session.scalar(
        select(func.max(MonthClosing.version)).where(
            MonthClosing.delivery_point_id == point.id, MonthClosing.month == month.first.date
        )
    )
    closing = MonthClosing(
        statement_number=filing.take_next_number(
            session, series=act.distributor.statement_series, year=act.now.astimezone(BOGOTA).year
        ),
        delivery_point_id=point.id,
        month=month.first.date,
        version=(known or 0) + 1,
        **{name: getattr(row, name) for name in AMOUNTS},
        measured_days=row.measured_days,
        missing_days=len(list_missing_days(point, month, measured=measured)),
        provisional_days=sum([day.reading_state in _UNCERTAIN for day in days]),
        days_hash=hash_of({day_of(day.gas_day): day._asdict() for day in days}),
        reason=reason,
        closed_at=act.now,
        closed_by_id=closed_by_id,
    )
    session.add(closing)
    session.flush()
    return closing


def hash_of(days: Mapping[date, Mapping[str, Any]]) -> bytes:
    """Return the SHA-256 of daily rows in the order of their days, the same on both databases."""
    listed = [[day.isoformat(), *[_plain(row[name]) for name in _HASHED]] for day, row in sorted(days.items())]
    return hashlib.sha256(json.dumps(listed, separators=(",", ":")).encode()).digest()


def _plain(value: object) -> object:
    # SQLite has no booleans.
    return int(value) if isinstance(value, bool) else value


def state_again(act: Act, *, point: DeliveryPoint, gas_day: GasDay, reason: str) -> dict[Month, MonthClosing]:
    """Give the month of ``gas_day`` and every later closed one the next version of its statement.

    Their openings moved too. Inside the caller's transaction, which holds the account and has rewritten it.
    """
    last = find_closed_months(act.session, delivery_point_ids=[point.id])[point.id]
    stated: dict[Month, MonthClosing] = {}
    for month in list_stated_months(act.session, delivery_point_id=point.id, first=Month.of(gas_day), last=last):
        closing = make(act, point=point, month=month, reason=reason[:500], closed_by_id=act.actor.user_id)
        stated[month] = closing
        audit.record(
            act,
            event=AuditEvent.MONTH_RESTATED,
            subject=closing.statement_number,
            company_id=point.contract.company_id,
            details={"delivery_point": point.public_id, "month": month.first.isoformat()[:7]},
        )
    return stated


def verify(session: Session) -> str | None:
    """Recompute every closed month and compare it with the newest version of its statement; None if all agree.

    Otherwise the first difference: point, month, statement, figure, frozen value and present value.
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
