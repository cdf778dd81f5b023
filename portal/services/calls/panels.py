"""Panel of a call: days and account of its point, and cases, letters and calls about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select

from portal.domain.cases import PENDING, CaseKind, CaseState
from portal.domain.gas_day import GasDay, Month
from portal.domain.keys import UNDER_WAY, LetterState
from portal.models import Call, Case, DeliveryPoint, KeyLetter, Nomination, NominationHead, is_head_of
from portal.services import announcements, nominations
from portal.services.account import balances, consumption
from portal.services.account.balances import MonthSheet, SheetDay
from portal.services.account.consumption import Alarm
from portal.services.announcements import Told
from portal.services.nominations import DayStanding, suggestions
from portal.services.nominations.suggestions import PointOffers
from portal.services.points import settings
from portal.services.store.acts import Act

from . import desk

LAST_READINGS, LAST_CALLS, MOST_LETTERS, MOST_CASES = 5, 4, 5, 10


class OpenCase(NamedTuple):
    """A case about the point, or about one of its days, that owes an answer: its radicado, and the last day for it."""

    filing_number: str
    kind: CaseKind
    gas_day: GasDay | None
    state: CaseState
    due_on: date


class LetterUnderWay(NamedTuple):
    """A letter of keys on its way, with its state and when it was asked for."""

    state: LetterState
    requested_at: datetime
    carrier: str | None
    tracking_number: str | None


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything about the point of a call; quantities in the unit of the point.

    ``offers`` are those of the next open day, once the agent may act for the point. ``readings`` are the last measured
    days of this month and the one before, newest first. ``at_once`` are the open calls of others about the same point,
    ``calls`` the last ones of anybody. ``asked`` are the nominations of this call, ``in_force``
    the row ids of those that still count.
    """

    call: Call
    point: DeliveryPoint
    today: DayStanding
    tomorrow: DayStanding
    offers: PointOffers | None
    sheet: MonthSheet
    readings: Sequence[SheetDay]
    alarm: Alarm
    notices: Sequence[Told]
    cases: Sequence[OpenCase]
    letters: Sequence[LetterUnderWay]
    calls: Sequence[Call]
    at_once: Sequence[Call]
    asked: Sequence[Nomination]
    in_force: frozenset[int]


def load_panel(act: Act, *, call: Call) -> Panel:
    """Return the panel of a call that ``desk.get_call`` gave; at most 25 queries, for any length of history."""
    session, point = act.session, call.delivery_point
    today = GasDay.of(act.now)
    tomorrow = today.plus(1)
    states = nominations.load_day_states(act, points=[point], gas_days=(today, tomorrow), proved={point.id})
    month = Month.of(today)
    sheet = _sheet(act, point, month, today)
    readings = _measured(sheet)
    if len(readings) < LAST_READINGS:
        readings += _measured(_sheet(act, point, month.previous, today))
    offered = suggestions.load_next_open_offers(act, modality=point.contract.modality, points=[point])
    alarm = consumption.find_alarms(session, points=[point], month=month.previous, today=today)[point.id]
    cases = session.execute(
        select(Case.filing_number, Case.kind, Case.gas_day, Case.state, Case.due_on)
        .where(Case.delivery_point_id == point.id, Case.state.in_(PENDING))
        .order_by(Case.due_on)
        .limit(MOST_CASES)
    )
    letters = session.execute(
        select(KeyLetter.state, KeyLetter.requested_at, KeyLetter.carrier, KeyLetter.tracking_number)
        .where(KeyLetter.delivery_point_id == point.id, KeyLetter.state.in_(UNDER_WAY))
        .order_by(KeyLetter.requested_at.desc())
        .limit(MOST_LETTERS)
    )
    asked = session.scalars(select(Nomination).where(Nomination.call_id == call.id).order_by(Nomination.id.desc()))
    nominated = asked.unique().all()
    heads = (
        select(NominationHead.nomination_id)
        .join(Nomination, is_head_of(Nomination))
        .where(Nomination.id.in_([nomination.id for nomination in nominated]))
    )
    calls = desk.list_calls_of_point(session, point_id=point.id, besides=call.id, most=LAST_CALLS)
    return Panel(
        call=call,
        point=point,
        today=states[point.id, today],
        tomorrow=states[point.id, tomorrow],
        offers=offered.get(point.id),
        sheet=sheet,
        readings=readings[:LAST_READINGS],
        alarm=alarm,
        notices=announcements.list_for_point(act, point=point),
        cases=[OpenCase(row.filing_number, row.kind, row.gas_day, row.state, row.due_on) for row in cases],
        letters=[LetterUnderWay(row.state, row.requested_at, row.carrier, row.tracking_number) for row in letters],
        calls=calls,
        at_once=[each for each in calls if each.agent_id != call.agent_id and desk.is_open(each, act)],
        asked=nominated,
        in_force=frozenset(session.scalars(heads)) if nominated else frozenset(),
    )


def _sheet(act: Act, point: DeliveryPoint, month: Month, today: GasDay) -> MonthSheet:
    tolerance = settings.read(act.session).tolerance(point.contract)
    return balances.load_month_sheet(
        act.session,
        delivery_point_id=point.id,
        unit=point.unit,
        tolerance_basis_points=tolerance.on(min(month.last, today)),
        month=month,
        today=today,
        starts_on=point.starts_on,
        ends_on=point.ends_on,
    )


def _measured(sheet: MonthSheet) -> list[SheetDay]:
    """Return the days with a consumption, the newest first."""
    return [day for day in reversed(sheet.days) if day.account.consumed is not None]
