"""One day rewritten: its row, its month by the difference, and what that moves in the months after it."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, insert, select, true, update
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import Gas, Unit
from portal.models import (
    Adjustment,
    Authorisation,
    DailyBalance,
    DailyHeatingValue,
    DeliveryPoint,
    Nomination,
    NominationHead,
    Reading,
)
from portal.services import heating_values

from .figures import DayFigures, MonthFigures, Sources, Totals, gas_of
from .tables import DAYS, MONTHS


def rewrite_day(session: Session, *, delivery_point: DeliveryPoint, gas_day: GasDay) -> None:
    """Bring the account of a point up to date with what the append-only tables say of ``gas_day``.

    Inside the caller's transaction, after its rows were written. Nothing changes when the figures are the same.

    Seven statements at most, whatever the history. Writers of one point wait for each other: on SQLite at BEGIN, on
    PostgreSQL by a lock on the delivery point's row (``FOR NO KEY UPDATE``, which lets rows that refer to the point
    be inserted meanwhile). Whoever rewrites several points does it in the order of their ids, else two may deadlock.
    """
    session.flush()
    lock(session, delivery_point.id)
    found = _read(session, delivery_point.id, gas_day)
    old, sources = _stored(found), _sources(found, delivery_point.unit)
    if sources.is_empty:
        # What is append-only does not vanish: a day without sources never had a row.
        return
    heating_value = heating_values.in_force(session, exit_point_id=delivery_point.exit_point_id, gas_day=gas_day)
    new = DayFigures.of(sources, heating_value)
    if new == old:
        return
    _write_day(session, delivery_point.id, gas_day, new, is_new=old is None)
    change = Totals.of(new).minus(Totals.of(old))
    _change_month(session, delivery_point.id, Month.of(gas_day), change)


def rewrite_conversions(session: Session, *, exit_point_id: int, gas_day: GasDay) -> None:
    """Rewrite every day that the heating value of ``gas_day`` converts, at all points of the exit point.

    Those are the day itself and the days after it, also those to come, up to the next one with a value of its own.
    Inside the caller's transaction, after the heating value was written.
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
    ).unique()
    for point, day in days.all():
        rewrite_day(session, delivery_point=point, gas_day=day)


def lock(session: Session, delivery_point_id: int) -> None:
    """Hold the account of a point until the caller's transaction ends; SQLite's own write lock does already.

    Taken alone, so that the statements after it see what the transaction it waited for wrote.
    """
    if session.get_bind().dialect.name != "sqlite":
        session.execute(
            select(DeliveryPoint.id).where(DeliveryPoint.id == delivery_point_id).with_for_update(key_share=True)
        )


def _read(session: Session, point_id: int, gas_day: GasDay) -> Row[Any]:
    """Return in one row what is in force for the day, and what the projection says of it now."""

    def of_the_day(table: Any) -> ColumnElement[bool]:
        return and_(table.delivery_point_id == point_id, table.gas_day == gas_day)

    def newest(table: Any) -> ColumnElement[bool]:
        latest = select(func.max(table.version)).where(of_the_day(table)).correlate(None).scalar_subquery()
        return and_(of_the_day(table), table.version == latest)

    moved = (
        select(
            func.sum(Adjustment.quantity_m3).label("moved_m3"),
            func.sum(Adjustment.quantity_mbtu).label("moved_mbtu"),
        )
        .where(of_the_day(Adjustment))
        .subquery()
    )
    return session.execute(
        select(
            Nomination.unit.label("signed_unit"),
            Nomination.quantity_m3.label("signed_m3"),
            Nomination.quantity_mbtu.label("signed_mbtu"),
            Nomination.revision,
            Authorisation.quantity_m3.label("allowed_m3"),
            Authorisation.quantity_mbtu.label("allowed_mbtu"),
            Authorisation.cut_reason.label("cut"),
            Reading.volume_m3,
            Reading.state,
            moved.c.moved_m3,
            moved.c.moved_mbtu,
            DAYS,
        )
        .select_from(DeliveryPoint)
        .outerjoin(NominationHead, of_the_day(NominationHead))
        .outerjoin(Nomination, Nomination.id == NominationHead.nomination_id)
        .outerjoin(Authorisation, newest(Authorisation))
        .outerjoin(Reading, newest(Reading))
        .outerjoin(moved, true())
        .outerjoin(DailyBalance, of_the_day(DailyBalance))
        .where(DeliveryPoint.id == point_id)
    ).one()


