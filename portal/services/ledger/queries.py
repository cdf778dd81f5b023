"""Queries of one day: the rows in force and the row of the projection."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.domain.authorisations import answers
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Unit
from portal.models import DailyBalance

from . import hot
from .figures import DayFigures, Sources


def load_day(
    session: Session, *, delivery_point_id: int, unit: Unit, day: date
) -> tuple[Sources, DayFigures | None, int]:
    """Return the sources in force for the day at a point of this unit, and its row of the projection if any.

    Last comes the tolerance of the contract on the day, in hundredths of a percent.
    """
    found = hot.DAY_AS_IT_STANDS.first(session, point=delivery_point_id, day=day)
    if found is None:
        raise LookupError(f"there is no delivery point {delivery_point_id}")
    figures = None if found.delivery_point_id is None else read_figures(found)
    return _sources(found, unit), figures, int(found.tolerance)


def choose_authoritative(m3: int, mbtu: int, unit: str) -> int:
    """Return the one of two columns that is in the unit of the given quantity."""
    return m3 if unit == Unit.M3 else mbtu


def read_figures(row: Row[*tuple[Any, ...]]) -> DayFigures:
    """Return the figures of a row that has the columns of ``daily_balances``."""
    figures = DayFigures(*[getattr(row, name) for name in DayFigures._fields])
    # SQLite has no booleans.
    return figures._replace(heating_value_provisional=bool(figures.heating_value_provisional))


def _sources(found: Row[*tuple[Any, ...]], unit: Unit) -> Sources:
    nominated = authorised = measured = moved = None
    if found.signed_unit is not None:
        amount = choose_authoritative(found.signed_m3, found.signed_mbtu, found.signed_unit)
        nominated = (found.signed_unit, amount, found.revision)
    if found.allowed_m3 is not None and answers(
        found.allowed_for, found.allowed_at, revision=found.revision, since=found.since
    ):
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
            ),
        )
        .order_by(DailyBalance.gas_day.desc())
        .limit(1)
        .scalar_subquery()
    )


def find_last_figure_day(session: Session, *, delivery_point_id: int) -> GasDay | None:
    """Return the last gas day with a figure in a point's account, possibly in the future; None without any."""
    return session.scalar(select(select_last_figure_day(literal(delivery_point_id))))
