"""Standings of points on a gas day as one table expression, worked out from the rows of its month.

A month's row holds the account at its end; what was measured or moved after the day is taken off again. On the last day
with readings, which the page shows by itself, there is nothing to take off but adjustments.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from portal.domain.balance import MOST_STRAIN
from portal.domain.gas_day import GasDay, Month
from portal.domain.modalities import Modality
from portal.domain.quantities import Unit
from portal.domain.settings import SettingName
from portal.models import (
    Adjustment,
    Company,
    Contract,
    DailyBalance,
    DeliveryPoint,
    ExitPoint,
    MonthlyBalance,
    Reading,
    SettingRow,
)
from portal.services.points.service_days import is_served_on
from portal.services.store import point_search


class Filter(NamedTuple):
    """Points that are asked for; an empty value asks for all. ``company`` is a public id, ``gate`` a code."""

    gate: str = ""
    modality: Modality | None = None
    company: str = ""
    text: str = ""


def select_standings(day: GasDay, asked: Filter, *, later: bool, whole: bool, unit: Unit | None = None) -> Any:
    """Return the standings of the points in service on the day that fit, in no order; of all units unless told.

    Of those with figures in the month, which are mostly all of them; the others too if ``whole``, which costs a look
    for each. ``later`` is what ``has_later`` says of the day.
    """
    month = Month.of(day)
    of_row = _later_taken_off if later else _as_it_stands
    found = _filtered(of_row(day, month, unit), day, asked, unit)
    return union_all(found, _filtered(_without_figures(month, unit), day, asked, unit)) if whole else found


def count_served(session: Session, day: GasDay, asked: Filter) -> int:
    """Return how many points in service on the day fit, with figures in the month or without."""
    points = select(func.count()).select_from(DeliveryPoint).join(Contract, Contract.id == DeliveryPoint.contract_id)
    return int(session.scalar(_filtered(points, day, asked, None)) or 0)


def _as_it_stands(day: GasDay, month: Month, unit: Unit | None) -> Any:
    """Return the standings of a day after which nothing of its month was measured: those of the month's rows.

    Read from the month, whose rows of all points stand side by side in an index, not from the points.
    """
    moved = _moved(day, month)
    return (
        select(
            DeliveryPoint.id.label("point_id"),
            type_coerce(DeliveryPoint.unit, String).label("unit"),
            case((_KEPT.last_measured_on == day.date, choose_own("last_imbalance", _KEPT, unit))).label("imbalance"),
            choose_own("imbalance", _KEPT, unit).label("month_to_date"),
            (choose_own("closing", _KEPT, unit) - _of_unit(moved, unit)).label("total_to_date"),
            _KEPT.days_out.label("days_out"),
            _KEPT.strain.label("strain"),
            _KEPT.measured_days.label("measured"),
            _KEPT.measured_before.label("measured_before"),
        )
        .select_from(_KEPT)
        .join(DeliveryPoint, DeliveryPoint.id == _KEPT.delivery_point_id)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .outerjoin(moved, moved.c.delivery_point_id == DeliveryPoint.id)
        .where(_KEPT.month == month.first.date)
    )


def _later_taken_off(day: GasDay, month: Month, unit: Unit | None) -> Any:
    """Return the standings of a day of which later days of the month are measured: these are taken off its rows."""
    moved, tolerance = _moved(day, month), select_tolerance(month)
    later = _later(day, month, tolerance)
    off = {name: func.coalesce(later.c[name], 0) for name in ("imbalance", "consumed", "days_out", "measured")}
    imbalance = choose_own("imbalance", _KEPT, unit) - off["imbalance"]
    consumed = choose_own("consumed", _KEPT, unit) - off["consumed"]
    return (
        select(
            DeliveryPoint.id.label("point_id"),
            type_coerce(DeliveryPoint.unit, String).label("unit"),
            (due_of(DailyBalance, unit) - choose_own("consumed", DailyBalance, unit)).label("imbalance"),
            imbalance.label("month_to_date"),
            (choose_own("closing", _KEPT, unit) - _of_unit(moved, unit) - off["imbalance"]).label("total_to_date"),
            (_KEPT.days_out - off["days_out"]).label("days_out"),
            _strain(imbalance, consumed, tolerance).label("strain"),
            (_KEPT.measured_days - off["measured"]).label("measured"),
            _KEPT.measured_before.label("measured_before"),
        )
        .select_from(_KEPT)
        .join(DeliveryPoint, DeliveryPoint.id == _KEPT.delivery_point_id)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .outerjoin(DailyBalance, and_(DailyBalance.delivery_point_id == DeliveryPoint.id, DailyBalance.gas_day == day))
        .outerjoin(moved, moved.c.delivery_point_id == DeliveryPoint.id)
        .outerjoin(later, later.c.delivery_point_id == DeliveryPoint.id)
        .where(_KEPT.month == month.first.date)
    )


def _without_figures(month: Month, unit: Unit | None) -> Any:
    """Return the standings of the points that have no row in the month: what an earlier one closed with."""
    zero: Any = literal(0)
    return (
        select(
            DeliveryPoint.id.label("point_id"),
            type_coerce(DeliveryPoint.unit, String).label("unit"),
            cast(null(), BigInteger).label("imbalance"),
            cast(zero, BigInteger).label("month_to_date"),
            func.coalesce(_before(month, choose_own("closing", _EARLIER, unit)), 0).label("total_to_date"),
            cast(zero, Integer).label("days_out"),
            cast(zero, Integer).label("strain"),
            cast(zero, Integer).label("measured"),
            func.coalesce(_before(month, _EARLIER.measured_before + _EARLIER.measured_days), 0).label(
                "measured_before"
            ),
        )
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .where(DeliveryPoint.id.not_in(select(_KEPT.delivery_point_id).where(_KEPT.month == month.first.date)))
    )


_KEPT = MonthlyBalance
_EARLIER = aliased(MonthlyBalance)


def _moved(day: GasDay, month: Month) -> Any:
    """Return the sums of the adjustments after ``day`` in its month, by point."""
    return (
        select(
            Adjustment.delivery_point_id,
            *[select_whole(func.sum(getattr(Adjustment, f"quantity_{unit}"))).label(unit) for unit in ("m3", "mbtu")],
        )
        .where(Adjustment.gas_day > day, Adjustment.gas_day <= month.last)
        .group_by(Adjustment.delivery_point_id)
        .subquery("moved")
    )


def _of_unit(moved: Any, unit: Unit | None) -> ColumnElement[int]:
    if unit is not None:
        return func.coalesce(moved.c[unit.name.lower()], 0)
    return func.coalesce(case((DeliveryPoint.unit == Unit.M3, moved.c.m3), else_=moved.c.mbtu), 0)


def _before(month: Month, value: ColumnElement[int]) -> ColumnElement[int]:
    """Return a figure of the latest month of the point before ``month``."""
    return (
        select(value)
        .where(_EARLIER.delivery_point_id == DeliveryPoint.id, _EARLIER.month < month.first.date)
        .order_by(_EARLIER.month.desc())
        .limit(1)
        .correlate(DeliveryPoint)
        .scalar_subquery()
    )


def _strain(
    imbalance: ColumnElement[int], consumed: ColumnElement[int], tolerance: ColumnElement[int]
) -> ColumnElement[int]:
    """Return ``domain.balance.compute_strain`` as the database computes it."""
    band = (consumed + imbalance) // 10_000 * tolerance
    share = func.abs(imbalance) * 100 // band
    return cast(
        case((imbalance == 0, 0), (band <= 0, MOST_STRAIN), (share > MOST_STRAIN, MOST_STRAIN), else_=share), BigInteger
    )


def _filtered(rows: Any, day: GasDay, asked: Filter, unit: Unit | None) -> Any:
    rows = rows.where(is_served_on(day))
    if unit is not None:
        rows = rows.where(DeliveryPoint.unit == unit)
    if asked.company or asked.text.strip():
        rows = rows.join(Company, Company.id == Contract.company_id)
    if asked.gate or asked.text.strip():
        rows = rows.join(ExitPoint, ExitPoint.id == DeliveryPoint.exit_point_id)
    if asked.gate:
        rows = rows.where(ExitPoint.code == asked.gate)
    if asked.modality is not None:
        rows = rows.where(Contract.modality == asked.modality)
    if asked.company:
        rows = rows.where(Company.public_id == asked.company)
    if asked.text.strip():
        rows = rows.where(point_search.match_text(asked.text, DeliveryPoint, Contract, Company, ExitPoint))
    return rows


def has_later(session: Session, day: GasDay) -> bool:
    """Tell whether any later day of its month was measured."""
    later = select(Reading.id).where(Reading.gas_day > day, Reading.gas_day <= Month.of(day).last).limit(1)
    return session.scalar(later) is not None


def _later(day: GasDay, month: Month, tolerance: ColumnElement[int]) -> Any:
    """Return the sums of the measured days after ``day`` in its month, by point.

    The points are named first: their days lie beside one another, while those of a gas day do not.
    """
    due, consumed = due_of(DailyBalance), choose_own("consumed", DailyBalance)
    out = and_(due > 0, func.abs(consumed - due) * 10_000 > tolerance * due)
    return (
        select(
            DeliveryPoint.id.label("delivery_point_id"),
            select_whole(func.sum(due - consumed)).label("imbalance"),
            select_whole(func.sum(consumed)).label("consumed"),
            select_whole(func.sum(case((out, 1), else_=0))).label("days_out"),
            func.count().label("measured"),
        )
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .join(
            DailyBalance,
            and_(
                DailyBalance.delivery_point_id == DeliveryPoint.id,
                DailyBalance.gas_day > day,
                DailyBalance.gas_day <= month.last,
            ),
        )
        .where(DailyBalance.consumed_m3.is_not(None))
        .group_by(DeliveryPoint.id)
        .subquery("later")
    )


def select_tolerance(month: Month) -> ColumnElement[int]:
    """Return the tolerance of a contract in the month, in hundredths of a percent: one holds for a whole month."""
    step = (
        select(cast(SettingRow.value, Integer))
        .where(
            SettingRow.name == SettingName.TOLERANCE,
            SettingRow.contract_id == Contract.id,
            SettingRow.valid_from <= month.first,
        )
        .order_by(SettingRow.valid_from.desc(), SettingRow.id.desc())
        .limit(1)
        .correlate(Contract)
        .scalar_subquery()
    )
    return func.coalesce(step, Contract.tolerance_basis_points)


def choose_own(name: str, table: Any, unit: Unit | None = None) -> ColumnElement[int]:
    """Return the figure of this name in ``unit``, by default that of the point, in millionths."""
    if unit is not None:
        return type_coerce(getattr(table, f"{name}_{unit.name.lower()}"), BigInteger)
    in_m3, in_mbtu = [type_coerce(getattr(table, f"{name}_{each.name.lower()}"), BigInteger) for each in Unit]
    return type_coerce(case((DeliveryPoint.unit == Unit.M3, in_m3), else_=in_mbtu), BigInteger)


def due_of(table: Any, unit: Unit | None = None) -> ColumnElement[int]:
    """Return A of a day in ``unit``, by default that of the point: authorised, else nominated, else zero."""
    return func.coalesce(choose_own("authorised", table, unit), choose_own("nominated", table, unit), 0)


def select_whole(value: ColumnElement[Any]) -> ColumnElement[int]:
    """Return a sum as a whole number: PostgreSQL sums whole numbers as numeric."""
    return cast(value, BigInteger)
