"""Queries of one day: the rows in force and the row of the projection."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Row, ScalarSelect, literal, or_, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.domain.authorisations import answers
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Unit
from portal.models import DailyBalance
from portal.services.store.statements import moment_of

from . import hot
from .figures import Coming, DayFigures, Sources


class Stands(NamedTuple):
    """A day of a point as it stands: sources in force, row of the projection, and the month it belongs to.

    ``tolerance`` is that of the contract on the day, in hundredths of a percent; ``latest_month`` the columns
    (``month_…``) of the last month up to that of the day, all None without one.
    """

    sources: Sources
    figures: DayFigures | None
    tolerance: int
    latest_month: Row[*tuple[Any, ...]]


def load_day(
    session: Session, *, delivery_point_id: int, unit: Unit, day: date, coming: Coming | None = None
) -> Stands:
    """Return the day of a point of this unit, with the revision that is ``coming`` in the place of the one in force."""
    found = hot.DAY_AS_IT_STANDS.first(session, point=delivery_point_id, day=day, month_of_day=day.replace(day=1))
    if found is None:
        raise LookupError(f"there is no delivery point {delivery_point_id}")
    figures = None if found.delivery_point_id is None else read_figures(found)
    return Stands(_sources(found, unit, coming), figures, int(found.tolerance), found)


def choose_authoritative(m3: int, mbtu: int, unit: str) -> int:
    """Return the one of two columns that is in the unit of the given quantity."""
    return m3 if unit == Unit.M3 else mbtu


def read_figures(row: Row[*tuple[Any, ...]]) -> DayFigures:
    """Return the figures of a row that has the columns of ``daily_balances``."""
    figures = DayFigures(*[getattr(row, name) for name in DayFigures._fields])
    # SQLite has no booleans.
    return figures._replace(heating_value_provisional=bool(figures.heating_value_provisional))


def _sources(found: Row[*tuple[Any, ...]], unit: Unit, coming: Coming | None) -> Sources:
    nominated = authorised = measured = moved = None
    revision, since, allowed_at = found.revision, found.since, found.allowed_at
    if coming is not None:
        nominated = (coming.unit, coming.amount, coming.revision)
        revision, since, allowed_at = coming.revision, coming.since, allowed_at and moment_of(allowed_at)
    elif found.signed_unit is not None:
        amount = choose_authoritative(found.signed_m3, found.signed_mbtu, found.signed_unit)
        nominated = (found.signed_unit, amount, found.revision)
    if found.allowed_m3 is not None and answers(found.allowed_for, allowed_at, revision=revision, since=since):
        authorised = (choose_authoritative(found.allowed_m3, found.allowed_mbtu, unit), found.cut)
    if found.volume_m3 is not None:
        measured = (found.volume_m3, found.state)
    if found.moved_m3 is not None:
        moved = (int(found.moved_m3), int(found.moved_mbtu))
    return Sources(nominated, authorised, measured, moved)


def select_last_figure_day(point: InstrumentedAttribute[int] | ColumnElement[int]) -> ScalarSelect[GasDay | None]:
    """Return a subquery for the last gas day of ``point`` with a figure: one step at the end of the primary key.

    The row of a cancelled nomination has no figure and does not count.
    """
    return (
        select(DailyBalance.gas_day)
        .where(
            DailyBalance.delivery_point_id == point,
            or_(
                DailyBalance.nominated_m3.is_not(None),
                DailyBalance.authorised_m3.is_not(None),
                DailyBalance.consumed_m3.is_not(None),
                type_coerce(DailyBalance.adjustment_m3, BigInteger) != 0,
                type_coerce(DailyBalance.adjustment_mbtu, BigInteger) != 0,
            ),
        )
        .order_by(DailyBalance.gas_day.desc())
        .limit(1)
        .scalar_subquery()
    )


def find_last_figure_day(session: Session, *, delivery_point_id: int) -> GasDay | None:
    """Return the last gas day with a figure in a point's account, possibly in the future; None without any."""
    return session.scalar(select(select_last_figure_day(literal(delivery_point_id))))
