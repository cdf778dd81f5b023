"""Figures of a point from a day on: as its account counts them, and as another account would (adr/0135)."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import LAST_GAS_DAY, GasDay
from portal.domain.nominations import CutReason
from portal.domain.quantities import Gas, Quantity, Unit
from portal.domain.readings import ReadingState
from portal.models import DeliveryPoint, MonthlyBalance

from .figures import DayFigures, Judge, Totals
from .heating_values import History
from .recomputer import list_sources


class DayToMove(NamedTuple):
    """A day with figures, in the unit of its account; ``volume`` the consumption in m³."""

    gas_day: GasDay
    nominated: Quantity | None
    authorised: Quantity | None
    cut: CutReason | None
    consumed: Quantity | None
    volume: Quantity | None
    state: ReadingState | None

    @property
    def is_measured(self) -> bool:
        """True if the day has a consumption."""
        return self.consumed is not None

    @property
    def is_full(self) -> bool:
        """True if what was nominated is authorised, no more and no less."""
        return self.authorised is not None and self.authorised == self.nominated and self.cut is None

    @property
    def due(self) -> Quantity | None:
        """The quantity that the consumption is held against: authorised, else nominated; None without either."""
        return self.nominated if self.authorised is None else self.authorised

    @property
    def imbalance(self) -> Quantity | None:
        """The day's imbalance, None while it is not measured."""
        if self.consumed is None:
            return None
        return (self.due or Quantity.zero(self.consumed.unit)) - self.consumed


class Move(NamedTuple):
    """Days that leave an account, and the same days in the other; ``left`` is their sum in the one, both units."""

    before: tuple[DayToMove, ...]
    after: tuple[DayToMove, ...]
    left: Gas
    gained: Gas


NOTHING = Move((), (), Gas.zero(), Gas.zero())


def preview_move(session: Session, *, point: DeliveryPoint, first: GasDay, exit_point_id: int, unit: Unit) -> Move:
    """Return the days of a point from ``first`` on that have figures, as they are and at another gate and unit.

    Three queries. A nomination keeps the unit it was signed in, an authorised quantity is converted once; all that was
    nominated, authorised, stays all of it.
    """
    own = History(session, exit_point_id=point.exit_point_id)
    other = History(session, exit_point_id=exit_point_id)
    before, after, left, gained = [], [], Totals(), Totals()
    for day, listed in list_sources(session, point, first.date, LAST_GAS_DAY.date):
        sources = listed._replace(moved=None)
        if sources.is_empty:
            continue
        value, provisional = own.at(day, delivery_point_id=point.id)
        is_ = DayFigures.of(sources, unit=point.unit, heating_value=value, provisional=provisional)
        value, provisional = other.at(day, delivery_point_id=0)
        authorised = sources.authorised
        if authorised is not None and unit is not point.unit:
            amount = is_.authorised_m3 if unit is Unit.M3 else is_.authorised_mbtu
            authorised = (amount or 0, authorised[1])
        moved = sources._replace(authorised=authorised)
        becomes = DayFigures.of(moved, unit=unit, heating_value=value, provisional=provisional)
        before.append(_day(day, is_, point.unit))
        nominated = _day(day, becomes, unit).nominated
        if before[-1].is_full and nominated is not None:
            # Converted by itself it would differ from its nomination by a millionth, and be less than all of it.
            moved = sources._replace(authorised=(nominated.micro, None))
            becomes = DayFigures.of(moved, unit=unit, heating_value=value, provisional=provisional)
        after.append(_day(day, becomes, unit))
        left = left.plus(Totals.of(is_, Judge(point.unit, 0)))
        gained = gained.plus(Totals.of(becomes, Judge(unit, 0)))
    return Move(tuple(before), tuple(after), Gas.from_micro(*left.movement), Gas.from_micro(*gained.movement))


def find_account(session: Session, *, delivery_point_id: int) -> Gas:
    """Return the account of a point after all that is recorded, in both units."""
    found = session.execute(
        select(MonthlyBalance.closing_m3, MonthlyBalance.closing_mbtu)
        .where(MonthlyBalance.delivery_point_id == delivery_point_id)
        .order_by(MonthlyBalance.month.desc())
        .limit(1)
    ).one_or_none()
    return Gas.zero() if found is None else Gas(found.closing_m3, found.closing_mbtu)


def _day(day: date, figures: DayFigures, unit: Unit) -> DayToMove:
    nominated, authorised, consumed = (
        (figures.nominated_m3, figures.authorised_m3, figures.consumed_m3)
        if unit is Unit.M3
        else (figures.nominated_mbtu, figures.authorised_mbtu, figures.consumed_mbtu)
    )
    return DayToMove(
        GasDay(day),
        None if nominated is None else Quantity.from_micro(nominated, unit),
        None if authorised is None else Quantity.from_micro(authorised, unit),
        None if figures.cut_reason is None else CutReason(figures.cut_reason),
        None if consumed is None else Quantity.from_micro(consumed, unit),
        None if figures.consumed_m3 is None else Quantity.from_micro(figures.consumed_m3, Unit.M3),
        None if figures.reading_state is None else ReadingState(figures.reading_state),
    )
