"""Duties of the worker about cases: alarms while a term runs, and its end when it passed unanswered."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import and_, or_, select

from portal.domain.audit_events import AuditEvent
from portal.domain.cases import (
    ALARM_DAYS,
    LAST_CALL,
    RUNNING,
    CaseAction,
    CaseState,
    EntryKind,
    after,
    alarm_reached,
    lapses_at,
    last_call_at,
)
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
    """Tell the person in charge of each case whose term came to an alarm, and end each term that passed.

    Returns how many cases it touched. Commits, a case at a time; for any number of calls each alarm is told once and
    each term ends once.
    """
    session = act.session
    known = holidays.read(session)
    today = GasDay.of(act.now)
    rows = session.execute(
        select(Case.filing_number, Case.state, Case.due_on, Case.alarmed)
        .where(
            or_(
                and_(Case.state.in_(RUNNING), Case.due_on <= today.plus(LOOK_AHEAD).date),
                and_(Case.state == CaseState.LAPSED, Case.alarmed < LAST_CALL),
            )
        )
        .order_by(Case.due_on, Case.id)
    ).all()
    session.rollback()
    due = [row.filing_number for row in rows if _reached(act, row.state, row.due_on, known) > row.alarmed]
    return sum(_watch(act, number) for number in due)


# After every alarm of the term, before the last call.
_ENDED = LAST_CALL - 0.5


def _reached(act: Act, state: CaseState, due: date, known: Collection[date]) -> float:
    """Return what a case has come to: an alarm, the end of its term, or the last call to recognise it; 0 for none."""
    if state is CaseState.LAPSED:
        return LAST_CALL if act.now >= last_call_at(due) else 0
    return _ENDED if act.now >= lapses_at(due) else alarm_reached(GasDay.of(act.now), due, known)


def _watch(act: Act, number: str) -> bool:
    """Look at one case again under its lock; False when another worker was faster."""
    session = act.session
    with transaction(session):
        case = locked(session, filing_number=number)
        if case.state not in RUNNING | {CaseState.LAPSED}:
            return False
        reached = _reached(act, case.state, case.due_on, holidays.read(session))
        if reached <= case.alarmed:
            return False
        if reached == _ENDED:
            _lapse(act, case)
            return True
        case.alarmed = int(reached)
        mails.alarm(act, case=case, day=case.alarmed)
        add_entry(act, case=case, kind=EntryKind.ALARM, text=str(case.alarmed))
        return True


def _lapse(act: Act, case: Case) -> None:
    case.state = after(case.state, CaseAction.LAPSE) or CaseState.LAPSED
    case.alarmed = ALARM_DAYS[-1]
    mails.alarm(act, case=case, day=case.alarmed)
    mails.lapsed(act, case=case)
    add_entry(act, case=case, kind=EntryKind.LAPSED, text=case.due_on.isoformat())
    note(act, event=AuditEvent.CASE_LAPSED, case=case, due_on=case.due_on.isoformat())
