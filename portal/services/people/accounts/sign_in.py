"""Sign-in and sign-out: charge first, then verify; every refusal is the same.

Source: docs/security.md, "Sign-in limits", "Sessions".
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.audit_events import AuditEvent
from portal.domain.passwords import normalise_password
from portal.models import User
from portal.services.people import sessions, sign_in_limits
from portal.services.people.sign_in_limits import Charge
from portal.services.store import charges, identity
from portal.services.store.acts import Act
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import repeat_after_deadlock, transaction
from portal.services.trace import audit

from . import second_factor


@dataclass(frozen=True, slots=True)
class _Found:
    """State of the account while its password was verified; all None without an account."""

    user_id: int | None = None
    public_id: str | None = None
    sealed: bytes | None = None
    role: Role | None = None
    is_open: bool = False


def begin(act: Act, *, email: str, password: str, device: str | None, address: str, user_agent: str) -> Tokens:
    """Begin a session of the account whose e-mail and password were typed; commits.

    ``device`` is the token of the known-device cookie, if the browser sent one. Refuses (``Rejected``) in one way an
    unknown e-mail, a wrong password, an unverified and a disabled account, after the same work; ``TooManyAttempts``
    when throttled; ``Busy`` when no hash may run, which spends nothing. The roles of the consoles get a session that
    opens nothing until ``second_factor.finish``; those without a second factor first enrol one (``enrolment``).
    """
    session = act.session
    spelled = identity.normalise_typed_email(email)
    with act.vault.slot():
        charge = sign_in_limits.charge(act, email=spelled, device=device, address=address)
        with charges.give_back_on_error(session, charge.open):
            found = _find(session, spelled)
            fits = act.vault.password_matches(found.sealed, normalise_password(password), identity.owner_of(spelled))
    if not fits or not found.is_open or found.user_id is None:
        raise _refused(act, found=found, fits=fits, charge=charge, address=address)
    with charges.give_back_on_error(session, charge.open):
        return repeat_after_deadlock(
            lambda: _let_in(act, found=found, charge=charge, device=device, address=address, user_agent=user_agent)
        )


def _let_in(act: Act, *, found: _Found, charge: Charge, device: str | None, address: str, user_agent: str) -> Tokens:
    """Begin the session of an account whose password was right; commits."""
    session = act.session
    with transaction(session):
        user = identity.lock(session, user_id=found.user_id or 0)
        if user.password_sealed != found.sealed or user.disabled_at is not None:
            # Changed during the verification: the typed password is no longer right.
            raise Rejected(Refusal.CREDENTIALS_WRONG)
        sign_in_limits.refund(session, charge=charge)
        is_staff = user.role is not Role.CUSTOMER
        tokens = Tokens(
            session=sessions.begin(
                session, user_id=user.id, now=act.now, address=address, user_agent=user_agent, awaiting=is_staff
            ),
            device=None
            if is_staff
            else sessions.remember_device(session, user_id=user.id, now=act.now, instead_of=device),
        )
        if is_staff:
            session.flush()
            half = sessions.find_id(session, token=tokens.session)
            second_factor.offer(vault=act.vault, user=user, session_id=half)
        audit.record(
            act.by(identity.actor_of(user, address=address)),
            event=AuditEvent.SESSION_AWAITING if is_staff else AuditEvent.SESSION_BEGUN,
            subject=user.public_id,
            details={"known_device": charge.scope == sign_in_limits.DEVICE},
        )
    return tokens


def end(act: Act) -> None:
    """End the session of ``actor`` and its grants; commits."""
    if act.actor.session_id is None:
        raise ValueError("only a signed-in person can sign out")
    with transaction(act.session):
        sessions.end(act.session, session_id=act.actor.session_id, now=act.now)
        audit.record(act, event=AuditEvent.SESSION_ENDED, subject=_public_id(act))


def _find(session: Session, email: str) -> _Found:
    """Read the account, and release the database before the slow hash begins."""
    user = session.scalars(select(User).where(User.email == email)).one_or_none()
    found = _Found()
    if user is not None:
        is_open = user.verified_at is not None and user.disabled_at is None
        found = _Found(user.id, user.public_id, user.password_sealed, user.role, is_open)
    session.rollback()
    return found


def _refused(act: Act, *, found: _Found, fits: bool, charge: Charge, address: str) -> Rejected:
    """Record the refusal, for an unknown e-mail as well, and return it."""
    session = act.session
    reason = "unknown" if found.user_id is None else "closed" if fits else "password"

    def write() -> None:
        with transaction(session):
            sign_in_limits.keep(session, charge=charge)
            # Nobody proved to own that account, so it is the subject and not the actor.
            audit.record(
                act.by(identity.make_stranger(address=address)),
                event=AuditEvent.SESSION_REFUSED,
                subject=found.public_id or "unknown",
                details={"reason": reason, "known_device": charge.scope == sign_in_limits.DEVICE},
            )

    with charges.give_back_on_error(session, charge.open) as ending:
        ending.wrong = True
        repeat_after_deadlock(write)
    return Rejected(Refusal.CREDENTIALS_WRONG)


def _public_id(act: Act) -> str:
    return act.session.scalars(select(User.public_id).where(User.id == act.actor.user_id)).one()


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens for the browser: that of the session, and the one that makes it a known device.

    ``device`` is None while the session still owes its second factor.
    """

    session: str
    device: str | None
