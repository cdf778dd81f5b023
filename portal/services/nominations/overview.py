"""What the pages around a nomination say: tomorrow's state of each point, open days, limits, what happens next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.timetable import RequestKind, eligible_days, window_for
from portal.models import Contract, DeliveryPoint, Nomination, NominationDraft, NominationHead
from portal.services import timetable
from portal.services.keys import grants
from portal.services.store.acts import Act

from . import rules
from .day_states import DayStanding, day_states


@dataclass(frozen=True, slots=True)
class PointState:
    """A delivery point, what tomorrow and today are for it, and whether its quantities may be told."""

    point: DeliveryPoint
    tomorrow: DayStanding
    today: DayStanding
    is_proved: bool


@dataclass(frozen=True, slots=True)
class Board:
    """Tomorrow's gas day, until when nominations for it are taken, and the state of each point."""

    gas_day: GasDay
    closes_at: datetime
    is_open: bool
    points: list[PointState]


def board(act: Act, *, modality: Modality, contracts: list[Contract]) -> Board:
    """Return the state of every point of these contracts for the next gas day, and for the one that runs."""
    today = GasDay.of(act.now)
    tomorrow = today.plus(1)
    rows = timetable.windows(act.session)
    window = window_for(rows, modality, RequestKind.NOMINATION, tomorrow)
    points = grants.points_of(act.session, contracts=contracts)
    proved = grants.proved_point_ids(act)
    standings = day_states(act, points=points, gas_days=(today, tomorrow), proved=proved, windows=rows)
    states = [
        PointState(point, standings[point.id, tomorrow], standings[point.id, today], point.id in proved)
        for point in points
    ]
    closes_at = window.closes_at(tomorrow)
    return Board(tomorrow, closes_at, act.now <= closes_at, states)


def open_days(act: Act, *, draft: NominationDraft) -> list[GasDay]:
    """Return the gas days that a request of the draft's kind may name now, the nearest first.

    Days outside of the contract or of the point are left out.
    """
    if draft.kind is None:
        return []
    point = draft.delivery_point
    rows = timetable.windows(act.session)
    return [day for day in eligible_days(rows, draft.modality, draft.kind, act.now) if point.in_force_on(day)]


def in_force(session: Session, *, delivery_point_id: int, gas_day: GasDay) -> Nomination | None:
    """Return the nomination in force of a point and day, None when nothing was nominated."""
    head = rules.head_of(session, delivery_point_id=delivery_point_id, gas_day=gas_day)
    return head.nomination if head else None


def nominated_days(session: Session, *, delivery_point_id: int, first: GasDay, last: GasDay) -> set[GasDay]:
    """Return the days from ``first`` to ``last``, both included, that have a nomination."""
    return set(
        session.scalars(
            select(NominationHead.gas_day).where(
                NominationHead.delivery_point_id == delivery_point_id, NominationHead.gas_day.between(first, last)
            )
        )
    )
