"""Contacts of a company, the topics each one wants, and its deputies."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function, may
from portal.domain.audit_events import AuditEvent
from portal.domain.ports import Port
from portal.domain.telephones import dial_mobile
from portal.models import Binding, Company, Contact, ContactPort, Contract
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.identity import normalise_email
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

LONGEST_NAME, LONGEST_PHONE, MOST = 120, 40, 20


class Topic(StrEnum):
    """Topics that a contact may want; each is the name of its column without ``wants_``."""

    RECEIPTS = "receipts"
    REMINDERS = "reminders"
    CUTS = "cuts"
    NOTICES = "notices"
    CONTINGENCIES = "contingencies"
    IN_FULL = "in_full"


# Topics of a new contact: all but a mail on every day on which nothing went wrong.
DEFAULT_TOPICS = frozenset(Topic) - {Topic.IN_FULL}
# Receipts go by mail alone: they carry a paper, and a signature asks the database nothing more (adr/0147).
TOPICS_OF_PORTS = tuple(topic for topic in Topic if topic is not Topic.RECEIPTS)
# Ports that reach a telephone.
TELEPHONE_PORTS = (Port.SMS, Port.WHATSAPP)
# Topic that a contact wants by a port besides mail.
Choice = tuple[Topic, Port]


def is_wanted(topic: Topic) -> ColumnElement[bool]:
    """Return the condition that a contact wants a topic by mail and was not removed."""
    wants: ColumnElement[bool] = getattr(Contact, f"wants_{topic.value}")
    return and_(Contact.removed_at.is_(None), wants)


_OF_COMPANY = (
    select(Contact)
    .where(Contact.company_id == bindparam("company_id"), Contact.removed_at.is_(None))
    .order_by(Contact.is_deputy, Contact.id)
)
_ADDRESSES = {
    topic: select(Contact.email)
    .where(Contact.company_id == bindparam("company_id"), is_wanted(topic))
    .order_by(Contact.id)
    for topic in Topic
}


def list_contacts(session: Session, *, company_id: int) -> Sequence[Contact]:
    """Return the contacts of a company, deputies last."""
    return session.scalars(_OF_COMPANY, {"company_id": company_id}).all()


def select_addresses(topic: Topic) -> Select[str]:
    """Return the SELECT of the contacts' addresses for a topic (``company_id``), as a part of another statement."""
    return _ADDRESSES[topic]


def list_addresses(session: Session, *, company_id: int, topic: Topic, besides: Iterable[str] = ()) -> list[str]:
    """Return the addresses for ``topic``: ``besides`` first, then the contacts who want it, each address once."""
    found = session.connection().execute(_ADDRESSES[topic], {"company_id": company_id}).scalars()
    return deduplicate([*besides, *found])


def list_addresses_by_company(session: Session, *, company_ids: Iterable[int], topic: Topic) -> dict[int, list[str]]:
    """Return the addresses for ``topic`` of several companies by one query, each address once; none: no entry."""
    wanted = set(company_ids)
    found: dict[int, list[str]] = {}
    if not wanted:
        return found
    rows = session.execute(
        select(Contact.company_id, Contact.email)
        .where(Contact.company_id.in_(wanted), is_wanted(topic))
        .order_by(Contact.id)
    )
    for row in rows:
        found.setdefault(row.company_id, []).append(row.email)
    return {company_id: deduplicate(addresses) for company_id, addresses in found.items()}


def deduplicate(recipients: Iterable[str]) -> list[str]:
    """Return addresses in their order, each one once; letter case does not matter."""
    found: dict[str, str] = {}
    for address in recipients:
        found.setdefault(address.casefold(), address)
    return list(found.values())


def list_companies(act: Act) -> Sequence[Company]:
    """Return the companies whose contracts this account opened and may nominate for, by name."""
    return (
        act.session.scalars(
            select(Company)
            .join(Contract, Contract.company_id == Company.id)
            .join(Binding, Binding.contract_id == Contract.id)
            .where(Binding.user_id == act.actor.user_id, Binding.may_nominate, Binding.disabled_at.is_(None))
            .order_by(Company.sort_name)
            .distinct()
        )
        .unique()
        .all()
    )


def add(
    act: Act, *, company: str, name: str, email: str, phone: str | None, is_deputy: bool, topics: frozenset[Topic]
) -> Contact:
    """Add a contact to the company with public id ``company``; commits. Keepers of the registry reach every company.

    Refuses (``Rejected``) a missing name or address, an address already there, more than twenty; ``NotFound`` for a
    company out of this account's reach.
    """
    session = act.session
    owner = _own_company(act, public_id=company)
    said = _checked(name, email, phone)
    if len(list_contacts(session, company_id=owner)) >= MOST:
        raise Rejected(Refusal.TOO_MANY_CONTACTS, most=MOST)
    with meaning_of_constraints(), transaction(session):
        contact = Contact(
            public_id=secrets.token_urlsafe(12),
            company_id=owner,
            is_deputy=is_deputy,
            created_at=act.now,
            **said,
            **{f"wants_{topic.value}": topic in topics for topic in Topic},
        )
        session.add(contact)
        session.flush()
        _record(act, AuditEvent.CONTACT_ADDED, contact=contact)
        return contact


