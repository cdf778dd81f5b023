"""First second factor of an account: its secret is shown until a code proves that an authenticator has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.models import User
from portal.services.store.acts import Act, Actor
from portal.services.store.distributors import distributor_of
from portal.services.store.refusals import StepMissing
from portal.services.store.vault import Vault

from . import recovery, second_factor
from .sign_in import Tokens


class Offered(NamedTuple):
    """The offered secret: in groups of four to be typed, and as the address that a QR carries."""

    typed: str
    address: str


class Enrolled(NamedTuple):
    """A full session, and the recovery codes, which are shown this once."""

    tokens: Tokens
    recovery_codes: tuple[str, ...]


def is_owed(session: Session, *, awaiting: Actor) -> bool:
    """Tell whether the account has no second factor yet."""
    return _user(session, awaiting).totp_sealed is None


def get_offered(session: Session, *, vault: Vault, awaiting: Actor) -> Offered:
    """Return the secret that waits for its first code; ``StepMissing`` if it is not this half session's."""
    user = _user(session, awaiting)
    secret = second_factor.find_offered(vault=vault, user=user, session_id=awaiting.session_id or 0)
    if user.totp_sealed is not None:
        raise StepMissing("login.second_factor")
    if secret is None:
        # A later sign-in replaced this half session's secret.
        raise StepMissing("login.sign_in")
    return spell(session, user=user, secret=secret)


def spell(session: Session, *, user: User, secret: str) -> Offered:
    """Return an account's secret as an authenticator takes it."""
    groups = [secret[at : at + 4] for at in range(0, len(secret), 4)]
    return Offered(
        " ".join(groups), second_factor.address_of(secret, user.email, distributor=distributor_of(session).name)
    )


def finish(
    act: Act, *, awaiting: Actor, typed: str, device: str | None, user_agent: str, moments: Sequence[datetime]
) -> Enrolled:
    """Adopt the offered secret once its code is right, and begin a full session; commits.

    Refuses (``Rejected``) a malformed code, which spends nothing, and a wrong one; ``TooManyAttempts`` while throttled;
    ``StepMissing`` if the account was enrolled, or the session ended, meanwhile.
    """
    session_id = awaiting.session_id
    if session_id is None:
        raise ValueError("only a session that has its password can enrol")
    code = second_factor.parse_code(typed)

    def verify(user: User) -> tuple[str, int] | None:
        second_factor.refuse_ended(act, session_id=session_id)
        secret = second_factor.find_offered(vault=act.vault, user=user, session_id=session_id)
        if secret is None or user.totp_sealed is not None:
            raise StepMissing("login.second_factor" if user.totp_sealed else "login.sign_in")
        step = second_factor.find_step(secret, code, moments)
        return None if step is None else (secret, step)

    def enrol(user: User, right: tuple[str, int]) -> Enrolled:
        secret, step = right
        second_factor.enrol(vault=act.vault, user=user, secret=secret)
        # Spend the code that proved it.
        user.totp_last_step = step
        tokens = second_factor.begin_full(act, user=user, awaiting=awaiting, device=device, user_agent=user_agent)
        return Enrolled(tokens, recovery.issue(act, user=user))

    ends = second_factor.ENROLLED
    return second_factor.prove(act.by(awaiting), ends=ends, verify=verify, then=enrol)


def _user(session: Session, awaiting: Actor) -> User:
    return session.get_one(User, awaiting.user_id)
