"""Investigations of significant deviations: the points to look at, and the steps of each, which nothing changes.

Source: docs/rules.md, "Investigation of a deviation"; adr/0172.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.deviations import Finding
from portal.domain.gas_day import GasDay, Month
from portal.domain.investigations import (
    InvestigationStep,
    charge_until,
    decide_by,
    is_governed,
    is_open,
    list_next_steps,
)
from portal.models import DeliveryPoint, InvestigationEntry, User, begins_open_investigation
from portal.services import ledger
from portal.services.points.service_days import is_served_within
from portal.services.store import duty_runs
from portal.services.store.acts import Act, Actor
from portal.services.store.permissions import require
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from .reviews import Alarm, find_alarms

LONGEST = 1000
_TO_LOOK_AT = frozenset({Finding.ABOVE, Finding.BELOW})
# Written by the worker, which opens what the annex obliges to investigate.
OPENED_BY_RULE = "El consumo del mes superó el límite superior del anexo 4 del contrato."


class Entry(NamedTuple):
    """Step that was done: on which day, what was found, when and by whom it was written; by nobody for the worker."""

    step: InvestigationStep
    done_on: date
    text: str
    written_at: datetime
    written_by: str


class Investigation(NamedTuple):
    """Steps of a point's month, oldest first; none before it is opened."""

    month: Month
    entries: Sequence[Entry] = ()

    @property
    def steps(self) -> list[InvestigationStep]:
        """The steps alone."""
        return [entry.step for entry in self.entries]

    @property
    def is_open(self) -> bool:
        """True from its opening until its decision was notified."""
        return is_open(self.steps)

    @property
    def is_decided(self) -> bool:
        """True from its decision on, notified or not."""
        return InvestigationStep.DECISION in self.steps

    @property
    def next_steps(self) -> tuple[InvestigationStep, ...]:
        """Steps that may follow."""
        return list_next_steps(self.steps)

    @property
    def decide_by(self) -> date:
        """Last day to decide."""
        return decide_by(self.month)

    @property
    def charge_until(self) -> date:
        """Last day on which its gas may be charged."""
        return charge_until(self.month)


class Case(NamedTuple):
    """Point with its verdict for a month, and what is being done about it."""

    public_id: str
    point: str
    company: str
    alarm: Alarm
    investigation: Investigation

    @property
    def must_be_opened(self) -> bool:
        """True while the annex obliges to investigate it, whatever the month, and nobody has."""
        finding = self.alarm.deviation.finding
        governed = is_governed(self.investigation.month)
        return self._is_untouched and governed and finding is Finding.ABOVE and not self.alarm.is_expected

    @property
    def may_be_opened(self) -> bool:
        """True while it may be investigated, but need not: a low month, one that was declared, or before the annex."""
        return self._is_untouched and not self.must_be_opened

    @property
    def _is_untouched(self) -> bool:
        return self.alarm.deviation.finding in _TO_LOOK_AT and not self.investigation.entries


class Desk(NamedTuple):
    """Points of a month beyond the limits or under investigation, and those of other months that are still open."""

    month: Month
    cases: Sequence[Case]
    open_before: Sequence[Case]


def load_desk(act: Act, *, month: Month) -> Desk:
    """Return the points to look at in ``month``: must before may, by name; and what is open of earlier months."""
    require(act, Function.SEE_OVERVIEW)
    session, today = act.session, GasDay.of(act.now)
    points = _list_served(session, month)
    alarms = find_alarms(session, points=points, month=month, today=today)
    known = _load(session, month=month)
    chosen = [
        point for point in points if alarms[point.id].deviation.finding in _TO_LOOK_AT or known.get((point.id, month))
    ]
    cases = [_case(point, alarms[point.id], known.get((point.id, month), Investigation(month))) for point in chosen]
    return Desk(month, sorted(cases, key=_urgency), _list_open_before(session, month, today))


def find(act: Act, *, public_id: str, month: Month) -> Case:
    """Return a point's month with its steps; ``NotFound`` for no such point or a month to come."""
    require(act, Function.SEE_OVERVIEW)
    today = GasDay.of(act.now)
    point = _get_point(act.session, public_id)
    if month > Month.of(today):
        raise NotFound
    alarm = find_alarms(act.session, points=[point], month=month, today=today)[point.id]
    return _case(point, alarm, find_of_point(act.session, delivery_point_id=point.id, month=month))


def find_of_point(session: Session, *, delivery_point_id: int, month: Month) -> Investigation:
    """Return the investigation of a point's month, without steps where there is none; one query."""
    found = _load(session, month=month, point_ids=[delivery_point_id])
    return found.get((delivery_point_id, month), Investigation(month))


def write(
    act: Act, *, public_id: str, month: Month, step: InvestigationStep | None, done_on: GasDay, text: str
) -> None:
    """Write a step down, which the customer reads; commits.

    Refuses (``Rejected``): a step that may not follow (``INVESTIGATION_STEP``), no words, too many, a day before the
    month or to come.
    """
    require(act, Function.LOAD_READINGS)
    session = act.session
    text = " ".join(text.split())
    if not text:
        raise Rejected(Refusal.INVESTIGATION_TEXT_MISSING, "text")
    if len(text) > LONGEST:
        raise Rejected(Refusal.INVESTIGATION_TEXT_TOO_LONG, "text", most=LONGEST)
    if not month.first <= done_on <= GasDay.of(act.now):
        raise Rejected(Refusal.INVESTIGATION_DAY, "done_on")
    with transaction(session):
        point = _get_point(session, public_id)
        ledger.lock(session, point.id)
        known = find_of_point(session, delivery_point_id=point.id, month=month)
        if step is None or step not in known.next_steps:
            raise Rejected(Refusal.INVESTIGATION_STEP, "step")
        _add(act, point, known, step, done_on, text)


