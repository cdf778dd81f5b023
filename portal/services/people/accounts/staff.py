"""Console accounts: invited, given a role, disabled; never one's own, nor the last admin's.

Source: docs/security.md, "Roles".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import CONSOLE_ROLES, Function, LinkPurpose, Role
from portal.domain.audit_events import AuditEvent
from portal.models import User
from portal.services.people import sessions, staff_tokens
from portal.services.store import identity
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.permissions import require
from portal.services.store.refusals import NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import links, mails, recovery, second_factor, standings

# The owner chooses the password of an invitation; until then no password opens the sealed value.
_NOBODYS = b""


def list_accounts(act: Act) -> Sequence[User]:
    """Return every console account, by role and name."""
    require(act, Function.ADMINISTER)
    rows = select(User).where(User.role.in_(CONSOLE_ROLES)).order_by(User.role, User.name, User.id)
    return act.session.scalars(rows).all()


def load(act: Act, *, public_id: str) -> User:
    """Return a console account; ``NotFound`` for any other."""
    require(act, Function.ADMINISTER)
    return _found(act.session, public_id)


def invite(act: Act, *, email: str, name: str, role: Role) -> User:
    """Create a console account and mail its owner the link to choose a password; commits.

    Refuses (``Rejected``) a malformed e-mail, an empty name and an e-mail that has an account already.
    """
    require(act, Function.ADMINISTER)
    canonical, clean_name = identity.normalise_email(email), identity.clean_name(name)
    if role not in CONSOLE_ROLES:
        raise NotAllowed
    with meaning_of_constraints(), transaction(act.session):
        user, is_new = identity.lock_or_create(act, email=canonical, name=clean_name, sealed=_NOBODYS)
        if not is_new and not _is_unconfirmed_registration(user):
            raise Rejected(Refusal.EMAIL_TAKEN, "email")
        # An unconfirmed registration proves nothing about the mailbox, and must not block the invitation.
        links.kill(act, user_id=user.id, purpose=LinkPurpose.VERIFY)
        user.role, user.name, user.password_sealed = role, clean_name, _NOBODYS
        _mail(act, user=user)
        _note(act, user, AuditEvent.ACCOUNT_INVITED, new_role=role.value)
        return user


def invite_again(act: Act, *, public_id: str) -> User:
    """Mail a new link to an invited person without a password yet, and revoke the one before. Commits."""
    require(act, Function.ADMINISTER)
    with transaction(act.session):
        user = _locked(act.session, public_id)
        if user.verified_at is not None or user.disabled_at is not None:
            raise Rejected(Refusal.NOT_INVITED)
        _mail(act, user=user)
        _note(act, user, AuditEvent.ACCOUNT_INVITED)
        return user


def get_invited(act: Act, *, token: str) -> str:
    """Return the e-mail that an invitation is for; write nothing. Refuses (``Rejected``) an invalid link."""
    return links.find(act, token=token, purpose=LinkPurpose.INVITE)[1].email


def accept(act: Act, *, token: str, password: str, address: str) -> str:
    """Use an invitation up and set the password its owner chose; return the e-mail to sign in with; commits.

    Refuses (``Rejected``) an invalid link, and, with the link still good, a password against the policy.
    """
    session = act.session
    _, owner = links.find(act, token=token, purpose=LinkPurpose.INVITE)
    email = owner.email
    acceptable = identity.require_acceptable_password(
        password, distributor=act.distributor, name=owner.name, email=email
    )
    session.rollback()
    with act.vault.slot():
        sealed = act.vault.seal_password(acceptable, identity.owner_of(email))
    with transaction(session):
        _, user = links.consume(act, token=token, purpose=LinkPurpose.INVITE)
        user.password_sealed, user.verified_at = sealed, act.now
        _note(act.by(identity.actor_of(user, address=address)), user, AuditEvent.ACCOUNT_ACCEPTED)
        return email


def change_role(act: Act, *, public_id: str, role: Role) -> User:
    """Give a console account another role: its sessions end; commits.

    Refuses (``Rejected``) one's own account, a role it has already, and the last administrator's.
    """
    session = act.session
    require(act, Function.ADMINISTER)
    if role not in CONSOLE_ROLES:
        raise NotAllowed
    with transaction(session):
        user = _another(act, public_id)
        old = user.role
        if old is role:
            raise Rejected(Refusal.ROLE_UNCHANGED, "role")
        _keep_an_administrator(session, losing=user)
        user.role = role
        ended = sessions.end_all(session, user_id=user.id, now=act.now)
        staff_tokens.end_all(act, user_id=user.id)
        _note(act, user, AuditEvent.ACCOUNT_ROLE_CHANGED, old_role=old.value, new_role=role.value, sessions_ended=ended)
        mails.post_access_changed(act, to=user.email, what="tiene otra función")
        return user


def disable(act: Act, *, public_id: str) -> User:
    """Disable a console account: its sessions and links end at once; commits.

    Refuses (``Rejected``) one's own account and the last administrator's.
    """
    require(act, Function.ADMINISTER)
    with transaction(act.session):
        user = _another(act, public_id)
        if user.disabled_at is None:
            _keep_an_administrator(act.session, losing=user)
            standings.disable(act, user=user)
            mails.post_access_changed(act, to=user.email, what="quedó deshabilitada")
        return user


def enable(act: Act, *, public_id: str) -> User:
    """Enable a disabled console account; commits."""
    require(act, Function.ADMINISTER)
    with transaction(act.session):
        user = _another(act, public_id)
        if user.disabled_at is not None:
            standings.enable(act, user=user)
        return user


def reset_second_factor(act: Act, *, public_id: str) -> User:
    """Remove the second factor of a lost telephone and invite the owner anew; sessions end; commits.

    The password goes too: a person who knows it could otherwise be the first to activate another telephone.
    """
    session = act.session
    require(act, Function.ADMINISTER)
    with transaction(session):
        user = _another(act, public_id)
        _keep_an_administrator(session, losing=user)
        ended = second_factor.withdraw(act, user=user)
        recovery.forget(session, user=user)
        sessions.forget_devices(session, user_id=user.id)
        user.password_sealed, user.verified_at = _NOBODYS, None
        _mail(act, user=user)
        _note(act, user, AuditEvent.SECOND_FACTOR_RESET, sessions_ended=ended)
        return user


def _is_unconfirmed_registration(user: User) -> bool:
    return user.role is Role.CUSTOMER and user.verified_at is None and user.disabled_at is None


def _found(session: Session, public_id: str) -> User:
    of_consoles = User.role.in_(CONSOLE_ROLES)
    user = session.scalars(select(User).where(User.public_id == public_id, of_consoles)).one_or_none()
    if user is None:
        raise NotFound
    return user


def _locked(session: Session, public_id: str) -> User:
    # Lock every administrator in one order: of two who disable one another the second finds itself the last.
    session.scalars(
        select(User.id).where(User.role == Role.ADMIN).order_by(User.id).with_for_update(key_share=True)
    ).all()
    return identity.lock(session, user_id=_found(session, public_id).id)


def _another(act: Act, public_id: str) -> User:
    user = _locked(act.session, public_id)
    who = act.session.get_one(User, act.actor.user_id, populate_existing=True)
    # The function was withdrawn while the request was under way.
    require(act.by(replace(act.actor, role=who.role)), Function.ADMINISTER)
    if who.disabled_at is not None:
        raise NotAllowed
    if user.id == act.actor.user_id:
        raise Rejected(Refusal.OWN_ACCOUNT)
    return user


def _keep_an_administrator(session: Session, *, losing: User) -> None:
    if losing.role is not Role.ADMIN:
        return
    others = select(User.id).where(User.role == Role.ADMIN, *identity.IN_USE, User.id != losing.id)
    if session.scalars(others.limit(1)).first() is None:
        raise Rejected(Refusal.LAST_ADMINISTRATOR)


def _mail(act: Act, *, user: User) -> None:
    links.kill(act, user_id=user.id, purpose=LinkPurpose.INVITE)
    issued = links.issue(act, user_id=user.id, purpose=LinkPurpose.INVITE)
    mails.post_invitation(act, to=user.email, issued=issued)


def _note(act: Act, user: User, event: AuditEvent, **details: str | int | bool | None) -> None:
    audit.record(act, event=event, subject=user.public_id, details=details)
