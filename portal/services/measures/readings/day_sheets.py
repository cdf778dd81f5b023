"""All points of a gas day on one sheet: the reading in force of each, what it usually takes, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, case, func, select, tuple_
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, Unit, half_up
from portal.domain.readings import ReadingState
from portal.models import Company, DailyBalance, DeliveryPoint, ExitPoint, Reading
from portal.services.ledger import closings
from portal.services.points.service_days import is_served_on
from portal.services.store import point_search
from portal.services.store.acts import Act
from portal.services.store.permissions import require
from portal.services.store.refusals import NotFound

# Days before the sheet's own, over which the usual quantity is the mean.
USUAL_DAYS = 28
ON_A_PAGE = 100


class Writable(StrEnum):
    """Place where the reading of a row is written: the sheet, or another page."""

    YES = "yes"
    # Only as a correction, with its reason, on the page of the day.
    CORRECTION = "correction"
    # The month is closed: only by a request that another person decides.
    CLOSED = "closed"


class Cursor(NamedTuple):
    """Place after a row of the sheet: its exit point's code, its name, its id."""

    gate: str
    name: str
    row_id: int


class SheetRow(NamedTuple):
    """Point on the sheet; quantities in m³. ``usual`` is the mean of the measured days before, None without one."""

    row_id: int
    point: str
    name: str
    sort_name: str
    company: str
    carrier_code: str
    gate: str
    volume: Quantity | None
    state: ReadingState | None
    version: int
    usual: Quantity | None
    day_before: Quantity | None
    writable: Writable


class Totals(NamedTuple):
    """Of all points that fit: how many are served, how many have a reading, and the sum of those in m³."""

    points: int
    measured: int
    volume: Quantity


@dataclass(frozen=True, slots=True)
class DaySheet:
    """Page of the sheet of a gas day; ``more`` is the place after its last row when others follow."""

    gas_day: GasDay
    totals: Totals
    rows: Sequence[SheetRow]
    more: Cursor | None


class Wanted(NamedTuple):
    """Filters of the sheet: words of the one search, the code of an exit point, only what has no reading."""

    text: str = ""
    gate: str = ""
    missing_only: bool = False


def load_day_sheet(act: Act, *, gas_day: GasDay, wanted: Wanted, after: Cursor | None = None) -> DaySheet:
    """Return a page of up to 100 points served on a day, by exit point and name. At most five queries.

    ``NotFound`` for a day to come.
    """
    require(act, Function.LOAD_READINGS)
    if gas_day > GasDay.of(act.now):
        raise NotFound
    place = (ExitPoint.code, DeliveryPoint.sort_name, DeliveryPoint.id)
    query = _select_points(gas_day, wanted).order_by(*place).limit(ON_A_PAGE + 1)
    if after is not None:
        query = query.where(tuple_(*place) > tuple_(*after))
    found = _build_rows(act.session, query, gas_day)
    shown = found[:ON_A_PAGE]
    last = shown[-1] if len(found) > ON_A_PAGE else None
    more = None if last is None else Cursor(last.gate, last.sort_name, last.row_id)
    return DaySheet(gas_day, load_totals(act, gas_day=gas_day, wanted=wanted), shown, more)


def load_sheet_row(act: Act, *, gas_day: GasDay, point: str) -> SheetRow:
    """Return the row of a point; ``NotFound`` for one that is not served on the day."""
    require(act, Function.LOAD_READINGS)
    query = _select_points(gas_day, Wanted()).where(DeliveryPoint.public_id == point)
    found = _build_rows(act.session, query, gas_day)
    if not found:
        raise NotFound
    return found[0]


def load_totals(act: Act, *, gas_day: GasDay, wanted: Wanted) -> Totals:
    """Return the totals of all points that fit; the filter for missing readings does not change them. One query."""
    points = _select_points(gas_day, wanted._replace(missing_only=False)).with_only_columns(DeliveryPoint.id).subquery()
    of_day = and_(DailyBalance.delivery_point_id == points.c.id, DailyBalance.gas_day == gas_day)
    row = act.session.execute(
        select(
            func.count(points.c.id).label("points"),
            func.count(DailyBalance.consumed_m3).label("measured"),
            func.sum(DailyBalance.consumed_m3).label("volume"),
        )
        .select_from(points)
        .outerjoin(DailyBalance, of_day)
    ).one()
    volume = Quantity.from_micro(0, Unit.M3) if row.volume is None else row.volume
    return Totals(row.points, row.measured, volume)


