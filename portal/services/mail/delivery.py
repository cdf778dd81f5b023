"""Delivery of the outbox, port by port: a message is claimed, handed to a carrier, marked as sent or put off."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

import structlog
from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from portal.domain.ports import Port
from portal.models import NominationMail, OutboxMessage, PushMessage
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction

from . import letters, message_ids, outbox, push_subscriptions

log = structlog.get_logger(__name__)
# Time of a claim: no other worker takes the mail up before, after it the first is considered dead.
CLAIM = timedelta(minutes=5)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
MOST_ATTEMPTS = 24
# Attempts for which a mail waits for its paper; from the last of them on it leaves without it.
PAPER_ATTEMPTS = 2
# Kept with a sent mail, as the administrator reads it.
WITHOUT_PAPER = "salió sin su papel"
ERROR_LENGTH = 500
# A gateway whose setting is away for less long loses no message: a worker that is restarted with it sends them.
GATEWAY_GRACE = timedelta(minutes=10)
# Kept with a message that was given up for want of a gateway, as the administrator reads it.
NO_GATEWAY = "no salió: su medio no tiene pasarela configurada"
# Likewise, with one that did not leave while it was true.
TOO_LATE = "no salió a tiempo: lo que dice ya pasó"
LEFT = (NO_GATEWAY, TOO_LATE)

Carry = Callable[["Mail"], None]
# Typesets the paper of a mail when it leaves.
Attach = Callable[[Session, "Paper"], "Attachment"]


class Paper(NamedTuple):
    """Paper that goes with a mail, by row id: the receipt of a nomination, or the constancia of a case."""

    nomination_id: int | None
    case_id: int | None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A PDF attached to a mail."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to deliver. ``number`` is the same at every try, so that a receiver can recognise a repetition."""

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
    # Part before the @ of its Message-ID, when it is about a case and may be answered.
    message_name: str | None = None
    # Where it goes by web push.
    push: push_subscriptions.Destination | None = None


class NotCarried(Exception):
    """Failure of the carrier; the mail is tried again later, not before ``wait`` passed.

    The text is stored and holds no secret.
    """

    def __init__(self, reason: str, *, wait: timedelta = timedelta(0)) -> None:
        super().__init__(reason)
        self.wait = wait


class RecipientGone(NotCarried):
    """The recipient is reached no more: the message is dropped, and so is the way to it."""


class ServerAway(NotCarried):
    """The mail server cannot be reached, hangs or refuses the sign-in: no other mail would get through either."""


class Carrier(Protocol):
    """Adapter of a port (docs/operations.md, "Ports"); ``MailServer``, ``Gateway`` and ``WebPush`` are three."""

    @property
    def port(self) -> Port:
        """The port whose messages it takes; one carrier a port."""

    def carry(self, message: Mail, /) -> None:
        """Hand one message over; ``NotCarried`` if it is not taken, ``ServerAway`` if the next would not be either.

        Returns when the other side has taken it, within seconds: the other messages of the port wait.
        """


def count_waiting(session: Session) -> int:
    """Return how many mails are unsent."""
    unsent = (
        select(func.count())
        .select_from(OutboxMessage)
        .where(OutboxMessage.sent_at.is_(None), OutboxMessage.port == Port.MAIL)
    )
    return session.scalar(unsent) or 0


