"""Registration: the same answer and the same work whether or not the address is known.

Source: docs/security.md, "Links by mail".

What is typed at a registration counts for nothing until the owner of the mailbox confirms it. An unverified account
holds the data of its newest registration only, and only the link of that registration confirms it: each registration
kills the links before it, so nobody can change what an earlier link would have confirmed, and a confirmed account is
never touched. The page of the link shows whose data it confirms.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from portal.domain.accounts import LinkPurpose, Role
from portal.domain.audit_events import AuditEvent
from portal.domain.consents import CONSENT_VERSION
from portal.domain.distributor import Distributor
from portal.models import Consent, User
from portal.services.people.sign_in_limits import email_subject
from portal.services.store import counters, identity
from portal.services.store.distributors import distributor_of
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit

from . import links, mails

HOUR = timedelta(hours=1)
# Registrations from one network address, and mails they cause to one e-mail address.
ADDRESS_HOUR = 20
EMAIL_HOUR = 5
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Registration:
    """What was typed, in its clean form; the password is ready to be hashed."""

    name: str
    email: str
    company: str
    password: str


@dataclass(frozen=True, slots=True)
class Pending:
    """A registration that waits for its owner: shown to whoever opened the link of the mail."""

    name: str
    email: str
    company: str
    registered_at: datetime


def register(
    session: Session,
    *,
    vault: Vault,
    name: str,
    email: str,
    company: str,
    password: str,
    consented: bool,
    base_url: str,
    address: str,
    now: datetime,
) -> None:
    """Take a registration and mail a link, or whatever else the owner of the address should know; commits.

    Nothing that comes back tells whether the address has an account, or whether its mails for the hour are spent.
    Refuses (``Rejected``) bad input before anything is looked up; ``Busy`` when no hash may run.
    """
    typed = clean(
        distributor=distributor_of(session),
        name=name,
        email=email,
        company=company,
        password=password,
        consented=consented,
    )
    with vault.slot():
        if not _charge_address(session, address=address, now=now):
            log.warning("accounts.registrations_stopped", address=address)
            return
        sealed = vault.seal_password(typed.password, identity.owner_of(typed.email))
    with transaction(session):
        if not _charge_email(session, email=typed.email, now=now):
            log.warning("accounts.registration_mails_stopped")
            return
        user, is_new = identity.locked_or_new(session, email=typed.email, name=typed.name, sealed=sealed, now=now)
        if user.disabled_at is not None:
            mails.disabled(session, to=user.email, now=now)
        elif user.role is not Role.CUSTOMER and user.verified_at is None:
            # Somebody of the distributor was invited: only the invitation may choose that account's password.
            mails.invitation_waits(session, to=user.email, now=now)
        elif user.verified_at is not None:
            mails.already_registered(session, to=user.email, base_url=base_url, now=now)
        else:
            _hold(session, user=user, typed=typed, sealed=sealed, base_url=base_url, address=address, now=now)
        audit.record(
            session,
            event=AuditEvent.ACCOUNT_REGISTERED if is_new else AuditEvent.ACCOUNT_REGISTERED_AGAIN,
            actor=identity.actor_of(user, address=address),
            now=now,
            subject=user.public_id,
            details={"verified": user.verified_at is not None},
        )


def clean(
    *, distributor: Distributor, name: str, email: str, company: str, password: str, consented: bool
) -> Registration:
    """Return what was typed in its clean form; refuses (``Rejected``) what may not be registered."""
    clean_name = identity.clean_name(name)
    canonical = identity.canonical_email(email)
    acceptable = identity.acceptable_password(password, distributor=distributor, name=clean_name, email=canonical)
    if not consented:
        raise Rejected(Refusal.CONSENT_MISSING, "consent")
    return Registration(clean_name, canonical, identity.one_line(company), acceptable)


def pending(session: Session, *, token: str, now: datetime) -> Pending:
    """Return what the link of a mail would confirm; writes nothing. Refuses (``Rejected``) a link that is no use."""
    link, user = links.find(session, token=token, purpose=LinkPurpose.VERIFY, now=now)
    return Pending(user.name, user.email, user.company_claim, link.created_at)


def confirm(session: Session, *, token: str, address: str, now: datetime) -> None:
    """Use the link up and open the account; commits. Refuses (``Rejected``) a link that is no use."""
    with transaction(session):
        _, user = links.consume(session, token=token, purpose=LinkPurpose.VERIFY, now=now)
        links.kill(session, user_id=user.id, purpose=LinkPurpose.VERIFY, now=now)
        user.verified_at = user.verified_at or now
        audit.record(
            session,
            event=AuditEvent.ACCOUNT_VERIFIED,
            actor=identity.actor_of(user, address=address),
            now=now,
            subject=user.public_id,
        )


def _hold(
    session: Session, *, user: User, typed: Registration, sealed: bytes, base_url: str, address: str, now: datetime
) -> None:
    """Keep the newest registration for its link, and mail that link."""
    user.name, user.company_claim, user.password_sealed = typed.name, typed.company, sealed
    links.kill(session, user_id=user.id, purpose=LinkPurpose.VERIFY, now=now)
    session.add(Consent(user_id=user.id, text_version=CONSENT_VERSION, accepted_at=now, address=address))
    issued = links.issue(session, user_id=user.id, purpose=LinkPurpose.VERIFY, now=now)
    mails.verify(session, to=user.email, base_url=base_url, issued=issued, now=now)


def _charge_address(session: Session, *, address: str, now: datetime) -> bool:
    """Count a registration from this address, committed before the hash; False when the hour's are spent."""
    with transaction(session):
        return counters.take(
            session, scope="register-address", subject=address, limit=ADDRESS_HOUR, period=HOUR, now=now
        )


def _charge_email(session: Session, *, email: str, now: datetime) -> bool:
    return counters.take(
        session, scope="register-email", subject=email_subject(email), limit=EMAIL_HOUR, period=HOUR, now=now
    )
