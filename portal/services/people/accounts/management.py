"""Management of accounts by the distributor: ``portal users``, the demonstration."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import CONSOLE_ROLES, Role
from portal.domain.audit_events import AuditEvent
from portal.models import User
from portal.services.people import sessions, staff_tokens
from portal.services.store import identity
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import second_factor, standings


def create(
    act: Act, *, email: str, name: str, role: Role, password: str, verified: bool = True, totp_secret: str | None = None
) -> User:
    """Create an account, ready to sign in with unless ``verified`` is False; commits.

    A console account signs in only once it has a second factor: with ``totp_secret`` it has one at once. Refuses
    (``Rejected``) a malformed e-mail, an empty name, a password against the policy, and an e-mail that has an account
    already.
    """
    vault = act.vault
    canonical, clean_name = identity.normalise_email(email), identity.clean_name(name)
    acceptable = identity.require_acceptable_password(
        password, distributor=act.distributor, name=clean_name, email=canonical
    )
    with vault.slot():
        sealed = vault.seal_password(acceptable, identity.owner_of(canonical))
    with meaning_of_constraints(), transaction(act.session):
        user, is_new = identity.lock_or_create(act, email=canonical, name=clean_name, sealed=sealed)
        if not is_new:
            raise Rejected(Refusal.EMAIL_TAKEN, "email")
        user.role, user.verified_at = role, act.now if verified else None
        if totp_secret is not None:
            second_factor.enrol(vault=vault, user=user, secret=totp_secret)
        audit.record(
            act,
            event=AuditEvent.ACCOUNT_CREATED,
            subject=user.public_id,
            details={"role": role.value, "verified": verified, "second_factor": totp_secret is not None},
        )
        return user


def enrol(act: Act, *, email: str, secret: str) -> User:
    """Give a console account another second factor (a lost telephone); its sessions end. Commits.

    ``NotFound`` if no such account has this e-mail.
    """
    session = act.session
    with transaction(session):
        user = _locked(session, email)
        if user.role not in CONSOLE_ROLES:
            raise NotFound
        second_factor.enrol(vault=act.vault, user=user, secret=secret)
        ended = sessions.end_all(session, user_id=user.id, now=act.now)
        staff_tokens.end_all(act, user_id=user.id)
        audit.record(
            act, event=AuditEvent.SECOND_FACTOR_ENROLLED, subject=user.public_id, details={"sessions_ended": ended}
        )
        return user


def disable(act: Act, *, email: str) -> User:
    """Disable an account: its sessions and links end at once; a second call changes nothing. Commits.

    ``NotFound`` if no account has this e-mail.
    """
    with transaction(act.session):
        user = _locked(act.session, email)
        if user.disabled_at is None:
            standings.disable(act, user=user)
        return user


def _locked(session: Session, email: str) -> User:
    user = session.scalars(
        select(User).where(User.email == identity.normalise_typed_email(email)).with_for_update(key_share=True)
    ).one_or_none()
    if user is None:
        raise NotFound
    return user