def send_next(
    session: Session,
    *,
    carry: Carry,
    clock: Callable[[], datetime],
    attach: Attach | None = None,
    port: Port = Port.MAIL,
) -> bool | None:
    """Send the message of a port that has waited longest: True if sent, False if put off, None if none is due.

    Deletes unsent a mail whose link was used, replaced or expired meanwhile, and a message whose browser is of no use
    any more; gives up one for a telephone or a browser that would come too late. Claims the mail in a transaction of
    its own, hands it over outside of any, then records the outcome: two workers never hold the same mail. After a
    failure the wait doubles from one minute to six hours; after 24 attempts the mail stays unsent. A mail whose paper
    fails a second time leaves without it and says so. Raises ``ServerAway`` after putting its mail off. Any other error
    puts off that mail only.
    """
    claimed = _claim(Act.of_system(session, clock()), port)
    if claimed is None:
        return None
    if isinstance(claimed, int):
        return False
    mail, paper = claimed
    began, lacks = time.monotonic(), None
    try:
        if paper is not None and attach is not None:
            mail, lacks = _add_paper(session, mail, attach, paper)
        carry(mail)
    except Exception as error:
        # A failure of the database is not the mail's: the next round finds it claimed, and due later.
        if isinstance(error, (OperationalError, InterfaceError)):
            raise
        # The text of an unexpected error may contain the mail's content.
        reason = str(error) if isinstance(error, NotCarried) else type(error).__name__
        if isinstance(error, RecipientGone):
            _drop(Act.of_system(session, clock()), mail.number)
            _tell(mail, "dropped", began, reason=reason)
            return False
        wait = error.wait if isinstance(error, NotCarried) else timedelta(0)
        _put_off(Act.of_system(session, clock()), mail.number, reason, wait)
        _tell(mail, "put-off", began, reason=reason.split(":")[0])
        if isinstance(error, ServerAway):
            raise
        return False
    with transaction(session):
        row = session.get_one(OutboxMessage, mail.number)
        row.sent_at, row.sealed = clock(), None
        if lacks is not None:
            row.last_error = f"{WITHOUT_PAPER}: {lacks}"
        if mail.push is not None:
            push_subscriptions.note_sent(session, message_id=row.id, now=row.sent_at)
    _tell(mail, "sent", began) if lacks is None else _tell(mail, "sent-without-paper", began, reason=lacks)
    return True


def may_leave() -> ColumnElement[bool]:
    """Return the condition of a message that was not left for want of a gateway, nor because it came too late."""
    return or_(OutboxMessage.last_error.is_(None), OutboxMessage.last_error.not_in(LEFT))


def give_up_without_gateway(act: Act, *, ports: Collection[Port]) -> int:
    """Give up what is due by a port to telephones that is none of ``ports``, those with a gateway; return how many.

    Commits. A message is told late, if ever, and each once: it waits ten minutes for the gateway, then counts neither
    as failing nor as overdue. It leaves again only when somebody retries it (``outbox_desk.retry``). Takes no lock when
    nothing waits for such a port.
    """
    session = act.session
    without = [port for port in Port if port is not Port.MAIL and port not in ports]
    held = (*_waits_by(without), OutboxMessage.next_attempt_at <= act.now - GATEWAY_GRACE)
    found = bool(without) and session.scalar(select(OutboxMessage.id).where(*held).limit(1)) is not None
    session.rollback()
    if not found:
        return 0
    given_up = update(OutboxMessage).where(*held).values(last_error=NO_GATEWAY, next_attempt_at=act.now)
    with transaction(session):
        rows = session.execute(given_up.returning(OutboxMessage.port)).all()
    for port in without:
        if count := sum(row.port is port for row in rows):
            log.warning("messages given up: no gateway is set", port=port.value, count=count)
    return len(rows)


def count_due(act: Act, *, port: Port = Port.MAIL) -> int:
    """Return how many messages of a port are due."""
    count = act.session.scalar(select(func.count()).select_from(OutboxMessage).where(*_is_due(act.now, port))) or 0
    act.session.rollback()
    return count


def _is_due(now: datetime, port: Port) -> tuple[ColumnElement[bool], ...]:
    return (*_waits_by([port]), OutboxMessage.next_attempt_at <= now)


def _waits_by(ports: Collection[Port]) -> tuple[ColumnElement[bool], ...]:
    return (
        OutboxMessage.port.in_(ports),
        OutboxMessage.sent_at.is_(None),
        OutboxMessage.attempts < MOST_ATTEMPTS,
        may_leave(),
    )


