"""Rewriting of one day: its row, its month by the difference, and the later months."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.models import DailyBalance, DailyHeatingValue, DeliveryPoint
from portal.services.ledger import heating_values
from portal.services.ledger.heating_values import HeatingValueInForce

from . import hot, months
from .figures import Coming, DayFigures, Judge, MonthChange, Totals, find_last_measured
from .queries import load_day
from .tables import POINT, name_parameters

_LOCK = select(DeliveryPoint.id).where(DeliveryPoint.id == POINT).with_for_update(key_share=True)


def rewrite_day(
    session: Session,
    *,
    delivery_point: DeliveryPoint,
    gas_day: GasDay,
    heating_value: HeatingValueInForce | None = None,
    coming: Coming | None = None,
) -> None:
    """Rewrite a point's account for ``gas_day`` from the append-only tables.

    Inside the caller's transaction, after its rows were written. Changes nothing if the figures are the same.
    ``heating_value`` is that of the day, from callers that have read it in this transaction. ``coming`` is a revision
    that this transaction puts in force later: what everybody waits for (its number, the chain) is then locked after.

    Six statements at most, whatever the history. Writers of one point wait for each other: on SQLite at BEGIN, on
    PostgreSQL by a lock on the delivery point's row (``FOR NO KEY UPDATE``, which lets rows that refer to the point be
    inserted meanwhile). Transactions that lock in different orders may deadlock: rewrite several points in the order of
    their ids, and record audit events after, not before.
    """
    session.flush()
    point_id, day = delivery_point.id, gas_day.date
    lock(session, point_id)
    stands = load_day(session, delivery_point_id=point_id, unit=delivery_point.unit, day=day, coming=coming)
    sources, old = stands.sources, stands.figures
    if delivery_point.handed_on is not None and gas_day >= delivery_point.handed_on:
        sources = sources._replace(measured=None)
    if sources.is_empty and old is None:
        return
    # The day of a cancelled nomination keeps its row, with empty figures.
    in_force = heating_value or heating_values.find_in_force(
        session, exit_point_id=delivery_point.exit_point_id, gas_day=gas_day, delivery_point_id=point_id
    )
    figures = DayFigures.of(
        sources,
        unit=delivery_point.unit,
        heating_value=in_force.value.milli,
        provisional=in_force.provisional,
    )
    if figures == old:
        return
    write = hot.INSERT_DAY if old is None else hot.UPDATE_DAY
    write.run(session, point=point_id, at=day, **name_parameters(figures.columns()))
    month = day.replace(day=1)
    judge = Judge(delivery_point.unit, stands.tolerance)
    by = Totals.of(figures, judge).minus(Totals.of(old, judge))
    change = MonthChange(by, find_last_measured([(day, figures)], judge), judge)
    months.change(session, delivery_point_id=point_id, month=month, change=change, latest=stands.latest_month)


def rewrite_conversions(session: Session, *, exit_point_id: int, gas_day: GasDay) -> None:
    """Rewrite every day that the heating value of ``gas_day`` converts, at all points of the exit point.

    These are the day itself and later days, including future ones, up to the next with a value of its own. Inside the
    caller's transaction, after the heating value was written.
    """
    session.flush()
    next_known = session.scalar(
        select(func.min(DailyHeatingValue.gas_day)).where(
            DailyHeatingValue.exit_point_id == exit_point_id, DailyHeatingValue.gas_day > gas_day
        )
    )
    until: list[ColumnElement[bool]] = [] if next_known is None else [DailyBalance.gas_day < next_known]
    days = session.execute(
        select(DeliveryPoint, DailyBalance.gas_day)
        .join(DailyBalance, DailyBalance.delivery_point_id == DeliveryPoint.id)
        .where(DeliveryPoint.exit_point_id == exit_point_id, DailyBalance.gas_day >= gas_day, *until)
        .order_by(DeliveryPoint.id, DailyBalance.gas_day)
    )
    for point, day in days.unique().all():
        rewrite_day(session, delivery_point=point, gas_day=day)


def lock(session: Session, delivery_point_id: int) -> None:
    """Lock the account of a point until the caller's transaction ends; on SQLite its write lock does so already.

    A statement of its own, so that later ones see the rows of the transaction it waited for.
    """
    if session.get_bind().dialect.name != "sqlite":
        session.connection().execute(_LOCK, {"point": delivery_point_id})


def lock_points(session: Session, delivery_point_ids: Iterable[int]) -> None:
    """Lock the accounts of these points, in the order of their ids; as ``lock``."""
    for delivery_point_id in sorted(delivery_point_ids):
        lock(session, delivery_point_id)


def lock_all(session: Session) -> None:
    """Lock every account, in the order of their ids; as ``lock``."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(select(DeliveryPoint.id).order_by(DeliveryPoint.id).with_for_update(key_share=True))
