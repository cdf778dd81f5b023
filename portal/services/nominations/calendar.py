"""Calendar of a point, a month day by day (nominated, missing, cut, by rule), and the days still open for requests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay, Month
from portal.domain.lifecycle import STILL_MISSING, DayState
from portal.domain.modalities import Modality
from portal.domain.timetable import RequestKind, find_window, list_eligible_days
from portal.models import Contract, DeliveryPoint, Nomination, NominationDraft, NominationHead
from portal.services import timetable
from portal.services.keys import grants
from portal.services.ledger import closings
from portal.services.store.acts import Act
from portal.services.timetable import holidays

from . import rules
from .day_states import DayStanding, load_day_states
from .point_pages import FIRST_PAGE, Asked, PointPage, load_point_page

# States of days without a nomination in time that can still be requested.
GAPS = STILL_MISSING | {DayState.LATE_ONLY}


@dataclass(frozen=True, slots=True)
class Cell:
    """A day: its state, its holiday's name, and the kind of request that can be sent now."""

    gas_day: GasDay
    standing: DayStanding
    holiday: str | None
    kind: RequestKind | None

    @property
    def state(self) -> DayState:
        """The state of the day."""
        return self.standing.state


@dataclass(frozen=True, slots=True)
class PointMonth:
    """A month in weeks from Monday; cells outside of the month are None.

    ``is_closed`` is true when its statement was made: its figures no longer change.
    """

    month: Month
    weeks: list[list[Cell | None]]
    proved: bool
    is_closed: bool

    @property
    def days(self) -> list[Cell]:
        """The days of the month, without the filling of the first and the last week."""
        return [cell for week in self.weeks for cell in week if cell is not None]

    @property
    def has_gaps(self) -> bool:
        """True when a day without nomination can still be requested."""
        return any(cell.kind and cell.state in GAPS for cell in self.days)


def load_point_month(act: Act, *, point: DeliveryPoint, month: Month) -> PointMonth:
    """Return the calendar of a point that this session reaches, by eight queries."""
    proved = point.id in grants.list_proved_point_ids(act)
    shown = {point.id} if proved else set()
    standings = load_day_states(act, points=[point], gas_days=list(month.days()), proved=shown)
    names = holidays.list_between(act.session, first=month.first.date, last=month.last.date)

    def cell(day: GasDay) -> Cell:
        standing = standings[point.id, day]
        return Cell(day, standing, names.get(day.date), standing.kind)

    cells: list[Cell | None] = [None] * month.first.date.weekday()
    cells += [cell(day) for day in month.days()]
    cells += [None] * (-len(cells) % 7)
    last_closed = closings.find_closed_months(act.session, delivery_point_ids=[point.id]).get(point.id)
    return PointMonth(
        month,
        [cells[at : at + 7] for at in range(0, len(cells), 7)],
        proved,
        is_closed=last_closed is not None and month <= last_closed,
    )


@dataclass(frozen=True, slots=True)
class PointState:
    """A delivery point, its states of tomorrow and today, and whether its quantities may be shown."""

    point: DeliveryPoint
    tomorrow: DayStanding
    today: DayStanding
    is_proved: bool


@dataclass(frozen=True, slots=True)
class Board:
    """Tomorrow's gas day, its close, and the state of each point of a page."""

    gas_day: GasDay
    closes_at: datetime
    is_open: bool
    points: list[PointState]
    page: PointPage


def load_board(act: Act, *, modality: Modality, contracts: list[Contract], asked: Asked = FIRST_PAGE) -> Board:
    """Return the state of a page of the points of these contracts for the next gas day and for the current one."""
    today = GasDay.of(act.now)
    tomorrow = today.plus(1)
    rows = timetable.list_windows(act.session)
    window = find_window(rows, modality, RequestKind.NOMINATION, tomorrow)
    proved = grants.list_proved_point_ids(act)
    shown = load_point_page(
        act.session, contracts=contracts, today=today, proved=proved, asked=asked, recent_only=False
    )
    points = shown.points
    standings = load_day_states(act, points=points, gas_days=(today, tomorrow), proved=proved, windows=rows)
    states = [
        PointState(point, standings[point.id, tomorrow], standings[point.id, today], point.id in proved)
        for point in points
    ]
    closes_at = window.closes_at(tomorrow)
    return Board(tomorrow, closes_at, act.now <= closes_at, states, shown)


def open_days(act: Act, *, draft: NominationDraft) -> list[GasDay]:
    """Return the gas days open now for the draft's kind of request, nearest first.

    Days outside of the contract or of the point are left out.
    """
    if draft.kind is None:
        return []
    point = draft.delivery_point
    rows = timetable.list_windows(act.session)
    return [day for day in list_eligible_days(rows, draft.modality, draft.kind, act.now) if point.in_force_on(day)]


def find_in_force(session: Session, *, delivery_point_id: int, gas_day: GasDay) -> Nomination | None:
    """Return the nomination in force of a point and day, None without one."""
    head = rules.find_head(session, delivery_point_id=delivery_point_id, gas_day=gas_day)
    return head.nomination if head else None


def list_nominated_days(session: Session, *, delivery_point_id: int, first: GasDay, last: GasDay) -> set[GasDay]:
    """Return the days from ``first`` to ``last``, both included, that have a nomination."""
    return set(
        session.scalars(
            select(NominationHead.gas_day).where(
                NominationHead.delivery_point_id == delivery_point_id, NominationHead.gas_day.between(first, last)
            )
        )
    )
