"""What was changed in the registry, when and by whom: told by the audit."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import AuditEvent, User

from .entries import Plain

MOST = 50
EVENTS = (
    "company:created",
    "company:changed",
    "contract:created",
    "contract:changed",
    "delivery-point:created",
    "delivery-point:changed",
    "exit-point:created",
    "exit-point:changed",
    "contact:added",
    "contact:changed",
    "contact:removed",
)


class Change(NamedTuple):
    """One event: what became of each value, by name; ``file`` is the one it came in, None from a page."""

    event: str
    at: datetime
    by: str
    values: tuple[tuple[str, Plain, Plain], ...]
    file: str | None


def changes_of(session: Session, *, subjects: Collection[str]) -> list[Change]:
    """Return the last fifty changes of these things, by public id or code, the newest first; one query."""
    found = session.execute(
        select(AuditEvent.event, AuditEvent.at, AuditEvent.actor, AuditEvent.details, User.name)
        .outerjoin(User, User.id == AuditEvent.actor_id)
        .where(AuditEvent.subject.in_(subjects), AuditEvent.event.in_(EVENTS))
        .order_by(AuditEvent.sequence.desc())
        .limit(MOST)
    )
    return [_change(event, at, name or actor, json.loads(details)) for event, at, actor, details, name in found]


def _change(event: str, at: datetime, by: str, details: dict[str, Plain]) -> Change:
    file = details.pop("file", None)
    told = [key for key in details if key.startswith(("old_", "new_"))]
    # What says only how something is was written before changes were told value by value.
    names = dict.fromkeys(key[4:] for key in told) if told else details
    values = [(name, details.get(f"old_{name}"), details.get(f"new_{name}", details.get(name))) for name in names]
    return Change(event, at, by, tuple(values), None if file is None else str(file))
