"""Registration: the same answer and the same work whether or not the address is known.

Source: docs/security.md, "Links by mail".

Data typed at a registration has no effect until the owner of the mailbox confirms it. An unverified account holds the
data of its newest registration only, and only the link of that registration confirms it: each registration revokes the
links before it, so nobody can change what an earlier link would have confirmed, and a confirmed account is never
touched. The page of the link shows whose data it confirms.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from portal.domain.accounts import CONSENT_VERSION, LinkPurpose, Role
from portal.domain.audit_events import AuditEvent
from portal.domain.distributor import Distributor
from portal.models import Consent, User
from portal.services.people.sign_in_limits import hash_email
from portal.services.store import counters, identity
from portal.services.store.acts import Act
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import links, mails

HOUR = timedelta(hours=1)
# Registrations from one network address, and mails they cause to one e-mail address.
ADDRESS_HOUR = 20
EMAIL_HOUR = 5
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Registration:
    """Typed data in its clean form; the password is ready to be hashed."""

    name: str
    email: str
    company: str
    password: str


@dataclass(frozen=True, slots=True)
class Pending:
    """A registration that waits for confirmation: shown to the person who opened the link of the mail."""

    name: str
    email: str
    company: str
    registered_at: datetime


def register(act: Act, *, name: str, email: str, company: str, password: str, consented: bool, address: str) -> None:
    """Accept a registration and mail a link, or another notice, to the owner of the address; commits.

    The answer reveals neither whether the address has an account, nor whether its mails for the hour are used up.
    Refuses (``Rejected``) bad input before any look-up; ``Busy`` when no hash may run.
    """
    typed = clean(
        distributor=act.distributor,
        name=name,
        email=email,
        company=company,
        password=password,
        consented=consented,
    )
    with act.vault.slot():
        if not _charge_address(act, address=address):
            log.warning("accounts.registrations_stopped", address=address)
            return
        sealed = act.vault.seal_password(typed.password, identity.owner_of(typed.email))
    with transaction(act.session):
        if not _charge_email(act, email=typed.email):
            log.warning("accounts.registration_mails_stopped")
            return
        user, is_new = identity.lock_or_create(act, email=typed.email, name=typed.name, sealed=sealed)
        if user.disabled_at is not None:
            mails.post_disabled(act, to=user.email)
        elif user.role is not Role.CUSTOMER and user.verified_at is None:
            # An invited member of staff: only the invitation may set that account's password.
            mails.post_invitation_waits(act, to=user.email)
        elif user.verified_at is not None:
            mails.post_already_registered(act, to=user.email)
        else:
            _hold(act, user=user, typed=typed, sealed=sealed, address=address)
        audit.record(
            act.by(identity.actor_of(user, address=address)),
            event=AuditEvent.ACCOUNT_REGISTERED if is_new else AuditEvent.ACCOUNT_REGISTERED_AGAIN,
            subject=user.public_id,
            details={"verified": user.verified_at is not None},
        )


def clean(
    *, distributor: Distributor, name: str, email: str, company: str, password: str, consented: bool
) -> Registration:
    """Return the typed data in its clean form; refuses (``Rejected``) invalid data."""
    clean_name = identity.clean_name(name)
    canonical = identity.normalise_email(email)
    acceptable = identity.require_acceptable_password(
        password, distributor=distributor, name=clean_name, email=canonical
    )
    if not consented:
        raise Rejected(Refusal.CONSENT_MISSING, "consent")
    return Registration(clean_name, canonical, identity.clean_line(company), acceptable)


def get_pending(act: Act, *, token: str) -> Pending:
    """Return the registration that a mail's link confirms; write nothing. Refuses (``Rejected``) an invalid link."""
    link, user = links.find(act, token=token, purpose=LinkPurpose.VERIFY)
    return Pending(user.name, user.email, user.company_claim, link.created_at)


def confirm(act: Act, *, token: str, address: str) -> None:
    """Use the link up and open the account; commits. Refuses (``Rejected``) an invalid link."""
    with transaction(act.session):
        _, user = links.consume(act, token=token, purpose=LinkPurpose.VERIFY)
        links.kill(act, user_id=user.id, purpose=LinkPurpose.VERIFY)
        user.verified_at = user.verified_at or act.now
        audit.record(
            act.by(identity.actor_of(user, address=address)), event=AuditEvent.ACCOUNT_VERIFIED, subject=user.public_id
        )


def _hold(act: Act, *, user: User, typed: Registration, sealed: bytes, address: str) -> None:
    """Store the newest registration for its link, and mail that link."""
    user.name, user.company_claim, user.password_sealed = typed.name, typed.company, sealed
    links.kill(act, user_id=user.id, purpose=LinkPurpose.VERIFY)
    act.session.add(Consent(user_id=user.id, text_version=CONSENT_VERSION, accepted_at=act.now, address=address))
    issued = links.issue(act, user_id=user.id, purpose=LinkPurpose.VERIFY)
    mails.post_verification(act, to=user.email, issued=issued)


def _charge_address(act: Act, *, address: str) -> bool:
    """Count a registration from this address, committed before the hash; False if the hour's are used up."""
    with transaction(act.session):
        return counters.take(act, scope="register-address", subject=address, limit=ADDRESS_HOUR, period=HOUR)


def _charge_email(act: Act, *, email: str) -> bool:
    return counters.take(act, scope="register-email", subject=hash_email(email), limit=EMAIL_HOUR, period=HOUR)
