"""A month of a point, day by day: nominated, missing, cut, by its rule; and which days can still be asked for."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.day_states import STILL_MISSING, DayState
from portal.domain.gas_day import GasDay, Month
from portal.domain.timetable import RequestKind
from portal.models import DeliveryPoint
from portal.services.keys import grants
from portal.services.ledger import closings
from portal.services.store.acts import Act
from portal.services.timetable import holidays

from .day_states import DayStanding, day_states

# Days that nobody asked for in time and that can still be asked for.
GAPS = STILL_MISSING | {DayState.LATE_ONLY}


@dataclass(frozen=True, slots=True)
class Cell:
    """A day: what it is, its holiday's name, and the kind that can be sent now."""

    gas_day: GasDay
    standing: DayStanding
    holiday: str | None
    kind: RequestKind | None

    @property
    def state(self) -> DayState:
        """Where the day stands."""
        return self.standing.state


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
    def days(self) -> list[Cell]:
        """The days of the month, without what fills the first and the last week."""
        return [cell for week in self.weeks for cell in week if cell is not None]

    @property
    def has_gaps(self) -> bool:
        """Some day without nomination can still be asked for."""
        return any(cell.kind and cell.state in GAPS for cell in self.days)


def point_month(act: Act, *, point: DeliveryPoint, month: Month) -> PointMonth:
    """Return the calendar of a point that this session reaches, by eight queries."""
    proved = point.id in grants.proved_point_ids(act)
    shown = {point.id} if proved else set()
    standings = day_states(act, points=[point], gas_days=list(month.days()), proved=shown)
    names = holidays.between(act.session, first=month.first.date, last=month.last.date)

    def cell(day: GasDay) -> Cell:
        standing = standings[point.id, day]
        return Cell(day, standing, names.get(day.date), standing.kind)

    cells: list[Cell | None] = [None] * month.first.date.weekday()
    cells += [cell(day) for day in month.days()]
    cells += [None] * (-len(cells) % 7)
    last_closed = closings.closed_months(act.session, delivery_point_ids=[point.id]).get(point.id)
    return PointMonth(
        month,
        [cells[at : at + 7] for at in range(0, len(cells), 7)],
        proved,
        is_closed=last_closed is not None and month <= last_closed,
    )
