"""Days on which no anchor was written because nothing ran: said by a person, in the audit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain import audit_events
from portal.models import AuditEvent
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.trace import audit

EVENT = audit_events.AuditEvent.ANCHORS_EXCUSED


def days(session: Session) -> set[date]:
    """Return the days that somebody excused."""
    found: set[date] = set()
    for details in session.scalars(select(AuditEvent.details).where(AuditEvent.event == EVENT)):
        said = json.loads(details)
        first, last = date.fromisoformat(said["first"]), date.fromisoformat(said["last"])
        found |= {first + timedelta(days=n) for n in range((last - first).days + 1)}
    return found


def excuse(act: Act, *, lacking: Sequence[date], reason: str) -> None:
    """Write down why these days have no anchor; commits."""
    runs: list[list[date]] = []
    for day in lacking:
        if runs and day - runs[-1][1] == timedelta(days=1):
            runs[-1][1] = day
        else:
            runs.append([day, day])
    with transaction(act.session):
        for first, last in runs:
            audit.record(
                act,
                event=EVENT,
                subject="anchors",
                details={"first": first.isoformat(), "last": last.isoformat(), "reason": reason},
            )
