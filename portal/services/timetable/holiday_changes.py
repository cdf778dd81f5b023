"""Add or withdraw a holiday, with a reason: preview, then change (adr/0096)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import extract, func, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.calendar import add_business_days, business_days_between, is_business_day
from portal.domain.cases import RUNNING, EntryKind
from portal.domain.gas_day import GasDay
from portal.models import Case, CaseEntry, Holiday
from portal.models.types import UtcMoment
from portal.services import timetable
from portal.services.store.acts import Act
from portal.services.store.identity import check_reason
from portal.services.store.permissions import require
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import holidays
from .close_moves import LONGEST_REASON


@dataclass(frozen=True, slots=True)
class Asked:
    """A requested change: a day to add as a holiday under ``name``, or with ``withdraw`` to withdraw; the reason."""

    day: date
    withdraw: bool
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class KeptTerm:
    """A case that owes an answer, with its last day, which stays, and the one that counting anew would give."""

    filing_number: str
    due: date
    counted_anew: date


@dataclass(frozen=True, slots=True)
class Effect:
    """Effect of a change: the day's name, the terms that it reaches, and whether the day will be a business day."""

    name: str
    is_business: bool
    will_be_business: bool
    terms: tuple[KeptTerm, ...]


def list_of_year(session: Session, *, year: int) -> Sequence[Holiday]:
    """Return the rows of a year, including withdrawn ones."""
    rows = select(Holiday).where(extract("year", Holiday.day) == year).order_by(Holiday.day)
    return session.scalars(rows).all()


def preview(act: Act, *, asked: Asked) -> Effect:
    """Return the effect of a change; write nothing.

    Refuses (``Rejected``) a missing reason, a missing name for a day to add, a year without rows, a day to add that is
    a holiday already, and a day to withdraw that is none.
    """
    require(act, Function.KEEP_TIMETABLE)
    check_reason(asked.reason, most=LONGEST_REASON)
    first, last = holidays.FIRST_YEAR, holidays.find_last_year(act.now)
    if not first <= asked.day.year <= last:
        raise Rejected(Refusal.HOLIDAY_OUT_OF_RANGE, "day", first=first, last=last)
    before = holidays.read(act.session)
    have = before.get(asked.day)
    if asked.withdraw and have is None:
        raise Rejected(Refusal.NO_HOLIDAY, "day")
    if not asked.withdraw and have is not None:
        raise Rejected(Refusal.HOLIDAY_KNOWN, "day", name=have)
    name = have or asked.name.strip()
    if not name:
        raise Rejected(Refusal.HOLIDAY_NAME_MISSING, "name")
    if len(name) > holidays.NAME_LENGTH:
        raise Rejected(Refusal.HOLIDAY_NAME_TOO_LONG, "name", most=holidays.NAME_LENGTH)
    after = {day: each for day, each in before.items() if day != asked.day}
    if not asked.withdraw:
        after[asked.day] = name
    return Effect(
        name,
        is_business_day(asked.day, before),
        is_business_day(asked.day, after),
        _terms(act.session, asked.day, before, after),
    )


def _terms(session: Session, day: date, before: Collection[date], after: Collection[date]) -> tuple[KeptTerm, ...]:
    """Return the running terms that have the day within, and would end on another one if it were counted anew."""
    again = select(func.max(CaseEntry.written_at)).where(
        CaseEntry.case_id == Case.id, CaseEntry.kind == EntryKind.REOPENED
    )
    begins = func.coalesce(again.scalar_subquery(), Case.filed_at, type_=UtcMoment())
    running = select(Case.filing_number, Case.due_on, begins.label("begins")).where(
        Case.state.in_(RUNNING), Case.due_on >= day
    )
    eve, found = day - timedelta(days=1), []
    for row in session.execute(running.order_by(Case.due_on, Case.id)):
        if GasDay.of(row.begins).date <= eve:
            left = business_days_between(eve, row.due_on, before)
            anew = add_business_days(eve, left, after)
            if anew != row.due_on:
                found.append(KeptTerm(row.filing_number, row.due_on, anew))
    return tuple(found)


def change(act: Act, *, asked: Asked) -> Effect:
    """Add a holiday or withdraw one; commits. Refuses as ``preview``. A withdrawn holiday keeps its row."""
    session = act.session
    with transaction(session):
        timetable.lock(session)
        effect = preview(act, asked=asked)
        row = session.get(Holiday, asked.day)
        if row is None:
            row = Holiday(day=asked.day)
            session.add(row)
        row.name, row.is_observed = effect.name, not asked.withdraw
        session.flush()
        audit.record(
            act,
            event=AuditEvent.HOLIDAY_WITHDRAWN if asked.withdraw else AuditEvent.HOLIDAY_ADDED,
            subject=asked.day.isoformat(),
            details={"name": effect.name, "cases": len(effect.terms), "reason": asked.reason.strip()},
        )
    holidays.forget(session)
    return effect
