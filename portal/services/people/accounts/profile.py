"""A person's own account: what it shows, its open sessions, its password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.domain.accounts import LinkPurpose
from portal.domain.audit_events import AuditEvent
from portal.domain.passwords import normalise_password
from portal.models import Binding, Consent, Contract, SignInSession, User
from portal.services.people import sessions, sign_in_limits
from portal.services.people.sign_in_limits import Charge
from portal.services.store import charges, identity
from portal.services.store.actors import Actor
from portal.services.store.distributors import distributor_of
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit

from . import links, mails


@dataclass(frozen=True, slots=True)
class Profile:
    """What the account page shows. ``last_session`` is the one before the present one, None at the first sign-in."""

    user: User
    consent: Consent | None
    bindings: list[Binding]
    sessions: list[SignInSession]
    last_session: SignInSession | None


def load(session: Session, *, actor: Actor, now: datetime) -> Profile:
    """Return the account of ``actor``: bindings by company, live sessions with the newest first; writes nothing."""
    user = session.scalars(select(User).where(User.id == actor.user_id)).one()
    bindings = session.scalars(
        select(Binding)
        .where(Binding.user_id == user.id)
        .options(joinedload(Binding.contract).joinedload(Contract.company))
    ).unique()
    return Profile(
        user=user,
        consent=session.scalars(
            select(Consent).where(Consent.user_id == user.id).order_by(Consent.id.desc()).limit(1)
        ).one_or_none(),
        bindings=sorted(bindings, key=lambda binding: (binding.contract.company.sort_name, binding.contract.number)),
        sessions=sessions.live(session, user_id=user.id, role=user.role, now=now),
        last_session=session.scalars(
            select(SignInSession)
            .where(SignInSession.user_id == user.id, SignInSession.id != actor.session_id)
            .order_by(SignInSession.created_at.desc(), SignInSession.id.desc())
            .limit(1)
        ).one_or_none(),
    )


def end_other_sessions(session: Session, *, actor: Actor, now: datetime) -> int:
    """End the account's sessions except the present one; return how many there were. Commits."""
    with transaction(session):
        user = identity.lock(session, user_id=_id(actor))
        ended = sessions.end_all(session, user_id=user.id, but=actor.session_id, now=now)
        audit.record(
            session,
            event=AuditEvent.SESSION_OTHERS_ENDED,
            actor=actor,
            now=now,
            subject=user.public_id,
            details={"sessions_ended": ended},
        )
        return ended


def change_password(
    session: Session,
    *,
    vault: Vault,
    actor: Actor,
    current: str,
    password: str,
    base_url: str,
    now: datetime,
) -> str:
    """Change the password of somebody signed in, who proves to know the present one; commits.

    The other sessions and unused reset links end with the old password. Returns the new token of the present session.
    Refuses (``Rejected``) a wrong present password and a new one against the policy; ``TooManyAttempts``; ``Busy``.
    """
    if actor.session_id is None:
        raise ValueError("the password is changed in a signed-in session")
    session_id, user_id = actor.session_id, _id(actor)
    acceptable = identity.acceptable_password(
        password, distributor=distributor_of(session), name=actor.name, email=actor.email, field="password"
    )
    owner = identity.owner_of(actor.email)
    with vault.slot():
        charge, before = _compare(session, vault=vault, actor=actor, current=current, now=now)
        with charges.given_back_on_error(session, charge.open):
            sealed = vault.seal_password(acceptable, owner)
    with charges.given_back_on_error(session, charge.open), transaction(session):
        user = identity.lock(session, user_id=user_id)
        if user.password_sealed != before:
            raise Rejected(Refusal.CURRENT_PASSWORD_WRONG, "current")
        sign_in_limits.refund(session, charge=charge)
        user.password_sealed = sealed
        links.kill(session, user_id=user_id, purpose=LinkPurpose.RESET, now=now)
        ended = sessions.end_all(session, user_id=user_id, but=session_id, now=now)
        token = sessions.rotate(session, session_id=session_id, now=now)
        mails.password_changed(session, to=user.email, base_url=base_url, now=now)
        audit.record(
            session,
            event=AuditEvent.PASSWORD_CHANGED,
            actor=actor,
            now=now,
            subject=user.public_id,
            details={"sessions_ended": ended},
        )
        return token


def prove_password(session: Session, *, vault: Vault, actor: Actor, current: str, now: datetime) -> None:
    """Prove the present password anew in a session that is open, for a sensitive act; commits.

    Refuses (``Rejected``) a wrong one; ``TooManyAttempts``; ``Busy``.
    """
    if actor.session_id is None:
        raise ValueError("a password is proved anew in a signed-in session")
    with vault.slot():
        charge, before = _compare(session, vault=vault, actor=actor, current=current, now=now)
    with charges.given_back_on_error(session, charge.open), transaction(session):
        user = identity.lock(session, user_id=_id(actor))
        if user.password_sealed != before:
            raise Rejected(Refusal.CURRENT_PASSWORD_WRONG, "current")
        sign_in_limits.refund(session, charge=charge)
        sessions.prove(session, session_id=actor.session_id, now=now)
        audit.record(session, event=AuditEvent.PASSWORD_PROVED, actor=actor, now=now, subject=user.public_id)


def _compare(session: Session, *, vault: Vault, actor: Actor, current: str, now: datetime) -> tuple[Charge, bytes]:
    """Charge the attempt and compare the present password; return the charge and what it was compared with."""
    user_id = _id(actor)
    charge = sign_in_limits.charge_own_password(session, user_id=user_id, address=actor.address, now=now)
    with charges.given_back_on_error(session, charge.open) as ending:
        before = session.scalars(select(User.password_sealed).where(User.id == user_id)).one()
        session.rollback()
        if not vault.password_matches(before, normalise_password(current), identity.owner_of(actor.email)):
            ending.wrong = True
            _note_wrong(session, actor=actor, charge=charge, now=now)
            raise Rejected(Refusal.CURRENT_PASSWORD_WRONG, "current")
    return charge, before


def _note_wrong(session: Session, *, actor: Actor, charge: Charge, now: datetime) -> None:
    with transaction(session):
        sign_in_limits.keep(session, charge=charge)
        user = session.get_one(User, actor.user_id)
        audit.record(session, event=AuditEvent.PASSWORD_REFUSED, actor=actor, now=now, subject=user.public_id)


def _id(actor: Actor) -> int:
    if actor.user_id is None:
        raise NotFound
    return actor.user_id