def _tell(mail: Mail, outcome: str, began: float, **facts: str) -> None:
    """Log the outcome of a mail: its number and kind, never its recipient or content."""
    milliseconds = round((time.monotonic() - began) * 1000, 1)
    say = log.info if outcome == "sent" else log.warning
    say("mail", outcome=outcome, number=mail.number, kind=mail.kind, attempt=mail.attempt, ms=milliseconds, **facts)


def _add_paper(session: Session, mail: Mail, attach: Attach, paper: Paper) -> tuple[Mail, str | None]:
    """Return the mail with its paper typeset and None, or without it and the reason, once it waited long enough.

    An error with one paper keeps neither the other mails from leaving nor, for ever, its own.
    """
    try:
        return replace(mail, attachment=attach(session, paper)), None
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        reason = type(error).__name__
        if mail.attempt < PAPER_ATTEMPTS:
            raise NotCarried(f"its paper could not be made ({reason})") from error
        return replace(mail, body=mail.body.replace(outbox.PAPER_WORDS, outbox.NO_PAPER_WORDS)), reason
    finally:
        # Release what was read for the paper before the talk with the server.
        session.rollback()


def compute_wait(attempts: int) -> timedelta:
    """Return the wait after so many failed attempts."""
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(attempts - 1, 20)))


def _claim(act: Act, port: Port) -> tuple[Mail, Paper | None] | int | None:
    """Claim the next mail; return it and its paper, or its number alone if it cannot leave now."""
    session, now = act.session, act.now
    with transaction(session):
        row = session.scalars(
            select(OutboxMessage)
            .where(*_is_due(now, port))
            .order_by(OutboxMessage.next_attempt_at, OutboxMessage.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).one_or_none()
        if row is None:
            return None
        if outbox.is_over(row, now=now):
            session.delete(row)
            return row.id
        if port is not Port.MAIL and row.expires_at is not None and row.expires_at <= now:
            row.last_error, row.next_attempt_at = TOO_LATE, now
            return row.id
        push = push_subscriptions.find_destination(act, row) if port is Port.PUSH else None
        if port is Port.PUSH and push is None:
            _delete(session, row.id)
            return row.id
        row.attempts += 1
        row.next_attempt_at = now + CLAIM
        try:
            words, html = letters.write_mail(act, row)
        except outbox.SecretLost:
            row.last_error = "its link was sealed under another pepper, or its row was changed"
            row.next_attempt_at = now + compute_wait(row.attempts)
            return row.id
        mail = Mail(
            row.id,
            row.recipient,
            row.subject,
            words,
            row.created_at,
            html,
            kind=row.kind,
            attempt=row.attempts,
            sender_name=act.distributor.name,
            message_name=None if row.case_id is None else message_ids.name_mail(act.vault, number=row.id),
            push=push,
        )
        return mail, _paper_of(row)


def _paper_of(row: OutboxMessage) -> Paper | None:
    """Return the paper that goes with the mail of a row; None without one."""
    if row.attaches_nomination_id is not None:
        return Paper(row.attaches_nomination_id, None)
    if row.case_id is not None and row.kind == outbox.CASE_FILED:
        return Paper(None, row.case_id)
    return None


def _put_off(act: Act, number: int, error: str, wait: timedelta) -> None:
    with transaction(act.session):
        row = act.session.get_one(OutboxMessage, number)
        row.last_error = error[:ERROR_LENGTH]
        row.next_attempt_at = act.now + max(wait, compute_wait(row.attempts))


def _drop(act: Act, number: int) -> None:
    """Delete a message whose browser is gone, and end that browser."""
    with transaction(act.session):
        push_subscriptions.end_gone(act, message_id=number)
        _delete(act.session, number)


def _delete(session: Session, number: int) -> None:
    """Delete a message by web push with what refers to it, inside the caller's transaction."""
    for model in (PushMessage, NominationMail):
        session.execute(delete(model).where(model.outbox_message_id == number))
    session.execute(delete(OutboxMessage).where(OutboxMessage.id == number))