def list_gates(act: Act) -> list[tuple[str, str]]:
    """Return code and name of every exit point, by code."""
    rows = act.session.execute(select(ExitPoint.code, ExitPoint.name).order_by(ExitPoint.code))
    return [(row.code, row.name) for row in rows]


def _select_points(gas_day: GasDay, wanted: Wanted) -> Select[*tuple[Any, ...]]:
    """Select the points served on a day that fit, joined with contract, company and exit point."""
    query = point_search.select_joined(
        select(
            DeliveryPoint.id,
            DeliveryPoint.public_id,
            DeliveryPoint.name,
            DeliveryPoint.sort_name,
            DeliveryPoint.carrier_code,
            ExitPoint.code.label("gate"),
            Company.name.label("company"),
        ),
        wanted.text,
    ).where(is_served_on(gas_day))
    if wanted.gate:
        query = query.where(ExitPoint.code == wanted.gate)
    if wanted.missing_only:
        measured = select(DailyBalance.delivery_point_id).where(
            DailyBalance.delivery_point_id == DeliveryPoint.id,
            DailyBalance.gas_day == gas_day,
            DailyBalance.consumed_m3.is_not(None),
        )
        query = query.where(~measured.exists())
    return query


def _build_rows(session: Session, query: Select[*tuple[Any, ...]], gas_day: GasDay) -> list[SheetRow]:
    points = session.execute(query).all()
    ids = [row.id for row in points]
    if not ids:
        return []
    before = gas_day.plus(-1)
    earlier = and_(DailyBalance.gas_day < gas_day, DailyBalance.consumed_m3.is_not(None))
    figures = {
        row.delivery_point_id: row
        for row in session.execute(
            select(
                DailyBalance.delivery_point_id,
                func.sum(case((earlier, DailyBalance.consumed_m3))).label("consumed"),
                func.count(case((earlier, 1))).label("days"),
                func.max(case((DailyBalance.gas_day == before, DailyBalance.consumed_m3))).label("day_before"),
            )
            .where(
                DailyBalance.delivery_point_id.in_(ids),
                DailyBalance.gas_day.between(gas_day.plus(-USUAL_DAYS), before),
            )
            .group_by(DailyBalance.delivery_point_id)
        )
    }
    newest = {
        row.delivery_point_id: row
        for row in session.execute(
            select(Reading.delivery_point_id, Reading.version, Reading.state, Reading.volume_m3)
            .where(Reading.delivery_point_id.in_(ids), Reading.gas_day == gas_day)
            .order_by(Reading.version)
        )
    }
    closed = closings.find_closed_months(session, delivery_point_ids=ids)
    rows = []
    for row in points:
        reading, known, frozen = newest.get(row.id), figures.get(row.id), closed.get(row.id)
        state = None if reading is None else reading.state
        rows.append(
            SheetRow(
                row.id,
                row.public_id,
                row.name,
                row.sort_name,
                row.company,
                row.carrier_code,
                row.gate,
                None if reading is None else reading.volume_m3,
                state,
                0 if reading is None else reading.version,
                _mean(known),
                None if known is None else known.day_before,
                _writable(state, is_closed=frozen is not None and gas_day <= frozen.last),
            )
        )
    return rows


def _mean(known: Any) -> Quantity | None:
    if known is None or not known.days:
        return None
    return Quantity.from_micro(half_up(known.consumed.micro, known.days), Unit.M3)


def _writable(state: ReadingState | None, *, is_closed: bool) -> Writable:
    if is_closed:
        return Writable.CLOSED
    settled = state in (ReadingState.CERTIFIED, ReadingState.CORRECTED)
    return Writable.CORRECTION if settled else Writable.YES
