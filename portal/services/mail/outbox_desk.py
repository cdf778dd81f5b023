"""Outbox as the administrator sees it: waiting and failing mails; a failing one can be retried at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, load_only

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.models import OutboxMessage
from portal.services.store.acts import Act
from portal.services.store.keyset import PAGE, Place, take_page
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, NotFound
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from .delivery import MOST_ATTEMPTS, NO_GATEWAY, TOO_LATE, may_leave


class Lot(StrEnum):
    """Mails as commands list them: never tried, put off, given up after the last attempt, sent."""

    NEW = "new"
    FAILING = "failing"
    GIVEN_UP = "given-up"
    SENT = "sent"


class MailState(StrEnum):
    """States of a mail; given up are ``NO_GATEWAY``, for its port has none, and ``TOO_LATE``, untrue before it left."""

    FAILING = "failing"
    NO_GATEWAY = "no-gateway"
    TOO_LATE = "too-late"
    WAITING = "waiting"
    SENT = "sent"


_UNSENT = OutboxMessage.sent_at.is_(None)
_IN = {
    Lot.NEW: (_UNSENT, OutboxMessage.attempts == 0, may_leave()),
    Lot.FAILING: (_UNSENT, OutboxMessage.attempts > 0, OutboxMessage.attempts < MOST_ATTEMPTS, may_leave()),
    Lot.GIVEN_UP: (_UNSENT, or_(OutboxMessage.attempts >= MOST_ATTEMPTS, ~may_leave())),
    Lot.SENT: (OutboxMessage.sent_at.is_not(None),),
}
_IS = {
    MailState.FAILING: (_UNSENT, OutboxMessage.attempts > 0, may_leave()),
    MailState.NO_GATEWAY: (_UNSENT, OutboxMessage.last_error == NO_GATEWAY),
    MailState.TOO_LATE: (_UNSENT, OutboxMessage.last_error == TOO_LATE),
    MailState.WAITING: _IN[Lot.NEW],
    MailState.SENT: _IN[Lot.SENT],
}
# Columns of a mail in a list: none of its content.
WITHOUT_CONTENT = load_only(
    OutboxMessage.kind,
    OutboxMessage.port,
    OutboxMessage.recipient,
    OutboxMessage.created_at,
    OutboxMessage.attempts,
    OutboxMessage.next_attempt_at,
    OutboxMessage.sent_at,
    OutboxMessage.last_error,
)
_NEWEST_FIRST = select(OutboxMessage).options(WITHOUT_CONTENT).order_by(OutboxMessage.id.desc())


def list_recent(session: Session, *, lot: Lot, kind: str | None = None, most: int) -> Sequence[OutboxMessage]:
    """Return the newest mails of a lot, of one kind or all, without content; for commands, without a permission."""
    rows = _NEWEST_FIRST.where(*_IN[lot]).limit(most)
    if kind is not None:
        rows = rows.where(OutboxMessage.kind == kind)
    return session.scalars(rows).all()


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
    rows = _NEWEST_FIRST.where(*_IS[state]).limit(PAGE + 1)
    if after is not None:
        rows = rows.where(OutboxMessage.id < after)
    if text.strip():
        rows = rows.where(OutboxMessage.recipient.icontains(text.strip(), autoescape=True))
    page = take_page(act.session.scalars(rows).all(), length=PAGE, place=lambda message: (message.id,))
    return Outbox(page.rows, dict(zip(MailState, row, strict=True)), page.next)


def retry(act: Act, *, message_id: int) -> None:
    """Make a failing mail due in the worker's next round, one that was given up for one more attempt; commits.

    One that had no gateway is due like a new one, and given up again if there is none yet.
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
        attempts = message.attempts
        message.next_attempt_at, message.attempts = act.now, min(attempts, MOST_ATTEMPTS - 1)
        if message.last_error == NO_GATEWAY:
            message.last_error = None
        session.flush()
        audit.record(
            act,
            event=AuditEvent.MAIL_RETRIED,
            subject=str(message.id),
            details={"kind": message.kind, "attempts": attempts},
        )
