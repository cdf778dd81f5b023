"""Notes of customers to the operator's shift about a day of a point; written once, never changed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.models import DeliveryPoint, ShiftNote
from portal.services.store.acts import Act
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

LONGEST, MOST_A_DAY, DAYS_AHEAD = 500, 10, 31

_FROM = (
    select(ShiftNote)
    .where(ShiftNote.delivery_point_id == bindparam("point_id"), ShiftNote.gas_day >= bindparam("since"))
    .order_by(ShiftNote.gas_day, ShiftNote.id)
)


def list_of_point(session: Session, *, point: DeliveryPoint, since: GasDay) -> Sequence[ShiftNote]:
    """Return the notes of a point for gas days from ``since`` on, by day."""
    return session.scalars(_FROM, {"point_id": point.id, "since": since}).all()


def write(act: Act, *, point: DeliveryPoint, gas_day: GasDay, text: str) -> ShiftNote:
    """Leave a note of at most 500 characters for a day, from today to 31 days ahead; commits.

    Refuses (``Rejected``) a blank text, a longer one, another day, and more than ten notes for a day.
    """
    session = act.session
    said = "\n".join([line.strip() for line in text.strip().splitlines()])
    if not said:
        raise Rejected(Refusal.NOTE_MISSING, "text")
    if len(said) > LONGEST:
        raise Rejected(Refusal.NOTE_TOO_LONG, "text", length=len(said), most=LONGEST)
    today = GasDay.of(act.now)
    if not today <= gas_day <= today.plus(DAYS_AHEAD):
        raise Rejected(Refusal.NOTE_DAY, "gas_day", days=DAYS_AHEAD)
    point_id, public_id, company_id = point.id, point.public_id, point.contract.company_id
    with transaction(session):
        written = session.scalar(
            select(func.count()).where(ShiftNote.delivery_point_id == point_id, ShiftNote.gas_day == gas_day)
        )
        if (written or 0) >= MOST_A_DAY:
            raise Rejected(Refusal.NOTES_SPENT, "text", most=MOST_A_DAY)
        note = ShiftNote(
            public_id=secrets.token_urlsafe(12),
            delivery_point_id=point_id,
            gas_day=gas_day,
            text=said,
            written_at=act.now,
            written_by_id=act.actor.user_id,
        )
        session.add(note)
        session.flush()
        audit.record(
            act,
            event=AuditEvent.SHIFT_NOTE_WRITTEN,
            subject=note.public_id,
            company_id=company_id,
            details={"point": public_id, "gas_day": gas_day.isoformat()},
        )
        return note
