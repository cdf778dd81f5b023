"""The first second factor of an account: its secret is shown until a code proves that an authenticator has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.models import User
from portal.services.store import charges, identity
from portal.services.store.actors import Actor
from portal.services.store.distributors import distributor_of
from portal.services.store.refusals import Refusal, Rejected, StepMissing
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit

from . import recovery, second_factor
from .tokens import Tokens


class Offered(NamedTuple):
    """The secret to be taken: in groups of four to type it, and as the address that a QR carries."""

    typed: str
    address: str


class Enrolled(NamedTuple):
    """A full session, and the recovery codes, which are shown this once."""

    tokens: Tokens
    recovery_codes: tuple[str, ...]


def is_owed(session: Session, *, awaiting: Actor) -> bool:
    """Tell whether the account has no second factor yet."""
    return _user(session, awaiting).totp_sealed is None


def offered(session: Session, *, vault: Vault, awaiting: Actor) -> Offered:
    """Return the secret that waits for its first code; ``StepMissing`` when it is none of this half session's."""
    user = _user(session, awaiting)
    secret = second_factor.offered(vault=vault, user=user, session_id=awaiting.session_id or 0)
    if user.totp_sealed is not None:
        raise StepMissing("login.second_factor")
    if secret is None:
        # Somebody signed in after this half session began: its secret is worth nothing any more.
        raise StepMissing("login.sign_in")
    groups = [secret[at : at + 4] for at in range(0, len(secret), 4)]
    return Offered(
        " ".join(groups), second_factor.address_of(secret, user.email, distributor=distributor_of(session).name)
    )


def finish(
    session: Session,
    *,
    vault: Vault,
    awaiting: Actor,
    typed: str,
    device: str | None,
    user_agent: str,
    moments: Sequence[datetime],
    now: datetime,
) -> Enrolled:
    """Take the offered secret for good once its code is right, and begin a full session; commits.

    Refuses (``Rejected``) a code of another form, which spends nothing, and a wrong one; ``TooManyAttempts`` while
    throttled; ``StepMissing`` when the account was enrolled, or the session ended, meanwhile.
    """
    if awaiting.user_id is None or awaiting.session_id is None:
        raise ValueError("only a session that has its password can enrol")
    code = second_factor.digits(typed)
    charged = second_factor.charge(session, user_id=awaiting.user_id, now=now)
    with charges.given_back_on_error(session, charged) as ending, transaction(session):
        user = identity.lock(session, user_id=awaiting.user_id)
        second_factor.refuse_ended(session, session_id=awaiting.session_id, now=now)
        secret = second_factor.offered(vault=vault, user=user, session_id=awaiting.session_id)
        if secret is None or user.totp_sealed is not None:
            raise StepMissing("login.second_factor" if user.totp_sealed else "login.sign_in")
        step = second_factor.fitting_step(secret, code, moments)
        done = None
        ending.wrong = step is None
        second_factor.settle(session, charged, user_id=user.id, wrong=ending.wrong)
        if step is not None:
            second_factor.enrol(vault=vault, user=user, secret=secret)
            # The code that proved it is spent.
            user.totp_last_step = step
            tokens = second_factor.begin_full(
                session, user=user, awaiting=awaiting, device=device, user_agent=user_agent, now=now
            )
            done = Enrolled(tokens, recovery.issue(session, vault=vault, user=user, now=now))
        audit.record(
            session,
            event="second-factor:enrolled" if done else "second-factor:refused",
            actor=awaiting,
            now=now,
            subject=user.public_id,
        )
    if done is None:
        raise Rejected(Refusal.SECOND_FACTOR_WRONG, "totp")
    return done


def _user(session: Session, awaiting: Actor) -> User:
    return session.get_one(User, awaiting.user_id)
