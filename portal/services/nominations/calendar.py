"""A month of a point, day by day: nominated, missing, cut, by its rule; and which days can still be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay, Month
from portal.domain.nominations import Channel
from portal.domain.quantities import Gas, Quantity
from portal.domain.timetable import RequestKind, eligible_days
from portal.models import DailyBalance, DeliveryPoint, Nomination, NominationHead
from portal.services import closings, grants, holidays, timetable
from portal.services.actors import Actor


class DayState(StrEnum):
    """What a cell of the calendar says of its day."""

    NOT_SERVED = "not-served"
    NOMINATED = "nominated"
    BY_RULE = "by-rule"
    CUT = "cut"
    MISSING = "missing"
    LATE_ONLY = "late-only"
    CLOSED = "closed"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Cell:
    """A day: its state, the quantity in force once the point's key was proved, and the kind that can be sent now."""

    gas_day: GasDay
    state: DayState
    quantity: Quantity | None
    holiday: str | None
    kind: RequestKind | None


@dataclass(frozen=True, slots=True)
class PointMonth:
    """A month in weeks from Monday; cells outside of the month are None.

    ``is_closed`` tells that its statement was made, so that its figures do not change any more.
    """

    month: Month
    weeks: list[list[Cell | None]]
    proved: bool
    is_closed: bool

    @property
    def has_gaps(self) -> bool:
        """Some day without nomination can still be asked for."""
        gaps = (DayState.MISSING, DayState.LATE_ONLY)
        return any(cell and cell.kind and cell.state in gaps for week in self.weeks for cell in week)


def point_month(session: Session, *, actor: Actor, point: DeliveryPoint, month: Month, now: datetime) -> PointMonth:
    """Return the calendar of a point that this session reaches, by seven queries."""
    proved = point.id in grants.proved_point_ids(session, actor=actor, now=now)
    in_force = {
        row.gas_day: row
        for row in session.execute(
            select(
                Nomination.gas_day,
                Nomination.channel,
                Nomination.unit,
                Nomination.quantity_m3,
                Nomination.quantity_mbtu,
            )
            .select_from(NominationHead)
            .join(Nomination, Nomination.id == NominationHead.nomination_id)
            .where(
                NominationHead.delivery_point_id == point.id,
                NominationHead.gas_day.between(month.first, month.last),
            )
        )
    }
    cut = set(
        session.scalars(
            select(DailyBalance.gas_day).where(
                DailyBalance.delivery_point_id == point.id,
                DailyBalance.gas_day.between(month.first, month.last),
                DailyBalance.cut_reason.is_not(None),
            )
        )
    )
    rows, modality = timetable.windows(session), point.contract.modality
    open_for = {
        kind: set(eligible_days(rows, modality, kind, now))
        for kind in (RequestKind.RENOMINATION, RequestKind.NOMINATION)
    }
    names = holidays.between(session, first=month.first.date, last=month.last.date)
    today = GasDay.of(now)

    def cell(day: GasDay) -> Cell:
        found = in_force.get(day)
        kind = None
        if point.in_force_on(day):
            kind = next((kind for kind in RequestKind if day in open_for[kind]), None)
        quantity = None
        if found is not None and proved:
            quantity = Gas(found.quantity_m3, found.quantity_mbtu).in_unit(found.unit)
        return Cell(day, _state(point, day, found, day in cut, kind, today), quantity, names.get(day.date), kind)

    cells: list[Cell | None] = [None] * month.first.date.weekday()
    cells += [cell(day) for day in month.days()]
    cells += [None] * (-len(cells) % 7)
    last_closed = closings.closed_months(session, delivery_point_ids=[point.id]).get(point.id)
    return PointMonth(
        month,
        [cells[at : at + 7] for at in range(0, len(cells), 7)],
        proved,
        is_closed=last_closed is not None and month <= last_closed,
    )


def _state(
    point: DeliveryPoint, day: GasDay, found: object, is_cut: bool, kind: RequestKind | None, today: GasDay
) -> DayState:
    if not point.in_force_on(day):
        return DayState.NOT_SERVED
    if found is not None:
        if is_cut:
            return DayState.CUT
        return DayState.BY_RULE if getattr(found, "channel", None) is Channel.POLICY else DayState.NOMINATED
    if kind is RequestKind.NOMINATION:
        return DayState.MISSING
    if kind is RequestKind.RENOMINATION:
        return DayState.LATE_ONLY
    # Too far ahead to be asked for; or its close passed with nothing in force.
    return DayState.NOTHING if day > today.plus(1) else DayState.CLOSED
