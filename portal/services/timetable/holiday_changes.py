"""Add or withdraw a holiday, with a reason: preview, then change (adr/0096)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import extract, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.calendar import is_business_day
from portal.domain.claims import PENDING, answer_due
from portal.models import Claim, Holiday
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
class MovedTerm:
    """A pending claim, with its last day to answer before and after the change."""

    filing_number: str
    due: date
    moved_to: date


@dataclass(frozen=True, slots=True)
class Effect:
    """Effect of a change: the day's name, the terms it moves, and whether the day will be a business day."""

    name: str
    is_business: bool
    will_be_business: bool
    terms: tuple[MovedTerm, ...]


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
    waiting = select(Claim.filing_number, Claim.opened_at).where(Claim.state.in_(PENDING)).order_by(Claim.id)
    terms = [
        MovedTerm(row.filing_number, answer_due(row.opened_at, before), answer_due(row.opened_at, after))
        for row in act.session.execute(waiting)
    ]
    return Effect(
        name,
        is_business_day(asked.day, before),
        is_business_day(asked.day, after),
        tuple(term for term in terms if term.due != term.moved_to),
    )


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
            details={"name": effect.name, "claims": len(effect.terms), "reason": asked.reason.strip()},
        )
    holidays.forget(session)
    return effect
