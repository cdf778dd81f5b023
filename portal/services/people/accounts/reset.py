"""Reset of a forgotten password; no limit of sign-in ever stands in its way.

Source: docs/security.md, "Sign-in limits", "Links by mail".
"""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import LINK_LIFE, LinkPurpose, Role
from portal.domain.audit_events import AuditEvent
from portal.models import User
from portal.services.people import api_tokens, feeds, sessions
from portal.services.people.sign_in_limits import email_subject
from portal.services.store import counters, identity
from portal.services.store.distributors import distributor_of
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit

from . import links, mails

# Mails to one address in the life of a link. Older links stay good until one is used, so that whoever asks on behalf
# of somebody else can spend the mails but never leaves the owner without a link.
EMAILS = 5
log = structlog.get_logger(__name__)


def ask(session: Session, *, email: str, base_url: str, address: str, now: datetime) -> None:
    """Mail a link to the owner of ``email`` if it has an account; commits. The answer tells nothing.

    Refuses (``Rejected``) only what is no e-mail address.
    """
    canonical = identity.canonical_email(email)
    with transaction(session):
        if not counters.take(
            session,
            scope="reset-email",
            subject=email_subject(canonical),
            limit=EMAILS,
            period=LINK_LIFE[LinkPurpose.RESET],
            now=now,
        ):
            log.warning("accounts.reset_mails_stopped")
            return
        user = session.scalars(
            select(User).where(User.email == canonical).with_for_update(key_share=True)
        ).one_or_none()
        if user is None:
            # Written down as well, so that this answer is no quicker.
            actor, subject = identity.nobody(address=address), "unknown"
        else:
            actor, subject = identity.actor_of(user, address=address), user.public_id
            _mail(session, user=user, base_url=base_url, now=now)
        audit.record(session, event=AuditEvent.PASSWORD_RESET_ASKED, actor=actor, now=now, subject=subject)


def _mail(session: Session, *, user: User, base_url: str, now: datetime) -> None:
    if user.disabled_at is not None:
        mails.disabled(session, to=user.email, now=now)
    elif user.verified_at is None and user.role is not Role.CUSTOMER:
        mails.invitation_waits(session, to=user.email, now=now)
    elif user.verified_at is None:
        mails.not_confirmed(session, to=user.email, base_url=base_url, now=now)
    else:
        issued = links.issue(session, user_id=user.id, purpose=LinkPurpose.RESET, now=now)
        mails.reset(session, to=user.email, base_url=base_url, issued=issued, now=now)


def pending(session: Session, *, token: str, now: datetime) -> str:
    """Return the e-mail of the account whose password the link changes; writes nothing.

    Refuses (``Rejected``) a link that is no use.
    """
    return links.find(session, token=token, purpose=LinkPurpose.RESET, now=now)[1].email


def finish(
    session: Session, *, vault: Vault, token: str, password: str, base_url: str, address: str, now: datetime
) -> str:
    """Use the link up and change the password: every session ends, every known browser is forgotten; commits.

    The calendar address and the API tokens of the account end too (adr/0093).

    Returns the token that makes this browser a known one: guesses made elsewhere cannot keep its owner out.
    Refuses (``Rejected``) a link that is no use, and, with the link still good, a password against the policy; ``Busy``
    when no hash may run.
    """
    _, owner = links.find(session, token=token, purpose=LinkPurpose.RESET, now=now)
    email = owner.email
    acceptable = identity.acceptable_password(
        password, distributor=distributor_of(session), name=owner.name, email=email
    )
    session.rollback()
    with vault.slot():
        sealed = vault.seal_password(acceptable, identity.owner_of(email))
    with transaction(session):
        _, user = links.consume(session, token=token, purpose=LinkPurpose.RESET, now=now)
        links.kill(session, user_id=user.id, purpose=LinkPurpose.RESET, now=now)
        user.password_sealed = sealed
        ended = sessions.end_all(session, user_id=user.id, now=now)
        sessions.forget_devices(session, user_id=user.id)
        device = sessions.remember_device(session, user_id=user.id, now=now)
        # Whoever had the account may have made them: what opens something without a session ends as well.
        owner_now = identity.actor_of(user, address=address)
        api_tokens.end_all(session, actor=owner_now, now=now)
        feeds.end_all(session, actor=owner_now, now=now)
        mails.password_reset(session, to=user.email, base_url=base_url, now=now)
        audit.record(
            session,
            event=AuditEvent.PASSWORD_RESET,
            actor=owner_now,
            now=now,
            subject=user.public_id,
            details={"sessions_ended": ended},
        )
        return device
