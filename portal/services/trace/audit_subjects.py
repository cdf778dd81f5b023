"""What the events of the audit speak of, by the names that people know it by: searched for, and shown."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import Session

from portal.domain.searched import words_of
from portal.domain.typed_text import as_typed
from portal.models import (
    AuditEvent,
    Claim,
    Company,
    Contract,
    DeliveryPoint,
    KeyLetter,
    LateCorrection,
    MonthClosing,
    Nomination,
    User,
)
from portal.services.store import point_search

from .audit_trail import Entry

# Under what events name a delivery point.
POINT_NAMES = ("point", "delivery_point")
_OF_POINTS = (
    (MonthClosing.statement_number, MonthClosing.delivery_point_id),
    (LateCorrection.public_id, LateCorrection.delivery_point_id),
    (Nomination.public_id, Nomination.delivery_point_id),
    (Claim.public_id, Claim.delivery_point_id),
    (KeyLetter.public_id, KeyLetter.delivery_point_id),
)


def fits(session: Session, *, text: str) -> ColumnElement[bool]:
    """Return the condition of the events that speak of what ``text`` names; four queries.

    A point by its name, code, contract or public id: what happened to it, to what is its own (closings, corrections,
    nominations, claims, letters), and what names it. A company by its name: all of it. A filing or statement number;
    the mail address of an account; any other identifier as it is.
    """
    asked = as_typed(text).strip()
    points = _points(session, asked)
    ids = [point.id for point in points]
    subjects = {asked, *(point.public_id for point in points)}
    for model in (Nomination, Claim):
        subjects.update(session.scalars(select(model.public_id).where(model.filing_number == asked.upper())))
    conditions: list[ColumnElement[bool]] = [
        AuditEvent.subject.in_(subjects),
        func.lower(AuditEvent.actor) == asked.lower(),
        AuditEvent.subject.in_(select(User.public_id).where(User.email == asked.lower())),
        _of_company(asked),
    ]
    conditions += [AuditEvent.subject.in_(select(own).where(owner.in_(ids))) for own, owner in _OF_POINTS if ids]
    named = {asked, *(point.public_id for point in points)}
    conditions += [
        AuditEvent.details.contains(f'"{name}":"{value}"', autoescape=True)
        for value in sorted(named)
        for name in POINT_NAMES
    ]
    return or_(*conditions)


def names_of(session: Session, *, entries: Sequence[Entry]) -> dict[str, str]:
    """Return what the subjects and the named points of events are called, by public id; five queries."""
    wanted = {entry.subject for entry in entries}
    wanted |= {str(entry.details[name]) for entry in entries for name in POINT_NAMES if name in entry.details}
    if not wanted:
        return {}
    found: dict[str, str] = {}
    for public_id, name in (
        (DeliveryPoint.public_id, DeliveryPoint.name),
        (Company.public_id, Company.name),
        (Nomination.public_id, Nomination.filing_number),
        (Claim.public_id, Claim.filing_number),
        (User.public_id, User.email),
    ):
        rows = session.execute(select(public_id, name).where(public_id.in_(wanted)))
        found.update((each, called) for each, called in rows if called)
    return found


def _points(session: Session, asked: str) -> Sequence[DeliveryPoint]:
    exact = session.scalars(select(DeliveryPoint).where(DeliveryPoint.public_id == asked)).unique().all()
    return exact or point_search.find(session, text=asked)


def _of_company(asked: str) -> ColumnElement[bool]:
    if not words_of(asked):
        return false()
    called = point_search.fits(asked, Company)
    contract = select(Contract.public_id).where(func.lower(Contract.number) == asked.lower())
    return or_(AuditEvent.company_id.in_(select(Company.id).where(called)), AuditEvent.subject.in_(contract))
