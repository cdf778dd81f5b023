"""Reset of a forgotten password; no limit of sign-in ever stands in its way.

Source: docs/security.md, "Sign-in limits", "Links by mail".
"""

from __future__ import annotations

import structlog
from sqlalchemy import select

from portal.domain.accounts import LINK_LIFE, LinkPurpose, Role
from portal.domain.audit_events import AuditEvent
from portal.models import User
from portal.services.mail import push_subscriptions
from portal.services.people import api_tokens, feeds, sessions, staff_tokens
from portal.services.people.sign_in_limits import hash_email
from portal.services.store import counters, identity
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import links, mails, trusted_devices

# Mails to one address in the life of a link. Older links stay good until one is used: a stranger's requests can spend
# the mails but never leave the owner without a link.
EMAILS = 5
log = structlog.get_logger(__name__)


def ask(act: Act, *, email: str, address: str) -> None:
    """Mail a link to the owner of ``email`` if it has an account; commits. The answer is always the same.

    Refuses (``Rejected``) only a malformed e-mail address.
    """
    canonical = identity.normalise_email(email)
    with transaction(act.session):
        if not counters.take(
            act,
            scope="reset-email",
            subject=hash_email(canonical),
            limit=EMAILS,
            period=LINK_LIFE[LinkPurpose.RESET],
        ):
            log.warning("accounts.reset_mails_stopped")
            return
        user = act.session.scalars(
            select(User).where(User.email == canonical).with_for_update(key_share=True)
        ).one_or_none()
        if user is None:
            # Written to the audit as well, so that this answer is no quicker.
            actor, subject = identity.make_stranger(address=address), "unknown"
        else:
            actor, subject = identity.actor_of(user, address=address), user.public_id
            _mail(act, user=user)
        audit.record(act.by(actor), event=AuditEvent.PASSWORD_RESET_ASKED, subject=subject)


def _mail(act: Act, *, user: User) -> None:
    if user.disabled_at is not None:
        mails.post_disabled(act, to=user.email)
    elif user.verified_at is None and user.role is not Role.CUSTOMER:
        mails.post_invitation_waits(act, to=user.email)
    elif user.verified_at is None:
        mails.post_not_confirmed(act, to=user.email)
    else:
        issued = links.issue(act, user_id=user.id, purpose=LinkPurpose.RESET)
        mails.post_reset(act, to=user.email, issued=issued)


def get_email(act: Act, *, token: str) -> str:
    """Return the e-mail of the account whose password the link changes; write nothing.

    Refuses (``Rejected``) an invalid link.
    """
    return links.find(act, token=token, purpose=LinkPurpose.RESET)[1].email


def finish(act: Act, *, token: str, password: str, address: str) -> str:
    """Use the link up and change the password: every session ends, every known browser is forgotten; commits.

    The calendar address and the API tokens of the account end too (adr/0093).

    Returns the token that makes this browser a known one: guesses made elsewhere cannot keep its owner out. Refuses
    (``Rejected``) an invalid link, and, with the link still good, a password against the policy; ``Busy`` when no hash
    may run.
    """
    session = act.session
    _, owner = links.find(act, token=token, purpose=LinkPurpose.RESET)
    email = owner.email
    acceptable = identity.require_acceptable_password(
        password, distributor=act.distributor, name=owner.name, email=email
    )
    session.rollback()
    with act.vault.slot():
        sealed = act.vault.seal_password(acceptable, identity.owner_of(email))
    with transaction(session):
        _, user = links.consume(act, token=token, purpose=LinkPurpose.RESET)
        links.kill(act, user_id=user.id, purpose=LinkPurpose.RESET)
        user.password_sealed = sealed
        ended = sessions.end_all(session, user_id=user.id, now=act.now)
        sessions.forget_devices(session, user_id=user.id)
        trusted_devices.end_all(session, user_id=user.id, now=act.now)
        device = sessions.remember_device(session, user_id=user.id, now=act.now)
        # An intruder may have made them: tokens that work without a session end as well.
        owner_now = identity.actor_of(user, address=address)
        api_tokens.end_all(act.by(owner_now))
        staff_tokens.end_all(act.by(owner_now), user_id=user.id)
        feeds.end_all(act.by(owner_now))
        browsers = push_subscriptions.end_all(act.by(owner_now), user_id=user.id)
        mails.post_password_reset(act, to=user.email, browsers=browsers)
        audit.record(
            act.by(owner_now),
            event=AuditEvent.PASSWORD_RESET,
            subject=user.public_id,
            details={"sessions_ended": ended},
        )
        return device