def open_due(act: Act) -> int:
    """Open, once a Colombian day, what the annex obliges to investigate of the last month; commits, return how many.

    Not what the customer declared as a season, nor what was opened before.
    """
    session, today = act.session, GasDay.of(act.now)
    month, name = Month.of(today).previous, f"deviations:{today.isoformat()}"
    if duty_runs.is_done(session, name=name):
        session.rollback()
        return 0
    points = _list_served(session, month)
    alarms = find_alarms(session, points=points, month=month, today=today)
    due = [
        point.id
        for point in points
        if alarms[point.id].deviation.finding is Finding.ABOVE and not alarms[point.id].is_expected
    ]
    opened = 0
    try:
        with transaction(session):
            duty_runs.take(act, name=name)
            ledger.lock_points(session, due)
            opened_before = _load(session, month=month, point_ids=due)
            for point_id in due:
                if (point_id, month) not in opened_before:
                    point = session.get_one(DeliveryPoint, point_id)
                    step = InvestigationStep.OPENED
                    _add(act.by(Actor.system("worker")), point, Investigation(month), step, today, OPENED_BY_RULE)
                    opened += 1
    except duty_runs.Taken:
        return 0
    return opened


def _add(
    act: Act, point: DeliveryPoint, known: Investigation, step: InvestigationStep, done_on: GasDay, text: str
) -> None:
    number = len(known.entries) + 1
    act.session.add(
        InvestigationEntry(
            delivery_point_id=point.id,
            month=known.month.first.date,
            number=number,
            step=step,
            done_on=done_on.date,
            text=text,
            written_at=act.now,
            written_by_id=act.actor.user_id,
        )
    )
    audit.record(
        act,
        event=AuditEvent.INVESTIGATION_STEP_WRITTEN,
        subject=point.public_id,
        company_id=point.contract.company_id,
        details={"month": known.month.isoformat(), "number": number, "step": step.value},
    )


def _get_point(session: Session, public_id: str) -> DeliveryPoint:
    point = session.scalars(select(DeliveryPoint).where(DeliveryPoint.public_id == public_id)).unique().one_or_none()
    if point is None:
        raise NotFound
    return point


def _list_served(session: Session, month: Month) -> Sequence[DeliveryPoint]:
    wanted = select(DeliveryPoint).where(is_served_within(month.first, month.last))
    return session.scalars(wanted.order_by(DeliveryPoint.sort_name, DeliveryPoint.id)).unique().all()


def _load(
    session: Session, *, month: Month | None = None, point_ids: Collection[int] | None = None
) -> Mapping[tuple[int, Month], Investigation]:
    """Return the investigations of a month, or all; of these points, or of every one."""
    wanted = select(InvestigationEntry, User.name).outerjoin(User, User.id == InvestigationEntry.written_by_id)
    if month is not None:
        wanted = wanted.where(InvestigationEntry.month == month.first.date)
    if point_ids is not None:
        wanted = wanted.where(InvestigationEntry.delivery_point_id.in_(point_ids))
    entries: dict[tuple[int, Month], list[Entry]] = defaultdict(list)
    for found in session.execute(wanted.order_by(InvestigationEntry.id)):
        row = found.InvestigationEntry
        key = row.delivery_point_id, Month.of(GasDay(row.month))
        entries[key].append(Entry(row.step, row.done_on, row.text, row.written_at, found.name or ""))
    return {key: Investigation(key[1], of_key) for key, of_key in entries.items()}


def _list_open_before(session: Session, month: Month, today: GasDay) -> list[Case]:
    """Return the investigations of other months that are open, the oldest first."""
    still_open = (
        select(InvestigationEntry.delivery_point_id)
        .where(begins_open_investigation(), InvestigationEntry.month != month.first.date)
        .distinct()
    )
    ids = list(session.scalars(still_open))
    if not ids:
        return []
    points = {
        each.id: each for each in session.scalars(select(DeliveryPoint).where(DeliveryPoint.id.in_(ids))).unique()
    }
    of_month: dict[Month, list[tuple[DeliveryPoint, Investigation]]] = defaultdict(list)
    for (point_id, at), known in _load(session, point_ids=ids).items():
        if at != month and known.is_open:
            of_month[at].append((points[point_id], known))
    found = []
    for at, open_then in sorted(of_month.items()):
        alarms = find_alarms(session, points=[point for point, _ in open_then], month=at, today=today)
        found += [_case(point, alarms[point.id], known) for point, known in open_then]
    return found


def _case(point: DeliveryPoint, alarm: Alarm, investigation: Investigation) -> Case:
    return Case(point.public_id, point.name, point.contract.company.name, alarm, investigation)


def _urgency(case: Case) -> tuple[bool, bool, str]:
    finding = case.alarm.deviation.finding
    return not case.investigation.is_open, finding is not Finding.ABOVE or case.alarm.is_expected, case.point
