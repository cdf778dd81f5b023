"""The outbox emptied: each mail claimed, handed to a carrier, marked as sent or put off (at least once each)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from portal.models import OutboxMessage
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction

from . import outbox

log = structlog.get_logger(__name__)
# While one worker hands a mail over, no other takes it up; after this time the first is taken for dead.
CLAIM = timedelta(minutes=5)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
MOST_ATTEMPTS = 24
ERROR_LENGTH = 500

Carry = Callable[["Mail"], None]
# Makes the paper of a nomination, given its row id, when its mail leaves.
Attach = Callable[[Session, int], "Attachment"]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A PDF that goes with a mail."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail on its way. ``number`` stays the same however often it is tried, so a receiver can tell a repetition."""

    number: int
    recipient: str
    subject: str
    body: str
    created_at: datetime
    html: str | None = None
    attachment: Attachment | None = None
    kind: str = ""
    attempt: int = 1
    sender_name: str = ""


class NotCarried(Exception):
    """The carrier could not hand the mail over; it is tried again later. The text is kept, without any secret."""


class ServerAway(NotCarried):
    """The mail server cannot be reached, hangs or lets nobody in: the next mail would fare no better."""


def waiting(session: Session) -> int:
    """Return how many mails were not sent yet."""
    unsent = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.sent_at.is_(None))
    return session.scalar(unsent) or 0


def send_next(
    session: Session, *, carry: Carry, clock: Callable[[], datetime], attach: Attach | None = None
) -> bool | None:
    """Send the mail that has waited longest: True when it went, False when it was put off, None when none is due.

    A mail whose link was used, replaced or ran out meanwhile is taken out unsent, for it has nothing to say.
    Claims it in a transaction of its own, hands it over outside of any, then notes the outcome. Two workers never hold
    the same mail. After a failure the wait doubles from one minute to six hours; after 24 attempts it stays unsent.
    ``ServerAway`` is raised after its mail was put off. Whatever else goes wrong with a mail puts off that one only.
    """
    claimed = _claim(Act.of_system(session, clock()))
    if claimed is None:
        return None
    if isinstance(claimed, int):
        return False
    mail, attaches = claimed
    began = time.monotonic()
    try:
        if attaches is not None and attach is not None:
            mail = replace(mail, attachment=_paper(session, attach, attaches))
        carry(mail)
    except Exception as error:
        # The database's trouble is not the mail's: the next round finds it claimed, and later due.
        if isinstance(error, (OperationalError, InterfaceError)):
            raise
        # What an unexpected error says may hold what the mail says.
        reason = str(error) if isinstance(error, NotCarried) else type(error).__name__
        _put_off(Act.of_system(session, clock()), mail.number, reason)
        _tell(mail, "put-off", began, reason=reason.split(":")[0])
        if isinstance(error, ServerAway):
            raise
        return False
    with transaction(session):
        row = session.get_one(OutboxMessage, mail.number)
        row.sent_at, row.sealed = clock(), None
    _tell(mail, "sent", began)
    return True


def due(act: Act) -> int:
    """Return how many mails are due."""
    count = act.session.scalar(select(func.count()).select_from(OutboxMessage).where(*_is_due(act.now))) or 0
    act.session.rollback()
    return count


def _is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        OutboxMessage.sent_at.is_(None),
        OutboxMessage.next_attempt_at <= now,
        OutboxMessage.attempts < MOST_ATTEMPTS,
    )


def _tell(mail: Mail, outcome: str, began: float, **facts: str) -> None:
    """Log what became of a mail: its number and kind, nothing of who gets it or what it says."""
    milliseconds = round((time.monotonic() - began) * 1000, 1)
    say = log.info if outcome == "sent" else log.warning
    say("mail", outcome=outcome, number=mail.number, kind=mail.kind, attempt=mail.attempt, ms=milliseconds, **facts)


def _paper(session: Session, attach: Attach, nomination_id: int) -> Attachment:
    """Make the paper; whatever goes wrong with one must not keep the other mails from leaving."""
    try:
        return attach(session, nomination_id)
    except Exception as error:
        raise NotCarried(f"its paper could not be made ({type(error).__name__})") from error
    finally:
        # What was read for the paper is not held while the server is talked to.
        session.rollback()


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after so many failed attempts."""
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(attempts - 1, 20)))


def _claim(act: Act) -> tuple[Mail, int | None] | int | None:
    """Return the next mail and the nomination whose paper goes with it; its number alone when it cannot leave now."""
    session, now = act.session, act.now
    with transaction(session):
        row = session.scalars(
            select(OutboxMessage)
            .where(*_is_due(now))
            .order_by(OutboxMessage.next_attempt_at, OutboxMessage.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).one_or_none()
        if row is None:
            return None
        if outbox.is_over(row, now=now):
            session.delete(row)
            return row.id
        row.attempts += 1
        row.next_attempt_at = now + CLAIM
        try:
            words = outbox.words(session, row)
        except outbox.SecretLost:
            row.last_error = "its link was sealed under another pepper, or its row was changed"
            row.next_attempt_at = now + wait_after(row.attempts)
            return row.id
        mail = Mail(
            row.id,
            row.recipient,
            row.subject,
            words,
            row.created_at,
            row.html,
            kind=row.kind,
            attempt=row.attempts,
            sender_name=act.distributor.name,
        )
        return mail, row.attaches_nomination_id


def _put_off(act: Act, number: int, error: str) -> None:
    with transaction(act.session):
        row = act.session.get_one(OutboxMessage, number)
        row.last_error = error[:ERROR_LENGTH]
        row.next_attempt_at = act.now + wait_after(row.attempts)
