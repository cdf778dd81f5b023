"""Statements about the accounts of all points on a gas day: few, and as many for ten thousand points as for one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import String, and_, case, func, literal, or_, select, type_coerce, union_all
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Unit
from portal.models import (
    DailyBalance,
    DeliveryPoint,
    Reading,
)

from .selects import Filter, choose_own, count_served, due_of, has_later, select_standings, select_whole


class Place(NamedTuple):
    """Place of a point in the order of the overview: where a page of it ended."""

    days_out: int
    strain: int
    point_id: int


class Row(NamedTuple):
    """Standing of a point, in millionths of its unit; ``imbalance`` is None without a consumption.

    ``strain`` is the imbalance of the month to date in whole percent of what the tolerance leaves of it.
    """

    point_id: int
    unit: Unit
    imbalance: int | None
    month_to_date: int
    total_to_date: int
    days_out: int
    strain: int
    measured: int
    measured_before: int


class Sum(NamedTuple):
    """Sums of the points of one unit, in millionths: units never mix.

    ``measured`` counts the points with a consumption on the day, ``points_out`` those with a day out this month.
    """

    unit: Unit
    points: int
    imbalance: int
    month_to_date: int
    total_to_date: int
    days_out: int
    measured: int
    points_out: int


def find_last_measured_day(session: Session, *, until: GasDay) -> GasDay | None:
    """Return the last gas day with a reading of any point up to ``until``, included; None without one."""
    return session.scalar(select(func.max(Reading.gas_day)).where(Reading.gas_day <= until))


def list_rows(
    session: Session, *, day: GasDay, asked: Filter, after: Place | None, most: int | None
) -> tuple[list[Sum], list[Row]]:
    """Return the sums of all points that fit, and the standings of the ``most`` after a place, by four queries.

    By five where points without figures in the month fit.
    """
    # The words of a search are compared once: those without figures are then looked for at once.
    whole, later = bool(asked.text.strip()), has_later(session, day)
    sums = _list_sums(session, day, asked, later=later, whole=whole)
    if not whole and sum(each.points for each in sums) != count_served(session, day, asked):
        whole = True
        sums = _list_sums(session, day, asked, later=later, whole=whole)
    fits = select_standings(day, asked, later=later, whole=whole).subquery()
    return sums, _list_page(session, fits.c, after, most)


def _list_sums(session: Session, day: GasDay, asked: Filter, *, later: bool, whole: bool) -> list[Sum]:
    """Return the sums by unit, each unit by itself: grouping would sort all points first.

    Where later days are taken off, which costs more than sorting, both units at once.
    """
    if later:
        own = select_standings(day, asked, later=later, whole=whole).subquery().c
        sums: Any = select(own.unit, *_sums_of(own)).group_by(own.unit)
    else:
        each = [(unit, select_standings(day, asked, later=later, whole=whole, unit=unit).subquery().c) for unit in Unit]
        sums = union_all(*[select(literal(unit.value).label("unit"), *_sums_of(own)) for unit, own in each])
    return [_sum(row) for row in session.execute(sums) if row.points]


def _sums_of(own: Any) -> list[Any]:
    return [
        func.count().label("points"),
        select_whole(func.coalesce(func.sum(own.imbalance), 0)).label("imbalance"),
        select_whole(func.sum(own.month_to_date)).label("month_to_date"),
        select_whole(func.sum(own.total_to_date)).label("total_to_date"),
        select_whole(func.sum(own.days_out)).label("days_out"),
        func.count(own.imbalance).label("measured"),
        select_whole(func.sum(case((own.days_out > 0, 1), else_=0))).label("points_out"),
    ]


def _list_page(session: Session, own: Any, after: Place | None, most: int | None) -> list[Row]:
    page = select(*[own[name] for name in Row._fields])
    if after is not None:
        page = page.where(
            or_(
                own.days_out < after.days_out,
                and_(own.days_out == after.days_out, own.strain < after.strain),
                and_(own.days_out == after.days_out, own.strain == after.strain, own.point_id > after.point_id),
            )
        )
    page = page.order_by(own.days_out.desc(), own.strain.desc(), own.point_id)
    if most is not None:
        page = page.limit(most)
    return [_row(row) for row in session.execute(page)]


def list_contract_sums(session: Session, *, day: GasDay, asked: Filter) -> list[tuple[int, Sum]]:
    """Return the sums of what fits by contract and unit, each with the row id of its contract."""
    own = select_standings(day, asked, later=has_later(session, day), whole=True).subquery().c
    rows = session.execute(
        select(DeliveryPoint.contract_id, own.unit, *_sums_of(own))
        .join(DeliveryPoint, DeliveryPoint.id == own.point_id)
        .group_by(DeliveryPoint.contract_id, own.unit)
        .order_by(DeliveryPoint.contract_id, own.unit)
    )
    return [(row.contract_id, _sum(row)) for row in rows]


def list_trends(session: Session, *, points: Sequence[int], last: GasDay, days: int) -> dict[int, list[int | None]]:
    """Return the imbalance of these points on each of the ``days`` up to ``last``, the oldest first; one query.

    In millionths of the point's unit, None for a day without a consumption.
    """
    first = last.plus(1 - days).date
    rows = session.execute(
        select(
            DailyBalance.delivery_point_id,
            type_coerce(DailyBalance.gas_day, String).label("day"),
            (due_of(DailyBalance) - choose_own("consumed", DailyBalance)).label("imbalance"),
        )
        .join(DeliveryPoint, DeliveryPoint.id == DailyBalance.delivery_point_id)
        .where(
            DailyBalance.delivery_point_id.in_(points),
            DailyBalance.gas_day.between(first, last.date),
            DailyBalance.consumed_m3.is_not(None),
        )
    )
    found: dict[int, list[int | None]] = {point: [None] * days for point in points}
    # Fourteen hundred rows a page: the day as the driver gives it, a date or its text.
    listed = [date.fromordinal(first.toordinal() + place) for place in range(days)]
    places = {spelled: place for place, day in enumerate(listed) for spelled in (day, day.isoformat())}
    for row in rows:
        found[row.delivery_point_id][places[row.day]] = row.imbalance
    return found


def _sum(row: Any) -> Sum:
    return Sum(**{name: getattr(row, name) for name in Sum._fields} | {"unit": Unit(row.unit)})


def _row(row: Any) -> Row:
    return Row(**{**row._asdict(), "unit": Unit(row.unit)})
