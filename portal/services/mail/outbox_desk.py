"""Outbox as the administrator sees it: waiting and failing mails; a failing one can be retried at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import load_only

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.models import OutboxMessage
from portal.services.store.acts import Act
from portal.services.store.keyset import PAGE, Place, take_page
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, NotFound
from portal.services.store.transactions import transaction
from portal.services.trace import audit


class MailState(StrEnum):
    """States of a mail."""

    FAILING = "failing"
    WAITING = "waiting"
    SENT = "sent"


_IS = {
    MailState.FAILING: (OutboxMessage.sent_at.is_(None), OutboxMessage.attempts > 0),
    MailState.WAITING: (OutboxMessage.sent_at.is_(None), OutboxMessage.attempts == 0),
    MailState.SENT: (OutboxMessage.sent_at.is_not(None),),
}


@dataclass(frozen=True, slots=True)
class Outbox:
    """A page of mails of one state, newest first, without their content; the count of each state."""

    messages: Sequence[OutboxMessage]
    counts: dict[MailState, int]
    next: Place | None


def list_mails(act: Act, *, state: MailState, text: str = "", after: int | None = None) -> Outbox:
    """Return fifty mails of a state, to addresses with ``text``, after a row id; without their content.

    ``NotAllowed`` without the function.
    """
    require(act, Function.ADMINISTER)
    counts = {each: select(func.count()).select_from(OutboxMessage).where(*_IS[each]) for each in MailState}
    row = act.session.execute(select(*(counts[each].scalar_subquery() for each in MailState))).one()
    rows = (
        select(OutboxMessage)
        .where(*_IS[state])
        .options(
            load_only(
                OutboxMessage.kind,
                OutboxMessage.recipient,
                OutboxMessage.created_at,
                OutboxMessage.attempts,
                OutboxMessage.next_attempt_at,
                OutboxMessage.sent_at,
                OutboxMessage.last_error,
            )
        )
        .order_by(OutboxMessage.id.desc())
        .limit(PAGE + 1)
    )
    if after is not None:
        rows = rows.where(OutboxMessage.id < after)
    if text.strip():
        rows = rows.where(OutboxMessage.recipient.icontains(text.strip(), autoescape=True))
    page = take_page(act.session.scalars(rows).all(), length=PAGE, place=lambda message: (message.id,))
    return Outbox(page.rows, dict(zip(MailState, row, strict=True)), page.next)


def retry(act: Act, *, message_id: int) -> None:
    """Make a failing mail due in the worker's next round; commits.

    ``NotFound`` for an unknown mail, ``Conflict`` if it was sent meanwhile, ``NotAllowed`` without the function.
    """
    session = act.session
    require(act, Function.ADMINISTER)
    with transaction(session):
        message = session.get(OutboxMessage, message_id, with_for_update={"key_share": True})
        if message is None:
            raise NotFound
        if message.sent_at is not None:
            raise Conflict("mail-sent")
        message.next_attempt_at = act.now
        session.flush()
        audit.record(
            act,
            event=AuditEvent.MAIL_RETRIED,
            subject=str(message.id),
            details={"kind": message.kind, "attempts": message.attempts},
        )
