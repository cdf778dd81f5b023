"""Rebuild of the projection from the append-only tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import HeatingValue, Quantity, Unit, plain
from portal.models import DeliveryPoint
from portal.services.store.statements import Statement, Stored, day_of
from portal.services.store.transactions import one_moment, transaction

from . import hot, months
from .figures import DayFigures, MonthChange, Totals, find_last_measured
from .judges import list_judges
from .projection import lock
from .queries import read_figures
from .recomputer import Recomputer
from .tables import DAYS, MONTHS, name_parameters

Progress = Callable[[int, int], None]


def rebuild(session: Session, *, progress: Progress | None = None) -> None:
    """Rebuild the projection of every point, in one transaction per point, so that writers wait for one point only.

    ``progress(done, total)`` is called after each point.
    """
    point_ids = list(session.scalars(select(DeliveryPoint.id).order_by(DeliveryPoint.id)))
    recomputer = Recomputer(session)
    for done, point_id in enumerate(point_ids, start=1):
        with transaction(session):
            lock(session, point_id)
            point = session.scalars(select(DeliveryPoint).where(DeliveryPoint.id == point_id)).unique().one()
            _write(session, recomputer, point)
        if progress is not None:
            progress(done, len(point_ids))


def rebuild_point(session: Session, *, delivery_point: DeliveryPoint) -> None:
    """Rebuild the projection of one point, inside the caller's transaction."""
    session.flush()
    lock(session, delivery_point.id)
    _write(session, Recomputer(session), delivery_point)


def _write(session: Session, recomputer: Recomputer, point: DeliveryPoint) -> None:
    projection = recomputer.of(point)
    # Higher than any before: data cached under an old revision of a month must not match the new row.
    revision = session.scalar(select(func.max(MONTHS.c.revision)).where(MONTHS.c.delivery_point_id == point.id))
    for table in (DAYS, MONTHS):
        session.execute(delete(table).where(table.c.delivery_point_id == point.id))
    insert_days(session, point, projection.days)
    hot.INSERT_MONTH.run_many(
        session,
        (
            {"point": point.id, "at": month, "new_revision": (revision or 0) + 1, **name_parameters(figures.columns())}
            for month, figures in projection.months.items()
        ),
    )


_INSERTED = ("point", "at", *name_parameters(dict.fromkeys(DayFigures._fields)))


def rewrite_range(
    session: Session, *, delivery_point: DeliveryPoint, first: GasDay, last: GasDay, recomputer: Recomputer
) -> None:
    """Rewrite a point's account for every day from ``first`` to ``last``, as ``rewrite_day`` for each.

    Inside the caller's transaction, after its rows were written. ``recomputer`` caches heating values: use one for all
    the points of an import.
    """
    session.flush()
    point_id = delivery_point.id
    lock(session, point_id)
    right = recomputer.days(delivery_point, first=first.date, last=last.date)
    kept = {
        day_of(row.gas_day): read_figures(row)
        for row in hot.KEPT.rows(session, point=point_id, first=first.date, last=last.date)
    }
    changed = {day: figures for day, figures in right.items() if kept.get(day) != figures} if kept else right
    if not changed:
        return
    insert_days(session, delivery_point, {day: figures for day, figures in changed.items() if day not in kept})
    hot.UPDATE_DAY.run_many(
        session,
        (
            {"point": point_id, "at": day, **name_parameters(figures.columns())}
            for day, figures in changed.items()
            if day in kept
        ),
    )
    judges = list_judges(session, delivery_point)
    before = _by_month({day: figures for day, figures in kept.items() if day in changed})
    changes: dict[date, MonthChange] = {}
    for month, days in _by_month(changed).items():
        judge = judges(month)
        had = Totals.sum_of([figures for _, figures in before.get(month, ())], judge)
        by = Totals.sum_of([figures for _, figures in days], judge).minus(had)
        changes[month] = MonthChange(by, find_last_measured(days, judge), judge)
    months.change_many(session, delivery_point_id=point_id, changes=changes)


def _by_month(days: Mapping[date, DayFigures]) -> dict[date, list[tuple[date, DayFigures]]]:
    found: dict[tuple[int, int], list[tuple[date, DayFigures]]] = defaultdict(list)
    for day, figures in days.items():
        found[day.year, day.month].append((day, figures))
    return {date(*month, 1): of_month for month, of_month in found.items()}


def insert_days(session: Session, point: DeliveryPoint, days: Mapping[date, DayFigures]) -> None:
    """Insert the rows of days without one."""
    stored, point_id = Stored(session.connection()), point.id
    hot.INSERT_DAY.run_rows(
        session, _INSERTED, [(point_id, stored.day(day), *figures) for day, figures in days.items()]
    )


def verify(session: Session) -> str | None:
    """Compare every stored day and month with its recomputation; return None if all agree.

    Otherwise the first difference: point, day or month, column, stored value and right value. Reads one snapshot of the
    database, so that concurrent writes are no difference.
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
    yield from _compare(_kept(session, hot.KEPT_DAYS, point), days, "gas day {:%Y-%m-%d}")
    months = {month: figures.columns() for month, figures in projection.months.items()}
    yield from _compare(_kept(session, hot.KEPT_MONTHS, point), months, "month {:%Y-%m}")


def _kept(session: Session, statement: Statement, point: DeliveryPoint) -> dict[date, dict[str, Any]]:
    return {day_of(row.at): _read_days(row._asdict()) for row in statement.rows(session, point=point.id)}


def _read_days(row: dict[str, Any]) -> dict[str, Any]:
    last = row.get("last_measured_on")
    return row if last is None else {**row, "last_measured_on": day_of(last)}


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
