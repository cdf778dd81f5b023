"""A day of the sheet with the rows behind it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.domain.balance import DayAccount
from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import Quantity, Unit
from portal.services import timetable
from portal.services.account.balances import MonthSheet, SheetDay, load_month_sheet
from portal.services.account.opened_points import OpenedPoint
from portal.services.ledger import closings
from portal.services.ledger.closings import CorrectionView, PointValueView
from portal.services.store.refusals import NotFound

from .sources import ConversionUsed, Sources, find_conversion, read


@dataclass(frozen=True, slots=True)
class DayRecord:
    """A day's figures in ``unit`` as on its sheet, the day before, and the rows behind them.

    ``before`` is the account of the day before in the same month, None on the first listed day, where the month
    begins at zero and the total at ``opening``. ``other`` is the same day in the other unit. ``skipped`` are the
    earlier days of the month without a reading, which its sums leave out. ``late_corrections`` are those of the day
    that came after its month was closed, newest first; ``late_values`` those of its heating value. ``ended_on`` is
    the last day of the point where the day lies after it, else None.
    """

    gas_day: GasDay
    unit: Unit
    tolerance_basis_points: int
    day: SheetDay
    other: SheetDay
    before: DayAccount | None
    opening: Quantity
    opening_incomplete: bool
    skipped: tuple[GasDay, ...]
    conversion: ConversionUsed
    sources: Sources
    late_corrections: tuple[CorrectionView, ...]
    late_values: tuple[PointValueView, ...]
    ended_on: GasDay | None = None


def load_day_record(session: Session, *, point: OpenedPoint, gas_day: GasDay, unit: Unit, today: GasDay) -> DayRecord:
    """Return a day of an open point with its sources, by eleven queries for any length of history.

    A coming day that its month's sheet does not list yet has the requests that were sent for it, and no figure.
    ``NotFound`` for a day without service, and for one that cannot be asked for yet.
    """
    if gas_day > today and gas_day > _find_last_asked(session, point=point, today=today):
        raise NotFound
    sheet, in_other = (
        load_month_sheet(
            session,
            delivery_point_id=point.id,
            unit=each,
            tolerance_basis_points=point.tolerance.on(gas_day),
            month=Month.of(gas_day),
            today=today,
            starts_on=point.starts_on,
            ends_on=point.ends_on,
            own_unit=point.unit,
            until=gas_day,
        )
        for each in (unit, Unit.M3 if unit is Unit.MBTU else Unit.MBTU)
    )
    day, other = _listed(sheet, gas_day), _listed(in_other, gas_day)
    until = today if point.ends_on is None else min(today, point.ends_on)
    earlier = [row for row in sheet.account.rows if row.gas_day < gas_day]
    return DayRecord(
        gas_day=gas_day,
        unit=unit,
        tolerance_basis_points=point.tolerance.on(gas_day),
        day=day,
        other=other,
        before=earlier[-1] if earlier else None,
        opening=sheet.account.opening,
        opening_incomplete=sheet.opening_incomplete,
        skipped=tuple([row.gas_day for row in earlier if row.consumed is None and row.gas_day < until]),
        conversion=find_conversion(
            session, delivery_point_id=point.id, exit_point_id=point.exit_point_id, gas_day=gas_day
        ),
        sources=read(session, delivery_point_id=point.id, gas_day=gas_day, today=today),
        late_corrections=tuple(
            closings.list_corrections(session, delivery_point_id=point.id, first=gas_day, last=gas_day)
        ),
        late_values=tuple(
            closings.list_values(
                session, delivery_point_id=point.id, exit_point_id=point.exit_point_id, gas_day=gas_day
            )
        ),
        ended_on=point.ends_on.plus(-1) if point.ends_on is not None and sheet.is_after_end(gas_day) else None,
    )


def _find_last_asked(session: Session, *, point: OpenedPoint, today: GasDay) -> GasDay:
    """Return the last day with a figure, or that may be asked for by the timetable today."""
    rows = timetable.list_windows(session)
    ahead = max([-row.opens_day for row in rows if row.modality in (None, point.modality)], default=0)
    return max(today.plus(ahead), point.last_figure_on or today)


def _listed(sheet: MonthSheet, gas_day: GasDay) -> SheetDay:
    found = next((each for each in sheet.days if each.account.gas_day == gas_day), None)
    if found is None:
        raise NotFound
    return found
