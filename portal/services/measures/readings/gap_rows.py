"""Statements about the days without a measurement of all points: what the months keep says where days are missing.

The sums of a month over all points are compared with what they should be; only a month that falls short is looked at
point by point, and only the points of a page day by day: a page costs what is missing, not what was measured.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay, Month
from portal.models import DailyBalance, DeliveryPoint, MonthClosing, MonthlyBalance, Reading
from portal.services.points import service_days
from portal.services.store import point_search


class Span(NamedTuple):
    """Past days of a month, from its first on; ``has_later`` says that a day after them was measured somewhere."""

    month: Month
    last: GasDay
    has_later: bool


class Counts(NamedTuple):
    """Number of missing days, and of points in a month that have any."""

    days: int
    points: int


def list_short(session: Session, *, first: Month, until: GasDay) -> list[Span]:
    """Return the months from ``first`` to the day ``until`` in which days are missing; four queries."""
    last = Month.of(until)
    kept = session.execute(
        select(MonthlyBalance.month, cast(func.sum(MonthlyBalance.measured_days), BigInteger).label("days"))
        .where(MonthlyBalance.month.between(first.first.date, last.first.date))
        .group_by(MonthlyBalance.month)
    )
    measured = {row.month: row.days for row in kept}
    validities = session.execute(
        select(DeliveryPoint.starts_on, DeliveryPoint.ends_on, func.count().label("points")).group_by(
            DeliveryPoint.starts_on, DeliveryPoint.ends_on
        )
    ).all()
    outside = _count_outside(session, first, last)
    later = select(Reading.id).where(Reading.gas_day > until, Reading.gas_day <= last.last).limit(1)
    has_later = until < last.last and session.scalar(later) is not None
    found, month = [], first
    while month <= last:
        span = Span(month, min(month.last, until), month == last and has_later)
        expected = sum(row.points * _length(row.starts_on, row.ends_on, span) for row in validities)
        # What was measured later would have to be counted point by point: then the month is looked at anyway.
        if span.has_later or expected != measured.get(month.first.date, 0) - outside[month]:
            found.append(span)
        month = month.next
    return found


def _length(starts: GasDay, ends: GasDay | None, span: Span) -> int:
    begins, over = max(starts, span.month.first), span.last.plus(1)
    over = over if ends is None else min(ends, over)
    return max(0, (over.date - begins.date).days)


def _count_outside(session: Session, first: Month, last: Month) -> Counter[Month]:
    """Return how many days after the end of their point were measured in each month: points that ended are few."""
    rows = session.execute(
        select(DailyBalance.gas_day, func.count().label("days"))
        .select_from(DeliveryPoint)
        .join(DailyBalance, DailyBalance.delivery_point_id == DeliveryPoint.id)
        .where(
            # Points that have ended are named first, or SQLite reads the days of every point.
            DailyBalance.delivery_point_id.in_(service_days.select_ended(last.last)),
            DailyBalance.gas_day.between(first.first, last.last),
            DailyBalance.gas_day >= DeliveryPoint.ends_on,
            DailyBalance.consumed_m3.is_not(None),
        )
        .group_by(DailyBalance.gas_day)
    )
    found: Counter[Month] = Counter()
    for row in rows:
        found[Month.of(row.gas_day)] += row.days
    return found


def count_missing(session: Session, spans: Sequence[Span], *, text: str = "") -> Counts:
    """Return how many days of the spans are missing at the points that fit ``text``; one query, none without spans."""
    if not spans:
        return Counts(0, 0)
    short = union_all(*[part for span in spans for part in _short(span)]).subquery("short")
    rows = select(
        func.count().label("points"), cast(func.coalesce(func.sum(short.c.days), 0), BigInteger).label("days")
    ).select_from(short)
    if text.strip():
        rows = point_search.select_joined(rows.join(DeliveryPoint, DeliveryPoint.id == short.c.id), text)
    row = session.execute(rows).one()
    return Counts(row.days, row.points)


class Short(NamedTuple):
    """A point that misses days of a month; the month as year × 100 + month."""

    month: int
    point_id: int


class Found(NamedTuple):
    """Points with missing days, and how many days and points of all that fit, after any place."""

    points: list[Short]
    fit: Counts


def list_points(
    session: Session, spans: Sequence[Span], *, text: str = "", begins: Short | None = None, most: int | None
) -> Found:
    """Return the points with missing days, by month and name, ``begins`` itself included; one query, or none.

    Two where nothing follows a place: what fits is then counted apart.
    """
    if not spans:
        return Found([], Counts(0, 0))
    short = union_all(*[part for span in spans for part in _short(span)]).subquery("short")
    # What is short is worked out once: sums over all of it stand beside each row.
    fitting = select(
        short.c.month,
        DeliveryPoint.id,
        DeliveryPoint.sort_name,
        func.count().over().label("points"),
        cast(func.sum(short.c.days).over(), BigInteger).label("days"),
    ).join(short, short.c.id == DeliveryPoint.id)
    if text.strip():
        fitting = point_search.select_joined(fitting, text)
    own = fitting.subquery("fitting").c
    rows = select(own.month, own.id, own.points, own.days)
    if begins is not None:
        name = select(DeliveryPoint.sort_name).where(DeliveryPoint.id == begins.point_id).scalar_subquery()
        place = tuple_(literal(begins.month), name, literal(begins.point_id))
        rows = rows.where(tuple_(own.month, own.sort_name, own.id) >= place)
    found = session.execute(rows.order_by(own.month, own.sort_name, own.id).limit(most)).all()
    fit = Counts(found[0].days, found[0].points) if found else count_missing(session, spans, text=text)
    return Found([Short(row.month, row.id) for row in found], fit)


def number_of(month: Month) -> int:
    """Return a month as year × 100 + month, as places carry it."""
    return month.year * 100 + month.number


def _short(span: Span) -> tuple[Any, Any]:
    """Return month, id and missing days of the points that miss a day of the span, in an open month of theirs.

    The months come first: those of one month lie side by side, while a join from the points seeks each of them.
    """
    month = span.month.first.date
    own = MonthlyBalance.month == month
    closed = select(MonthClosing.delivery_point_id).where(MonthClosing.month >= month)
    some, none = _missing(span, MonthlyBalance.measured_days.expression), _missing(span, literal(0))
    number: Any = literal(number_of(span.month)).label("month")
    with_row = (
        select(number, DeliveryPoint.id, some.label("days"))
        .select_from(MonthlyBalance)
        .join(DeliveryPoint, DeliveryPoint.id == MonthlyBalance.delivery_point_id)
        .where(
            own, some > 0, service_days.is_served_within(span.month.first, span.last), DeliveryPoint.id.not_in(closed)
        )
    )
    known = select(MonthlyBalance.delivery_point_id).where(own)
    without = select(number, DeliveryPoint.id, none.label("days")).where(
        none > 0,
        service_days.is_served_within(span.month.first, span.last),
        DeliveryPoint.id.not_in(closed),
        DeliveryPoint.id.not_in(known),
    )
    return with_row, without


def _missing(span: Span, measured: ColumnElement[int]) -> ColumnElement[int]:
    """Return how many days of the span within the validity of a point have no measurement."""
    after_end = _count_days(span, DailyBalance.gas_day >= DeliveryPoint.ends_on)
    outside = case((DeliveryPoint.ends_on <= span.last, after_end), else_=0)
    later: Any = literal(0)
    if span.has_later:
        within = or_(DeliveryPoint.ends_on.is_(None), DailyBalance.gas_day < DeliveryPoint.ends_on)
        later = _count_days(span, and_(DailyBalance.gas_day > span.last, within))
    valid = service_days.count_valid_days(span.month, until=span.last)
    missing: ColumnElement[int] = valid - measured + outside + later
    return missing


def _count_days(span: Span, condition: ColumnElement[bool]) -> ColumnElement[int]:
    """Return how many measured days of a point in the whole month meet a condition."""
    return (
        select(func.count())
        .where(
            DailyBalance.delivery_point_id == DeliveryPoint.id,
            DailyBalance.gas_day.between(span.month.first, span.month.last),
            DailyBalance.consumed_m3.is_not(None),
            condition,
        )
        .correlate(DeliveryPoint)
        .scalar_subquery()
    )


def count_unmeasured(session: Session, day: GasDay) -> int:
    """Return how many points in service on a day, in a month of theirs that is open, have no measurement of it."""
    measured = (
        select(DailyBalance.delivery_point_id)
        .where(
            DailyBalance.delivery_point_id == DeliveryPoint.id,
            DailyBalance.gas_day == day,
            DailyBalance.consumed_m3.is_not(None),
        )
        .exists()
    )
    closed = select(MonthClosing.delivery_point_id).where(MonthClosing.month >= Month.of(day).first.date)
    rows = select(func.count(DeliveryPoint.id)).where(
        DeliveryPoint.starts_on <= day,
        or_(DeliveryPoint.ends_on.is_(None), DeliveryPoint.ends_on > day),
        ~measured,
        DeliveryPoint.id.not_in(closed),
    )
    return session.scalar(rows) or 0
