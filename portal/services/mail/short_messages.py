"""Short messages to contacts who chose a port besides mail, and to browsers: one row of the outbox each (adr/0166)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.domain.ports import Port
from portal.domain.telephones import dial_mobile
from portal.domain.web_push import name_thread
from portal.models import Contact, ContactPort, OutboxMessage, PushMessage
from portal.services.mail import outbox
from portal.services.store.acts import Act

from . import push_subscriptions
from .contacts import Topic

# Topics for which a telephone that saves its battery is woken (RFC 8030, 5.3).
URGENT = frozenset({Topic.REMINDERS, Topic.CUTS, Topic.CONTINGENCIES})


@dataclass(frozen=True, slots=True)
class Short:
    """Text of a short message, its heading, and the path of the page with the rest.

    A telephone shows it while it is locked: no quantity, no point, no company. From ``until`` (aware, UTC) on it is
    untrue, and not sent. ``about`` names what it tells of: in a browser a later message about the same takes its place.
    """

    subject: str
    text: str
    path: str = "/inicio"
    until: datetime | None = None
    about: tuple[str, ...] = ()


def post(
    act: Act,
    *,
    topic: Topic,
    kind: str,
    companies: Mapping[int, Sequence[int]],
    short: Short,
    send_at: datetime | None = None,
    contact_ids: Collection[int] | None = None,
    dedup_key: str | None = None,
) -> int:
    """Put a message in the outbox for each telephone and browser that wants the topic; return how many.

    Inside the caller's transaction; two queries, and with a key one for each message. ``companies`` are row ids of
    companies, each with those of the nominations that the message tells it of; ``contact_ids`` narrows the contacts,
    and the browsers of accounts with the address of a contact. Each message has the key ``dedup_key`` with its receiver
    and port: one whose key was used is not put there again. A contact without a mobile number is left out.
    """
    if not companies:
        return 0
    message = _Message(act, kind, companies, short, send_at, dedup_key)
    return _post_to_telephones(message, topic, contact_ids) + _post_to_browsers(message, topic, contact_ids)


@dataclass(frozen=True, slots=True)
class _Message:
    """Message on its way to several receivers."""

    act: Act
    kind: str
    companies: Mapping[int, Sequence[int]]
    short: Short
    send_at: datetime | None
    dedup_key: str | None

    def post(self, port: Port, *, receiver: int, recipient: str, company_id: int) -> OutboxMessage | None:
        """Put it in the outbox for one receiver; None if its key was used."""
        key = None if self.dedup_key is None else f"{self.dedup_key}:{receiver}:{port.value}"
        if key is not None and outbox.was_posted(self.act.session, dedup_key=key):
            return None
        until = self.short.until
        return outbox.post(
            self.act,
            kind=self.kind,
            recipient=recipient,
            subject=self.short.subject,
            body=f"{self.act.distributor.name}: {self.short.text}\n{self.act.link(self.short.path)}",
            port=port,
            about=self.companies[company_id],
            send_at=self.send_at,
            dedup_key=key,
            # What is told afterwards all the same, a cut of yesterday, does not age.
            expires_at=until if until is not None and until > self.act.now else None,
        )


def _post_to_telephones(message: _Message, topic: Topic, contact_ids: Collection[int] | None) -> int:
    rows = message.act.session.execute(
        select(Contact.id, Contact.company_id, Contact.phone, ContactPort.port)
        .join(ContactPort, ContactPort.contact_id == Contact.id)
        .where(Contact.company_id.in_(message.companies), Contact.removed_at.is_(None))
        .where(ContactPort.topic == topic.value)
        .order_by(Contact.id, ContactPort.port)
    ).all()
    told: set[tuple[Port, str]] = set()
    for row in rows:
        number = dial_mobile(row.phone or "")
        if not number or (row.port, number) in told or (contact_ids is not None and row.id not in contact_ids):
            continue
        if message.post(row.port, receiver=row.id, recipient=number, company_id=row.company_id):
            told.add((row.port, number))
    return len(told)


def _post_to_browsers(message: _Message, topic: Topic, contact_ids: Collection[int] | None) -> int:
    session = message.act.session
    receivers = push_subscriptions.list_receivers(session, topic=topic, company_ids=message.companies)
    if not receivers:
        return 0
    others = set() if contact_ids is None else _list_others(message, contact_ids)
    told: set[int] = set()
    for each in receivers:
        if each.subscription_id in told or (each.company_id, each.email) in others:
            continue
        posted = message.post(
            Port.PUSH, receiver=each.subscription_id, recipient=each.email, company_id=each.company_id
        )
        if posted is None:
            continue
        told.add(each.subscription_id)
        session.flush()
        session.add(
            PushMessage(
                outbox_message_id=posted.id,
                push_subscription_id=each.subscription_id,
                company_id=each.company_id,
                thread=name_thread(message.kind, *message.short.about),
                is_urgent=topic in URGENT,
            )
        )
    return len(told)


def _list_others(message: _Message, contact_ids: Collection[int]) -> set[tuple[int, str]]:
    """Return company and address of the contacts that a message is not for."""
    rows = message.act.session.execute(
        select(Contact.company_id, Contact.email).where(
            Contact.company_id.in_(message.companies), Contact.removed_at.is_(None), Contact.id.not_in(contact_ids)
        )
    )
    return {(row.company_id, row.email.casefold()) for row in rows}
