"""Duties of the worker about cases: alarms while a term runs, and its end when it passed unanswered."""

from __future__ import annotations

from sqlalchemy import select

from portal.domain.audit_events import AuditEvent
from portal.domain.cases import ALARM_DAYS, RUNNING, CaseAction, CaseState, EntryKind, after, alarm_reached, lapses_at
from portal.domain.gas_day import GasDay
from portal.models import Case
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.timetable import holidays

from . import mails
from .records import add_entry, locked, note

# Calendar days that cover the last six business days of a term, with every holiday between them.
LOOK_AHEAD = 16


def watch_due(act: Act) -> int:
    """Tell who is in charge of each case whose term came to an alarm, and end each that passed; return how many.

    Commits, a case at a time; for any number of calls each alarm is told once and each term ends once.
    """
    session = act.session
    known = holidays.read(session)
    today = GasDay.of(act.now)
    rows = session.execute(
        select(Case.filing_number, Case.due_on, Case.alarmed)
        .where(Case.state.in_(RUNNING), Case.due_on <= today.plus(LOOK_AHEAD).date)
        .order_by(Case.due_on, Case.id)
    ).all()
    session.rollback()
    due = [
        row.filing_number
        for row in rows
        if act.now >= lapses_at(row.due_on) or alarm_reached(today, row.due_on, known) > row.alarmed
    ]
    return sum(_watch(act, number) for number in due)


def _watch(act: Act, number: str) -> bool:
    """Look at one case again under its lock; False when another worker was faster."""
    session = act.session
    with transaction(session):
        case = locked(session, filing_number=number)
        if case.state not in RUNNING:
            return False
        if act.now >= lapses_at(case.due_on):
            _lapse(act, case)
            return True
        day = alarm_reached(GasDay.of(act.now), case.due_on, holidays.read(session))
        if day <= case.alarmed:
            return False
        case.alarmed = day
        mails.alarm(act, case=case, day=day)
        add_entry(act, case=case, kind=EntryKind.ALARM, text=str(day))
        return True


def _lapse(act: Act, case: Case) -> None:
    case.state = after(case.state, CaseAction.LAPSE) or CaseState.LAPSED
    case.alarmed = ALARM_DAYS[-1]
    mails.alarm(act, case=case, day=case.alarmed)
    mails.lapsed(act, case=case)
    add_entry(act, case=case, kind=EntryKind.LAPSED, text=case.due_on.isoformat())
    note(act, event=AuditEvent.CASE_LAPSED, case=case, due_on=case.due_on.isoformat())
