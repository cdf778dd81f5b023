"""Statements about the points served in a month and their state at its closing: few, however many points there are.

Points with figures after their end are judged one by one by their caller: ``Special`` gives their states.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session, aliased

from portal.domain.gas_day import Month
from portal.domain.searched import bare
from portal.models import Company, Contract, DeliveryPoint, ExitPoint, MonthClosing, MonthlyBalance
from portal.services.points import service_days
from portal.services.store import keyset, point_search


class State(StrEnum):
    """State of a point before its month is closed; the value is that of the URL parameter."""

    READY = "listos"
    MISSING = "con-huecos"
    BEHIND = "por-turno"
    CLOSED = "cerrados"


# The states of the points that have figures after their end, by row id.
Special = Mapping[int, State]


class Counts(NamedTuple):
    """Number of points that fit, by state, and what the ready ones consumed, in millionths of m³."""

    by_state: Mapping[State, int]
    ready_micro: int

    @property
    def points(self) -> int:
        """All that fit."""
        return sum(self.by_state.values())


def count_points(session: Session, *, month: Month, text: str, special: Special) -> Counts:
    """Return how many points that fit ``text`` are in each state; two queries, four with special points."""
    served = and_(service_days.is_served_within(month.first, month.last), DeliveryPoint.id.not_in(special))
    counts, ready = dict.fromkeys(State, 0), 0
    for rows in _parts(month):
        own = _filtered(rows, month, text).where(served).subquery().c
        summed = select(own.state, func.count().label("points"), cast(func.sum(own.micro), BigInteger).label("micro"))
        for row in session.execute(summed.group_by(own.state)):
            counts[State(row.state)] += row.points
            ready += row.micro if row.state == State.READY else 0
    if special:
        for rows in _parts(month):
            for row in session.execute(_filtered(rows, month, text).where(DeliveryPoint.id.in_(special))):
                counts[special[row.id]] += 1
                ready += row.micro if special[row.id] is State.READY else 0
    return Counts(counts, ready)


def list_page(
    session: Session,
    *,
    month: Month,
    text: str = "",
    state: State | None = None,
    special: Special,
    after: int | None = None,
    most: int | None = None,
) -> Sequence[Any]:
    """Return row id and public id of the points that fit, by name, ``most`` at a time; one query."""
    fits: ColumnElement[bool] = service_days.is_served_within(month.first, month.last)
    chosen = set(special)
    rows: Any = select(DeliveryPoint.id, DeliveryPoint.public_id).select_from(DeliveryPoint)
    if state is not None:
        own = and_(MonthlyBalance.month == month.first.date, MonthlyBalance.delivery_point_id == DeliveryPoint.id)
        rows = rows.outerjoin(MonthlyBalance, own)
        fits = and_(fits, _state(month, func.coalesce(MonthlyBalance.measured_days, 0)) == state.value)
        chosen = {each for each, known in special.items() if known is state}
    rows = _filtered(rows, month, text).where(
        or_(and_(fits, DeliveryPoint.id.not_in(special)), DeliveryPoint.id.in_(chosen)) if special else fits
    )
    if after is not None:
        rows = rows.where(keyset.match_later([DeliveryPoint.sort_name], row_id=DeliveryPoint.id, after=after))
    rows = rows.order_by(DeliveryPoint.sort_name, DeliveryPoint.id)
    return session.execute(rows if most is None else rows.limit(most)).all()


_Later = aliased(MonthClosing)


def _parts(month: Month) -> tuple[Any, Any]:
    """Return id, state and consumption of the points with a row of the month, and of those without one.

    The months come first: those of one month lie side by side, while a join from the points seeks each of them.
    """
    first, nothing = month.first.date, literal(0)
    consumed = type_coerce(MonthlyBalance.consumed_m3, BigInteger)
    with_row = (
        select(
            DeliveryPoint.id,
            _state(month, MonthlyBalance.measured_days.expression).label("state"),
            consumed.label("micro"),
        )
        .select_from(MonthlyBalance)
        .join(DeliveryPoint, DeliveryPoint.id == MonthlyBalance.delivery_point_id)
        .where(MonthlyBalance.month == first)
    )
    known = select(MonthlyBalance.delivery_point_id).where(MonthlyBalance.month == first)
    without = select(DeliveryPoint.id, _state(month, nothing).label("state"), nothing.label("micro"))
    return with_row, without.select_from(DeliveryPoint).where(DeliveryPoint.id.not_in(known))


def _state(month: Month, measured: ColumnElement[int]) -> ColumnElement[str]:
    """Return the state of a point with so many measured days in the month."""
    closed, before = (
        DeliveryPoint.id.in_(select(MonthClosing.delivery_point_id).where(condition))
        for condition in (MonthClosing.month >= month.first.date, MonthClosing.month == month.previous.first.date)
    )
    # Most points closed the month before: only of the others all closings are asked for.
    began = exists().where(MonthClosing.delivery_point_id == DeliveryPoint.id)
    return case(
        (closed, State.CLOSED.value),
        (measured < service_days.count_valid_days(month, until=month.last), State.MISSING.value),
        (before, State.READY.value),
        (began, State.BEHIND.value),
        else_=State.READY.value,
    )


def _filtered(rows: Any, month: Month, text: str) -> Any:
    if not text.strip():
        return rows
    rows = (
        rows.join(Contract, Contract.id == DeliveryPoint.contract_id)
        .join(Company, Company.id == Contract.company_id)
        .join(ExitPoint, ExitPoint.id == DeliveryPoint.exit_point_id)
    )
    fits = point_search.match_text(text, DeliveryPoint, Contract, Company, ExitPoint)
    sought = bare(text)
    if sought:
        number = func.replace(func.lower(_Later.statement_number), "-", "")
        stated = exists().where(
            _Later.delivery_point_id == DeliveryPoint.id,
            _Later.month == month.first.date,
            number.contains(sought, autoescape=True),
        )
        fits = or_(fits, stated)
    return rows.where(fits)
