"""Short messages to contacts who chose a port besides mail: one row of the outbox each (adr/0166)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.domain.ports import Port
from portal.domain.telephones import dial_mobile
from portal.models import Contact, ContactPort
from portal.services.mail import outbox
from portal.services.store.acts import Act

from .contacts import Topic


@dataclass(frozen=True, slots=True)
class Short:
    """Text of a short message, its heading, and the path of the page with the rest.

    A telephone shows it while it is locked: no quantity, no point, no company.
    """

    subject: str
    text: str
    path: str = "/inicio"


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
    """Put a message in the outbox for each telephone whose contact chose the topic by a port; return how many.

    Inside the caller's transaction; one query, and with a key one for each message. ``companies`` are row ids of
    companies, each with those of the nominations that the message tells it of; ``contact_ids`` narrows the contacts.
    Each message has the key ``dedup_key`` with the contact and the port: one whose key was used is not put there again.
    A contact without a mobile number is left out.
    """
    if not companies:
        return 0
    rows = act.session.execute(
        select(Contact.id, Contact.company_id, Contact.phone, ContactPort.port)
        .join(ContactPort, ContactPort.contact_id == Contact.id)
        .where(Contact.company_id.in_(companies), Contact.removed_at.is_(None), ContactPort.topic == topic.value)
        .order_by(Contact.id, ContactPort.port)
    ).all()
    told: set[tuple[Port, str]] = set()
    for row in rows:
        number = dial_mobile(row.phone or "")
        key = None if dedup_key is None else f"{dedup_key}:{row.id}:{row.port.value}"
        if not number or (row.port, number) in told or (contact_ids is not None and row.id not in contact_ids):
            continue
        if key is not None and outbox.was_posted(act.session, dedup_key=key):
            continue
        told.add((row.port, number))
        outbox.post(
            act,
            kind=kind,
            recipient=number,
            subject=short.subject,
            body=f"{act.distributor.name}: {short.text}\n{act.link(short.path)}",
            port=row.port,
            about=companies[row.company_id],
            send_at=send_at,
            dedup_key=key,
        )
    return len(told)