def change(
    act: Act,
    *,
    contact: str,
    is_deputy: bool,
    topics: frozenset[Topic],
    said: tuple[str, str, str | None] | None = None,
    phone: str | None = None,
    also: frozenset[Choice] | None = None,
) -> Contact:
    """Set the topics of a contact, and whether it is a deputy; commits.

    ``said`` is its name, address and telephone, if they change too; refuses (``Rejected``) them as ``add``. ``phone``
    is its telephone, if that alone changes. ``also`` is what it wants by other ports than mail, None to leave that;
    refused for a contact without a mobile number.
    """
    named = _checked(*said) if said else {}
    with meaning_of_constraints(), transaction(act.session):
        found = _own_contact(act, public_id=contact)
        before = _facts(act.session, found)
        found.is_deputy = is_deputy
        for topic in Topic:
            setattr(found, f"wants_{topic.value}", topic in topics)
        for name, value in named.items():
            setattr(found, name, value)
        if phone is not None:
            found.phone = _checked_phone(phone)
        if also is not None:
            _choose(act.session, contact=found, choices=also)
        act.session.flush()
        _record(act, AuditEvent.CONTACT_CHANGED, contact=found, before=before)
        return found


def remove(act: Act, *, contact: str) -> None:
    """Remove a contact; commits. Refuses the last one of its company."""
    session = act.session
    with transaction(session):
        found = _own_contact(act, public_id=contact)
        if len(list_contacts(session, company_id=found.company_id)) == 1:
            raise Rejected(Refusal.LAST_CONTACT)
        found.removed_at = act.now
        session.flush()
        _record(act, AuditEvent.CONTACT_REMOVED, contact=found)


def _checked(name: str, email: str, phone: str | None) -> dict[str, str | None]:
    name = " ".join(name.split())
    if not name:
        raise Rejected(Refusal.NAME_MISSING, "name")
    return {"name": name[:LONGEST_NAME], "email": normalise_email(email), "phone": _checked_phone(phone)}


def _checked_phone(phone: str | None) -> str | None:
    return " ".join((phone or "").split())[:LONGEST_PHONE] or None


def _own_company(act: Act, *, public_id: str) -> int:
    keeps = may(act.actor.role, Function.KEEP_REGISTRY)
    if keeps:
        found = act.session.scalars(select(Company.id).where(Company.public_id == public_id)).one_or_none()
        if found is None:
            raise NotFound
        return found
    for company in list_companies(act):
        if company.public_id == public_id:
            return company.id
    raise NotFound


def _own_contact(act: Act, *, public_id: str) -> Contact:
    found = act.session.scalars(
        select(Contact).where(Contact.public_id == public_id, Contact.removed_at.is_(None))
    ).one_or_none()
    if found is None:
        raise NotFound
    keeps = may(act.actor.role, Function.KEEP_REGISTRY)
    if not keeps and found.company_id not in {company.id for company in list_companies(act)}:
        raise NotFound
    return found


def list_choices(session: Session, *, contact_ids: Sequence[int]) -> dict[int, frozenset[Choice]]:
    """Return what each contact wants by a port besides mail, by row id; one query."""
    found: dict[int, set[Choice]] = {contact_id: set() for contact_id in contact_ids}
    rows = session.execute(
        select(ContactPort.contact_id, ContactPort.topic, ContactPort.port).where(
            ContactPort.contact_id.in_(contact_ids)
        )
    )
    for row in rows:
        found[row.contact_id].add((Topic(row.topic), row.port))
    return {contact_id: frozenset(choices) for contact_id, choices in found.items()}


def _choose(session: Session, *, contact: Contact, choices: frozenset[Choice]) -> None:
    if choices and not dial_mobile(contact.phone or ""):
        raise Rejected(Refusal.NO_MOBILE)
    session.execute(delete(ContactPort).where(ContactPort.contact_id == contact.id))
    session.add_all(
        [
            ContactPort(contact_id=contact.id, topic=topic.value, port=port)
            for topic, port in sorted(choices)
            if topic in TOPICS_OF_PORTS and port in TELEPHONE_PORTS
        ]
    )


def _facts(session: Session, contact: Contact) -> dict[str, str | bool | None]:
    wanted = [topic.value for topic in Topic if getattr(contact, f"wants_{topic.value}")]
    choices = list_choices(session, contact_ids=[contact.id])[contact.id]
    also = {
        f"by_{port.value}": " ".join(sorted(topic.value for topic, by in choices if by is port))
        for port in TELEPHONE_PORTS
    }
    return {
        "name": contact.name,
        "email": contact.email,
        "phone": contact.phone,
        "deputy": contact.is_deputy,
        "wants": " ".join(wanted),
        **also,
    }


def _record(
    act: Act, event: AuditEvent, *, contact: Contact, before: dict[str, str | bool | None] | None = None
) -> None:
    facts = _facts(act.session, contact)
    details = {name: facts[name] for name in ("email", "deputy", "wants")}
    for name, old in (before or {}).items():
        if old != facts[name]:
            details |= {f"old_{name}": old, f"new_{name}": facts[name]}
    audit.record(act, event=event, subject=contact.public_id, company_id=contact.company_id, details=details)
