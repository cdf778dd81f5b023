"""A frozen version marked as sent upstream: by whom and when, once for each."""

from __future__ import annotations

from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.domain.roles import Function
from portal.models import DayBookSending
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.refusals import Conflict, NotFound
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from .permissions import person
from .versions import Version, versions_of


def mark_sent(act: Act, *, gas_day: GasDay, version: int) -> Version:
    """Note that this version of the book was sent upstream, and return it; commits.

    ``NotFound`` when there is no such version; ``Conflict`` when it is noted already, or is not the last one any more.
    """
    session = act.session
    user_id = person(act.actor, Function.AUTHORISE)
    with meaning_of_constraints(), transaction(session):
        versions = versions_of(session, gas_day=gas_day)
        if not 1 <= version <= len(versions):
            raise NotFound
        if version != len(versions):
            raise Conflict("book-frozen")
        book = versions[-1]
        session.add(DayBookSending(book_id=book.id, sent_at=act.now, sent_by_id=user_id))
        session.flush()
        audit.record(
            act,
            event=AuditEvent.DAY_BOOK_SENT,
            subject=gas_day.isoformat(),
            details={"version": version, "sha256": book.file_hash.hex()},
        )
        return book
