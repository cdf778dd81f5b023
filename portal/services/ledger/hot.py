"""Prepared statements of this package, each with its measured gain: CPU of one run on SQLite (adr/0110)."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Insert,
    Integer,
    Table,
    Update,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    insert,
    select,
    text,
    true,
    update,
)
from sqlalchemy.orm import aliased

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Unit
from portal.domain.settings import SettingName
from portal.models import (
    Adjustment,
    Authorisation,
    Contract,
    DailyHeatingValue,
    DeliveryPoint,
    LateDecision,
    LateHeatingEffect,
    LateHeatingValue,
    Nomination,
    NominationHead,
    Reading,
    SettingRow,
)
from portal.services.store.statements import RawDay, RawMoment, Statement, is_listed

from .tables import DAYS, KEY, MONTHS, POINT

MONTH: BindParameter[date] = bindparam("at")
# Prepared 152 µs, plain 269 µs: 0.6 % of a signature.
LATEST = Statement(
    select(MONTHS)
    .where(MONTHS.c.delivery_point_id == POINT, MONTHS.c.month <= MONTH)
    .order_by(MONTHS.c.month.desc())
    .limit(1)
)
# Not measured apart: runs in the same transactions.
AFTER = Statement(
    select(MONTHS).where(MONTHS.c.delivery_point_id == POINT, MONTHS.c.month > MONTH).order_by(MONTHS.c.month)
)
# Not measured apart: runs in the same transactions.
ROLL = Statement(
    update(MONTHS)
    .where(MONTHS.c.delivery_point_id == POINT, MONTHS.c.month > MONTH)
    .values(
        opening_m3=MONTHS.c.opening_m3 + bindparam("by_m3"),
        opening_mbtu=MONTHS.c.opening_mbtu + bindparam("by_mbtu"),
        closing_m3=MONTHS.c.closing_m3 + bindparam("by_m3"),
        closing_mbtu=MONTHS.c.closing_mbtu + bindparam("by_mbtu"),
        measured_before=MONTHS.c.measured_before + bindparam("by_days"),
        revision=MONTHS.c.revision + 1,
    )
)


def _named(column: Column[object]) -> str:
    # SQLAlchemy keeps the plain names of columns for itself.
    return KEY.get(column.name, f"new_{column.name}")


def _insert(table: Table) -> Insert:
    return insert(table).values({column: bindparam(_named(column)) for column in table.c})


def _update(table: Table) -> Update:
    key = [column == bindparam(_named(column)) for column in table.primary_key]
    values: dict[Column[object], BindParameter[object]] = {
        column: bindparam(_named(column)) for column in table.c if not column.primary_key
    }
    return update(table).where(*key).values(values)


# Prepared 822 µs, plain 4021 µs: 62.0 % of the rebuild of a point.
INSERT_DAY = Statement(_insert(DAYS))
# Prepared 324 µs, plain 840 µs: 13.1 % of an import of 80 days a point.
UPDATE_DAY = Statement(_update(DAYS))
# Prepared 73 µs, plain 253 µs: 3.5 % of the rebuild of a point.
INSERT_MONTH = Statement(_insert(MONTHS))
# Prepared 26 µs, plain 87 µs: 1.6 % of an import of 80 days a point.
UPDATE_MONTH = Statement(_update(MONTHS))


def is_counted_for(point: BindParameter[int] | int, day: BindParameter[date] | GasDay) -> ColumnElement[bool]:
    """Return the condition of the versions of ``DailyHeatingValue`` that count for a point on a day (adr/0099).

    A version added after a month was closed does not count where the closed days keep the earlier one.
    """
    return ~exists().where(
        LateHeatingValue.heating_value_id == DailyHeatingValue.id,
        LateHeatingEffect.late_heating_value_id == LateHeatingValue.id,
        LateHeatingEffect.delivery_point_id == point,
        LateHeatingEffect.kept_until >= day,
    )


DAY: BindParameter[date] = bindparam("day")
IN_FORCE = (
    select(DailyHeatingValue.heating_value, DailyHeatingValue.gas_day)
    .where(
        DailyHeatingValue.exit_point_id == bindparam("exit_point"),
        DailyHeatingValue.gas_day <= DAY,
        is_counted_for(POINT, DAY),
    )
    .order_by(DailyHeatingValue.gas_day.desc(), DailyHeatingValue.version.desc())
    .limit(1)
)
# Prepared 36 µs, plain 114 µs: 1.0 % of a signature.
HEATING_VALUE = Statement(IN_FORCE)


def _of_the_day(table: Any) -> ColumnElement[bool]:
    return and_(table.delivery_point_id == POINT, table.gas_day == DAY)


def _newest(table: Any) -> ColumnElement[bool]:
    latest = select(func.max(table.version)).where(_of_the_day(table)).correlate(None).scalar_subquery()
    return and_(_of_the_day(table), table.version == latest)


MOVED = (
    select(
        func.sum(Adjustment.quantity_m3).label("moved_m3"),
        func.sum(Adjustment.quantity_mbtu).label("moved_mbtu"),
    )
    .where(_of_the_day(Adjustment))
    .subquery()
)
Withdrawn = aliased(Nomination, name="withdrawn")
WITHDRAWN_AT = (
    select(func.max(Withdrawn.received_at))
    # Same predicate as the partial index; otherwise SQLite scans the table.
    .where(_of_the_day(Withdrawn), text("withdrawn.cancels"))
    .correlate(None)
    .scalar_subquery()
)
_EARLIER = MONTHS.alias("earlier")
_STEP = (
    select(cast(SettingRow.value, Integer))
    .where(
        SettingRow.name == SettingName.TOLERANCE,
        SettingRow.contract_id == Contract.id,
        SettingRow.valid_from <= DAY,
    )
    .order_by(SettingRow.valid_from.desc(), SettingRow.id.desc())
    .limit(1)
    .correlate(Contract)
    .scalar_subquery()
)
_LATEST_MONTH = (
    select(func.max(_EARLIER.c.month))
    .where(_EARLIER.c.delivery_point_id == POINT, _EARLIER.c.month <= bindparam("month_of_day"))
    .scalar_subquery()
)
# Prepared 86 µs, plain 315 µs: 2.8 % of a signature.
DAY_AS_IT_STANDS = Statement(
    select(
        Nomination.unit.label("signed_unit"),
        Nomination.quantity_m3.label("signed_m3"),
        Nomination.quantity_mbtu.label("signed_mbtu"),
        Nomination.revision,
        Authorisation.quantity_m3.label("allowed_m3"),
        Authorisation.quantity_mbtu.label("allowed_mbtu"),
        Authorisation.cut_reason.label("cut"),
        Authorisation.revision.label("allowed_for"),
        Authorisation.recorded_at.label("allowed_at"),
        # Since when the present state holds: a late nomination's acceptance; the withdrawal, if none is in force.
        case(
            (Nomination.id.is_not(None), func.coalesce(LateDecision.decided_at, Nomination.received_at)),
            else_=WITHDRAWN_AT,
        ).label("since"),
        Reading.volume_m3,
        Reading.state,
        MOVED.c.moved_m3,
        MOVED.c.moved_mbtu,
        func.coalesce(_STEP, Contract.tolerance_basis_points).label("tolerance"),
        DAYS,
        *[column.label(f"month_{column.name}") for column in MONTHS.c],
    )
    .select_from(DeliveryPoint)
    .join(Contract, Contract.id == DeliveryPoint.contract_id)
    .outerjoin(NominationHead, _of_the_day(NominationHead))
    .outerjoin(Nomination, Nomination.id == NominationHead.nomination_id)
    .outerjoin(LateDecision, LateDecision.nomination_id == Nomination.id)
    .outerjoin(Authorisation, _newest(Authorisation))
    .outerjoin(Reading, _newest(Reading))
    .outerjoin(MOVED, true())
    .outerjoin(DAYS, _of_the_day(DAYS.c))
    .outerjoin(MONTHS, and_(MONTHS.c.delivery_point_id == POINT, MONTHS.c.month == _LATEST_MONTH))
    .where(DeliveryPoint.id == POINT)
)

# Not measured apart: once for the rebuild of a point, and for each of its ranges.
TOLERANCES = Statement(
    select(Contract.tolerance_basis_points, SettingRow.valid_from, SettingRow.value)
    .outerjoin(SettingRow, and_(SettingRow.contract_id == Contract.id, SettingRow.name == SettingName.TOLERANCE))
    .where(Contract.id == bindparam("contract"))
    .order_by(SettingRow.id)
)

FIRST: BindParameter[date] = bindparam("first")
LAST: BindParameter[date] = bindparam("last")


class NominationRow(NamedTuple):
    """A nomination in force; amounts in millionths."""

    gas_day: RawDay
    unit: str
    quantity_m3: int
    quantity_mbtu: int
    revision: int
    received_at: RawMoment


# Prepared 275 µs, plain 1813 µs: 29.8 % of the rebuild of a point.
NOMINATIONS = Statement(
    select(
        NominationHead.gas_day,
        Nomination.unit,
        Nomination.quantity_m3.expression,
        Nomination.quantity_mbtu.expression,
        Nomination.revision,
        Nomination.received_at,
    )
    .join(Nomination, Nomination.id == NominationHead.nomination_id)
    .where(NominationHead.delivery_point_id == POINT, NominationHead.gas_day.between(FIRST, LAST))
)


class CancelledRow(NamedTuple):
    """A day whose nomination was cancelled, and when the last cancellation arrived."""

    gas_day: RawDay
    at: RawMoment


# Prepared 40 µs, plain 124 µs: 1.6 % of the rebuild of a point.
CANCELLED = Statement(
    select(Nomination.gas_day, func.max(Nomination.received_at).label("at"))
    .where(
        # Same predicate as the partial index; otherwise SQLite scans the table.
        Nomination.delivery_point_id == POINT,
        Nomination.gas_day.between(FIRST, LAST),
        text("nominations.cancels"),
    )
    .group_by(Nomination.gas_day)
)


class AcceptedLateRow(NamedTuple):
    """A late nomination that was decided on."""

    gas_day: RawDay
    revision: int
    decided_at: RawMoment


# Prepared 67 µs, plain 153 µs: 1.7 % of the rebuild of a point.
ACCEPTED_LATE = Statement(
    select(Nomination.gas_day, Nomination.revision, LateDecision.decided_at)
    .join(LateDecision, LateDecision.nomination_id == Nomination.id)
    .where(Nomination.delivery_point_id == POINT, Nomination.gas_day.between(FIRST, LAST), text("nominations.is_late"))
)


class AuthorisationRow(NamedTuple):
    """A version of an authorised quantity; amounts in millionths."""

    gas_day: RawDay
    quantity_m3: int
    quantity_mbtu: int
    cut_reason: str | None
    revision: int | None
    recorded_at: RawMoment


# Prepared 244 µs, plain 1551 µs: 25.3 % of the rebuild of a point.
AUTHORISATIONS = Statement(
    select(
        Authorisation.gas_day,
        Authorisation.quantity_m3.expression,
        Authorisation.quantity_mbtu.expression,
        Authorisation.cut_reason,
        Authorisation.revision,
        Authorisation.recorded_at,
    )
    .where(Authorisation.delivery_point_id == POINT, Authorisation.gas_day.between(FIRST, LAST))
    .order_by(Authorisation.gas_day, Authorisation.version)
)


class ReadingRow(NamedTuple):
    """A version of a reading; its volume in millionths of m³."""

    gas_day: RawDay
    volume_m3: int
    state: str


# Prepared 219 µs, plain 1178 µs: 18.6 % of the rebuild of a point.
READINGS = Statement(
    select(Reading.gas_day, Reading.volume_m3.expression, Reading.state)
    .where(Reading.delivery_point_id == POINT, Reading.gas_day.between(FIRST, LAST))
    .order_by(Reading.gas_day, Reading.version)
)


class AdjustmentRow(NamedTuple):
    """An adjustment of a day; amounts in millionths."""

    gas_day: RawDay
    quantity_m3: int
    quantity_mbtu: int


# Prepared 25 µs, plain 101 µs: 1.5 % of the rebuild of a point.
ADJUSTMENTS = Statement(
    select(Adjustment.gas_day, Adjustment.quantity_m3.expression, Adjustment.quantity_mbtu.expression).where(
        Adjustment.delivery_point_id == POINT, Adjustment.gas_day.between(FIRST, LAST)
    )
)
# Prepared 106 µs, plain 422 µs: 8.0 % of an import of 80 days a point.
KEPT = Statement(select(DAYS).where(DAYS.c.delivery_point_id == POINT, DAYS.c.gas_day.between(FIRST, LAST)))
# Prepared 505 µs, plain 2764 µs: 39.2 % of the check of a point.
KEPT_DAYS = Statement(select(DAYS, DAYS.c.gas_day.label("at")).where(DAYS.c.delivery_point_id == POINT))
# Prepared 78 µs, plain 174 µs: 1.7 % of the check of a point.
KEPT_MONTHS = Statement(select(MONTHS, MONTHS.c.month.label("at")).where(MONTHS.c.delivery_point_id == POINT))


class StampRow(NamedTuple):
    """The months of an account and the sum of their revisions."""

    delivery_point_id: int
    months: int
    revisions: int


# Prepared 65 µs, plain 78 µs: 0.2 % of the start page.
STAMPS = Statement(
    select(MONTHS.c.delivery_point_id, func.count().label("months"), func.sum(MONTHS.c.revision).label("revisions"))
    .where(is_listed(MONTHS.c.delivery_point_id), MONTHS.c.month >= bindparam("since"))
    .group_by(MONTHS.c.delivery_point_id)
)


class UsageRow(NamedTuple):
    """A day of an account in the unit of its point, in millionths."""

    delivery_point_id: int
    gas_day: RawDay
    reading_state: str | None
    nominated: int | None
    authorised: int | None
    consumed: int | None


def _own(name: str) -> ColumnElement[Any]:
    """Return the figure of this name in the unit of the point."""
    return case((DeliveryPoint.unit == Unit.M3, DAYS.c[f"{name}_m3"]), else_=DAYS.c[f"{name}_mbtu"]).label(name)


# Prepared 4663 µs, plain 9250 µs: 14.0 % of the start page with nothing kept.
USAGE = Statement(
    select(
        DAYS.c.delivery_point_id,
        DAYS.c.gas_day,
        DAYS.c.reading_state,
        _own("nominated"),
        _own("authorised"),
        _own("consumed"),
    )
    .select_from(DAYS)
    .join(DeliveryPoint, DeliveryPoint.id == DAYS.c.delivery_point_id)
    .where(is_listed(DAYS.c.delivery_point_id), DAYS.c.gas_day.between(FIRST, LAST))
)
