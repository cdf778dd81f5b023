"""History of a subject, read from the audit: actor, time, and the values before and after."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import Session

from portal.domain.searched import words_of
from portal.domain.typed_text import as_typed
from portal.models import (
    AuditEvent,
    Case,
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

Value = str | int | bool | None
MOST = 50
OLD, NEW = "old_", "new_"


@dataclass(frozen=True, slots=True)
class Change:
    """A changed value; ``old`` is None for a detail that replaced nothing."""

    name: str
    old: Value
    new: Value


@dataclass(frozen=True, slots=True)
class Entry:
    """One event: ``changes`` holds the replaced values, ``details`` everything else written with it."""

    sequence: int
    at: datetime
    event: str
    actor: str
    channel: str
    subject: str
    changes: tuple[Change, ...]
    details: Mapping[str, Value]


def list_of_subject(session: Session, *, subject: str, most: int = MOST) -> list[Entry]:
    """Return the last ``most`` events of a subject, newest first; one query."""
    return list_of_subjects(session, subjects=[subject], most=most)


def list_of_subjects(
    session: Session, *, subjects: Collection[str], events: Collection[str] | None = None, most: int = MOST
) -> list[Entry]:
    """Return the last ``most`` events of several subjects together, newest first; only ``events`` if given.

    One query.
    """
    rows = select(AuditEvent).where(AuditEvent.subject.in_(subjects)).order_by(AuditEvent.sequence.desc()).limit(most)
    if events is not None:
        rows = rows.where(AuditEvent.event.in_(events))
    return read_entries(session.scalars(rows).all())


def read_entries(rows: Sequence[AuditEvent]) -> list[Entry]:
    """Return audit events in readable form."""
    return [_entry(row) for row in rows]


def _entry(row: AuditEvent) -> Entry:
    said: dict[str, Value] = json.loads(row.details)
    names = [name.removeprefix(NEW) for name in said if name.startswith(NEW)]
    names += [name.removeprefix(OLD) for name in said if name.startswith(OLD) and f"{NEW}{name[4:]}" not in said]
    changes = [Change(name, said.get(f"{OLD}{name}"), said.get(f"{NEW}{name}")) for name in names]
    details = {name: value for name, value in said.items() if not name.startswith((OLD, NEW))}
    return Entry(row.sequence, row.at, row.event, row.actor, row.channel, row.subject, tuple(changes), details)


# Details in which events name a delivery point.
POINT_NAMES = ("point", "delivery_point")
_OF_POINTS = (
    (MonthClosing.statement_number, MonthClosing.delivery_point_id),
    (LateCorrection.public_id, LateCorrection.delivery_point_id),
    (Nomination.public_id, Nomination.delivery_point_id),
    (Case.public_id, Case.delivery_point_id),
    (KeyLetter.public_id, KeyLetter.delivery_point_id),
)


def match_subject(session: Session, *, text: str) -> ColumnElement[bool]:
    """Return the condition of the events that concern the object named by ``text``; four queries.

    A point is named by name, code, contract or public id, and covers its own events, those of its closings,
    corrections, nominations, cases and letters, and those that name it. A company is named by its name and covers all
    its events. Otherwise ``text`` is a filing or statement number, the mail address of an account, or any other
    identifier, compared exactly.
    """
    asked = as_typed(text).strip()
    points = _points(session, asked)
    ids = [point.id for point in points]
    subjects = {asked, *(point.public_id for point in points)}
    for model in (Nomination, Case):
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


def find_names(session: Session, *, entries: Sequence[Entry]) -> dict[str, str]:
    """Return the display names of the subjects and points of events, by public id; five queries."""
    wanted = {entry.subject for entry in entries}
    wanted |= {str(entry.details[name]) for entry in entries for name in POINT_NAMES if name in entry.details}
    if not wanted:
        return {}
    found: dict[str, str] = {}
    for public_id, name in (
        (DeliveryPoint.public_id, DeliveryPoint.name),
        (Company.public_id, Company.name),
        (Nomination.public_id, Nomination.filing_number),
        (Case.public_id, Case.filing_number),
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
    called = point_search.match_text(asked, Company)
    contract = select(Contract.public_id).where(func.lower(Contract.number) == asked.lower())
    return or_(AuditEvent.company_id.in_(select(Company.id).where(called)), AuditEvent.subject.in_(contract))