def _sources(found: Row[Any], unit: Unit) -> Sources:
    signed, allowed = gas_of(found.signed_m3, found.signed_mbtu), gas_of(found.allowed_m3, found.allowed_mbtu)
    return Sources(
        nominated=None if signed is None else signed.in_unit(found.signed_unit),
        nomination_revision=found.revision,
        authorised=None if allowed is None else allowed.in_unit(unit),
        cut_reason=found.cut,
        consumed=found.volume_m3,
        reading_state=found.state,
        adjustment=gas_of(found.moved_m3, found.moved_mbtu),
    )


def _stored(found: Row[Any]) -> DayFigures | None:
    if found.delivery_point_id is None:
        return None
    return DayFigures(
        gas_of(found.nominated_m3, found.nominated_mbtu),
        found.nomination_revision,
        gas_of(found.authorised_m3, found.authorised_mbtu),
        found.cut_reason,
        gas_of(found.consumed_m3, found.consumed_mbtu),
        found.reading_state,
        found.heating_value,
        found.heating_value_provisional,
        Gas(found.adjustment_m3, found.adjustment_mbtu),
    )


def _write_day(session: Session, point_id: int, gas_day: GasDay, figures: DayFigures, *, is_new: bool) -> None:
    if is_new:
        session.execute(insert(DAYS).values(delivery_point_id=point_id, gas_day=gas_day, **figures.columns()))
        return
    session.execute(
        update(DAYS).where(DAYS.c.delivery_point_id == point_id, DAYS.c.gas_day == gas_day).values(**figures.columns())
    )


def _change_month(session: Session, point_id: int, month: Month, change: Totals) -> None:
    """Add the change to the month's row, made when missing, and roll what it moves into the later months."""
    first = month.first.date
    latest = session.execute(
        select(MONTHS)
        .where(MONTHS.c.delivery_point_id == point_id, MONTHS.c.month <= first)
        .order_by(MONTHS.c.month.desc())
        .limit(1)
    ).one_or_none()
    if latest is not None and latest.month == first:
        grown = MonthFigures(_totals(latest).plus(change), _opening(latest), latest.measured_before)
        session.execute(
            update(MONTHS)
            .where(MONTHS.c.delivery_point_id == point_id, MONTHS.c.month == first)
            .values(**grown.columns(), revision=latest.revision + 1)
        )
    else:
        opening = Gas.zero() if latest is None else Gas(latest.closing_m3, latest.closing_mbtu)
        measured = 0 if latest is None else latest.measured_before + latest.measured_days
        new = MonthFigures(change, opening, measured)
        session.execute(insert(MONTHS).values(delivery_point_id=point_id, month=first, **new.columns(), revision=1))
    _roll(session, point_id, first, change)


def _roll(session: Session, point_id: int, month: date, change: Totals) -> None:
    moved = change.movement
    if moved == Gas.zero() and not change.measured_days:
        return
    session.execute(
        update(MONTHS)
        .where(MONTHS.c.delivery_point_id == point_id, MONTHS.c.month > month)
        .values(
            opening_m3=MONTHS.c.opening_m3 + moved.m3,
            opening_mbtu=MONTHS.c.opening_mbtu + moved.mbtu,
            closing_m3=MONTHS.c.closing_m3 + moved.m3,
            closing_mbtu=MONTHS.c.closing_mbtu + moved.mbtu,
            measured_before=MONTHS.c.measured_before + change.measured_days,
            revision=MONTHS.c.revision + 1,
        )
    )


def _totals(row: Row[Any]) -> Totals:
    return Totals(
        Gas(row.nominated_m3, row.nominated_mbtu),
        Gas(row.authorised_m3, row.authorised_mbtu),
        Gas(row.consumed_m3, row.consumed_mbtu),
        Gas(row.imbalance_m3, row.imbalance_mbtu),
        Gas(row.adjustment_m3, row.adjustment_mbtu),
        row.measured_days,
    )


def _opening(row: Row[Any]) -> Gas:
    return Gas(row.opening_m3, row.opening_mbtu)
