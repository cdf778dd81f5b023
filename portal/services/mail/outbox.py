"""Outbox: mail written in the transaction that causes it and sent later by the worker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from portal.domain.ports import Port
from portal.models import EmailLink, NominationMail, OutboxMessage
from portal.services.store.acts import VAULT, Act
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault

from . import hot

# Placeholder of the secret in a mail's text, replaced when the mail leaves.
LINK_PLACE = "[enlace-sellado]"
# In ``Session.info``, where a terminal shows mails: the rows of ``post_many``, which no flush tells of.
POSTED = "mails_posted"
# Length of the column.
LONGEST_SUBJECT = 200
# Kind of the acknowledgement of a case: its constancia goes with it.
CASE_FILED = "case-filed"
# Text of a mail whose own was removed after its days (services/ops/retention.py).
REMOVED_WORDS = "[El texto de este correo se retiró: pasó el tiempo por el que se conserva.]"
# What a mail says of its paper, and what it says instead when the paper could not be made.
PAPER_WORDS = "La constancia va adjunta."
NO_PAPER_WORDS = "No pudimos adjuntar la constancia a este correo: está en la página."


def post(
    act: Act,
    *,
    kind: str,
    recipient: str,
    subject: str,
    body: str,
    html: str | None = None,
    dedup_key: str | None = None,
    attaches_nomination_id: int | None = None,
    case_id: int | None = None,
    link: EmailLink | None = None,
    secret: str | None = None,
    expires_at: datetime | None = None,
    about: Iterable[int] = (),
    port: Port = Port.MAIL,
    send_at: datetime | None = None,
) -> OutboxMessage:
    """Put one mail in the outbox, inside the caller's transaction.

    ``body`` is its plain text, ``html`` the same as a page. The subject is cut to one line of 200 characters: mail
    servers take no longer header. A ``dedup_key`` is used once for ever: a second mail with it is an
    ``IntegrityError``. ``attaches_nomination_id`` attaches a nomination's receipt, typeset when the mail leaves;
    ``case_id`` names the case that the mail is about, whose constancia goes with a mail of the kind ``CASE_FILED``.
    ``secret``, a code or the token of ``link``, is sealed and replaces ``LINK_PLACE`` in the text when the mail leaves.
    From ``expires_at`` (aware, UTC) on the mail is not sent. ``about`` are row ids of nominations that it tells of.
    ``port`` is how it leaves, and ``send_at`` (aware, UTC) the first moment at which it may.
    """
    message = OutboxMessage(
        created_at=act.now,
        kind=kind,
        recipient=recipient,
        subject=_one_line(subject),
        body=body,
        html=html,
        dedup_key=dedup_key,
        attaches_nomination_id=attaches_nomination_id,
        case_id=case_id,
        port=port,
        next_attempt_at=act.now if send_at is None else send_at,
        link=link,
        sealed=None if secret is None else _vault(act.session).seal_secret(secret, owner_of(kind, recipient)),
        expires_at=expires_at,
    )
    act.session.add(message)
    act.session.add_all([NominationMail(nomination_id=each, message=message) for each in about])
    return message


def was_posted(session: Session, *, dedup_key: str) -> bool:
    """Tell whether the outbox has a message with this key, sent or not."""
    return session.scalar(select(OutboxMessage.id).where(OutboxMessage.dedup_key == dedup_key)) is not None


def post_many(
    act: Act,
    *,
    kind: str,
    recipients: Sequence[str],
    subject: str,
    letter: str,
    attaches_nomination_id: int | None = None,
) -> None:
    """Put one mail for each recipient in the outbox as data (``Letter.as_data``), inside the caller's transaction.

    One statement writes them. They hold no secret.
    """
    shared = {
        "now": act.now,
        "new_kind": kind,
        "new_subject": _one_line(subject),
        "new_letter": letter,
        "attached": attaches_nomination_id,
    }
    hot.POST.run_many(act.session, [{**shared, "new_recipient": recipient} for recipient in recipients])
    posted: list[OutboxMessage] | None = act.session.info.get(POSTED)
    if posted is not None:
        posted += [
            OutboxMessage(created_at=act.now, kind=kind, recipient=each, subject=_one_line(subject), letter=letter)
            for each in recipients
        ]


class SecretLost(Exception):
    """The secret of a mail cannot be opened: it was sealed under another pepper, or its row was changed."""


def read_words(session: Session, message: OutboxMessage) -> str:
    """Return the text of a mail with its secret in place, for delivery only, never to be stored; ``SecretLost``."""
    if message.sealed is None:
        return message.body
    secret = _vault(session).open_secret(message.sealed, owner_of(message.kind, message.recipient))
    if secret is None:
        raise SecretLost
    return message.body.replace(LINK_PLACE, secret)


def is_over(message: OutboxMessage, *, now: datetime) -> bool:
    """Tell whether the mail's only link opens nothing any more, so that it need not be sent."""
    link = message.link
    return link is not None and (message.sealed is None or link.used_at is not None or link.expires_at <= now)


def forget_spent(act: Act, *, user_id: int | None = None) -> int:
    """Blank the secrets whose links are used, replaced or expired, inside the caller's transaction; return how many.

    Of every account unless ``user_id`` is given.
    """
    spent = select(EmailLink.id).where(or_(EmailLink.used_at.is_not(None), EmailLink.expires_at <= act.now))
    if user_id is not None:
        spent = spent.where(EmailLink.user_id == user_id)
    held = OutboxMessage.sealed.is_not(None) & or_(
        OutboxMessage.link_id.in_(spent), OutboxMessage.expires_at <= act.now
    )
    return len(
        act.session.execute(update(OutboxMessage).where(held).values(sealed=None).returning(OutboxMessage.id)).all()
    )


def forget_due(act: Act) -> None:
    """Blank the spent secrets of every account; commits. Takes no lock when no mail holds a secret."""
    session = act.session
    held_by_link = OutboxMessage.sealed.is_not(None) & OutboxMessage.link_id.is_not(None)
    held = session.scalar(select(OutboxMessage.id).where(held_by_link).limit(1))
    session.rollback()
    if held is not None:
        with transaction(session):
            forget_spent(act)


def owner_of(kind: str, recipient: str) -> str:
    """Return the owner that the secret of a mail is bound to."""
    return f"mail:{kind}:{recipient}"


def _vault(session: Session) -> Vault:
    vault: Vault = session.info[VAULT]
    return vault


def _one_line(subject: str) -> str:
    line = " ".join(subject.split())
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1]}…"
