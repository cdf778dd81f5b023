"""What happened to something, read from the audit: who, when, and what it was before and after."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import AuditEvent

Value = str | int | bool | None
MOST = 50
OLD, NEW = "old_", "new_"


@dataclass(frozen=True, slots=True)
class Change:
    """A value that was changed: ``old`` is None for what is said with the event and replaced nothing."""

    name: str
    old: Value
    new: Value


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. ``changes`` holds what it replaced, ``details`` all else that was written with it."""

    sequence: int
    at: datetime
    event: str
    actor: str
    channel: str
    subject: str
    changes: tuple[Change, ...]
    details: Mapping[str, Value]


def of_subject(session: Session, *, subject: str, most: int = MOST) -> list[Entry]:
    """Return the last ``most`` events of a subject, the newest first; one query."""
    return of_subjects(session, subjects=[subject], most=most)


def of_subjects(
    session: Session, *, subjects: Collection[str], events: Collection[str] | None = None, most: int = MOST
) -> list[Entry]:
    """Return the last ``most`` events of several subjects together, the newest first; only ``events`` when given.

    One query.
    """
    rows = select(AuditEvent).where(AuditEvent.subject.in_(subjects)).order_by(AuditEvent.sequence.desc()).limit(most)
    if events is not None:
        rows = rows.where(AuditEvent.event.in_(events))
    return entries(session.scalars(rows).all())


def entries(rows: Sequence[AuditEvent]) -> list[Entry]:
    """Return audit events as they are read."""
    return [_entry(row) for row in rows]


def _entry(row: AuditEvent) -> Entry:
    said: dict[str, Value] = json.loads(row.details)
    names = [name.removeprefix(NEW) for name in said if name.startswith(NEW)]
    names += [name.removeprefix(OLD) for name in said if name.startswith(OLD) and f"{NEW}{name[4:]}" not in said]
    changes = [Change(name, said.get(f"{OLD}{name}"), said.get(f"{NEW}{name}")) for name in names]
    details = {name: value for name, value in said.items() if not name.startswith((OLD, NEW))}
    return Entry(row.sequence, row.at, row.event, row.actor, row.channel, row.subject, tuple(changes), details)
