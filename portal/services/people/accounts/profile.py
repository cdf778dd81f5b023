"""Own account of a person: its data, its open sessions, its password."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.domain.accounts import LinkPurpose
from portal.domain.audit_events import AuditEvent
from portal.domain.passwords import normalise_password
from portal.models import Binding, Consent, Contract, SignInSession, User
from portal.services.mail import push_subscriptions
from portal.services.people import sessions, sign_in_limits
from portal.services.people.sign_in_limits import Charge
from portal.services.store import charges, identity
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import links, mails, trusted_devices


@dataclass(frozen=True, slots=True)
class Profile:
    """Content of the account page. ``last_session`` is the one before the present one, None at the first sign-in."""

    user: User
    consent: Consent | None
    bindings: list[Binding]
    sessions: list[SignInSession]
    last_session: SignInSession | None


def load(act: Act) -> Profile:
    """Return the account of ``actor``: bindings by company, live sessions with the newest first; write nothing."""
    session = act.session
    user = session.scalars(select(User).where(User.id == act.actor.user_id)).one()
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
        sessions=sessions.list_live(session, user_id=user.id, role=user.role, now=act.now),
        last_session=session.scalars(
            select(SignInSession)
            .where(SignInSession.user_id == user.id, SignInSession.id != act.actor.session_id)
            .order_by(SignInSession.created_at.desc(), SignInSession.id.desc())
            .limit(1)
        ).one_or_none(),
    )


def end_other_sessions(act: Act) -> int:
    """End the account's sessions except the present one; return how many there were. Commits."""
    session = act.session
    with transaction(session):
        user = identity.lock(session, user_id=_id(act.actor))
        ended = sessions.end_all(session, user_id=user.id, but=act.actor.session_id, now=act.now)
        audit.record(
            act, event=AuditEvent.SESSION_OTHERS_ENDED, subject=user.public_id, details={"sessions_ended": ended}
        )
        return ended


def change_password(act: Act, *, current: str, password: str) -> str:
    """Change the password of a signed-in person, after a check of the present one; commits.

    The other sessions and unused reset links end with the old password. Returns the new token of the present session.
    Refuses (``Rejected``) a wrong present password and a new one against the policy; ``TooManyAttempts``; ``Busy``.
    """
    session, actor = act.session, act.actor
    if actor.session_id is None:
        raise ValueError("the password is changed in a signed-in session")
    session_id, user_id = actor.session_id, _id(actor)
    acceptable = identity.require_acceptable_password(
        password, distributor=act.distributor, name=actor.name, email=actor.email, field="password"
    )
    owner = identity.owner_of(actor.email)
    with act.vault.slot():
        charge, before = _compare(act, current=current)
        with charges.give_back_on_error(session, charge.open):
            sealed = act.vault.seal_password(acceptable, owner)
    with charges.give_back_on_error(session, charge.open), transaction(session):
        user = identity.lock(session, user_id=user_id)
        if user.password_sealed != before:
            raise Rejected(Refusal.CURRENT_PASSWORD_WRONG, "current")
        sign_in_limits.refund(session, charge=charge)
        user.password_sealed = sealed
        links.kill(act, user_id=user_id, purpose=LinkPurpose.RESET)
        ended = sessions.end_all(session, user_id=user_id, but=session_id, now=act.now)
        trusted_devices.end_all(session, user_id=user_id, now=act.now)
        browsers = push_subscriptions.end_all(act, user_id=user_id)
        token = sessions.rotate(session, session_id=session_id, now=act.now)
        mails.post_password_changed(act, to=user.email, browsers=browsers)
        audit.record(act, event=AuditEvent.PASSWORD_CHANGED, subject=user.public_id, details={"sessions_ended": ended})
        return token


def prove_password(act: Act, *, current: str) -> None:
    """Check the present password again in an open session, for a sensitive act; commits.

    Refuses (``Rejected``) a wrong one; ``TooManyAttempts``; ``Busy``.
    """
    session, actor = act.session, act.actor
    if actor.session_id is None:
        raise ValueError("a password is proved anew in a signed-in session")
    with act.vault.slot():
        charge, before = _compare(act, current=current)
    with charges.give_back_on_error(session, charge.open), transaction(session):
        user = identity.lock(session, user_id=_id(actor))
        if user.password_sealed != before:
            raise Rejected(Refusal.CURRENT_PASSWORD_WRONG, "current")
        sign_in_limits.refund(session, charge=charge)
        sessions.prove(session, session_id=actor.session_id, now=act.now)
        audit.record(act, event=AuditEvent.PASSWORD_PROVED, subject=user.public_id)


def _compare(act: Act, *, current: str) -> tuple[Charge, bytes]:
    """Charge the attempt and compare the present password; return the charge and the hash it was compared with."""
    session, actor = act.session, act.actor
    user_id = _id(actor)
    charge = sign_in_limits.charge_own_password(act, user_id=user_id, address=actor.address)
    with charges.give_back_on_error(session, charge.open) as ending:
        before = session.scalars(select(User.password_sealed).where(User.id == user_id)).one()
        session.rollback()
        if not act.vault.password_matches(before, normalise_password(current), identity.owner_of(actor.email)):
            ending.wrong = True
            _note_wrong(act, charge=charge)
            raise Rejected(Refusal.CURRENT_PASSWORD_WRONG, "current")
    return charge, before


def _note_wrong(act: Act, *, charge: Charge) -> None:
    session = act.session
    with transaction(session):
        sign_in_limits.keep(session, charge=charge)
        user = session.get_one(User, act.actor.user_id)
        audit.record(act, event=AuditEvent.PASSWORD_REFUSED, subject=user.public_id)


def _id(actor: Actor) -> int:
    if actor.user_id is None:
        raise NotFound
    return actor.user_id
