"""Limits of sign-in: charge first, then verify (docs/security.md, "Sign-in limits")."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.domain.attempts import (
    SIGN_IN_ACCOUNT,
    SIGN_IN_ACCOUNT_PERIOD,
    SIGN_IN_ADDRESS,
    SIGN_IN_ADDRESS_PERIOD,
    sign_in_wait,
)
from portal.services.store import charges, counters
from portal.services.store.acts import Act
from portal.services.store.charges import Charged, Counted
from portal.services.store.refusals import TooManyAttempts
from portal.services.store.transactions import repeat_after_deadlock, transaction

from . import sessions

ACCOUNT = "sign-in"
DEVICE = "sign-in-device"
OWN_PASSWORD = "own-password"  # noqa: S105
ADDRESS = "sign-in-address"


@dataclass(frozen=True, slots=True)
class Charge:
    """A charged and committed attempt, and its budget."""

    scope: str
    open: Charged


def charge(act: Act, *, email: str, device: str | None, address: str) -> Charge:
    """Count an attempt to sign in as ``email`` before the password is compared; commits.

    A browser from which this account signed in before (``device``, the token of its cookie) has a budget of its own, so
    that guesses made elsewhere cannot keep its owner out. Every other attempt is counted by the hash of the e-mail,
    whether or not it has an account. Refuses (``TooManyAttempts``) without charging.
    """
    charges.sweep(act)

    def write() -> Charge:
        with transaction(act.session):
            if device and sessions.is_known_device(act.session, token=device, email=email, now=act.now):
                return _charge(act, DEVICE, sessions.hash_token(device).hex(), address)
            return _charge(act, ACCOUNT, hash_email(email), address)

    return repeat_after_deadlock(write)


def charge_own_password(act: Act, *, user_id: int, address: str) -> Charge:
    """Count an attempt of a signed-in person at the account's present password; commits, refuses as ``charge``."""
    charges.sweep(act)

    def write() -> Charge:
        with transaction(act.session):
            return _charge(act, OWN_PASSWORD, str(user_id), address)

    return repeat_after_deadlock(write)


def refund(session: Session, *, charge: Charge) -> None:
    """Refund the attempt after a right password, inside the caller's transaction."""
    charges.give_back(session, charge.open)


def keep(session: Session, *, charge: Charge) -> None:
    """Keep the charge after a wrong password, inside the caller's transaction."""
    charges.keep(session, charge.open)


def hash_email(email: str) -> str:
    """Return the subject of an e-mail in the counters: its hash, whether or not it has an account."""
    return hashlib.sha256(email.encode()).hexdigest()


def _charge(act: Act, scope: str, subject: str, sender: str) -> Charge:
    now = act.now
    found = counters.lock_all(act, subjects={scope: subject, ADDRESS: sender})
    budget, address = found[scope], found[ADDRESS]
    address_ends = counters.roll(address, period=SIGN_IN_ADDRESS_PERIOD, now=now)
    if address.count >= SIGN_IN_ADDRESS:
        raise TooManyAttempts(address_ends)
    budget_ends = counters.roll(budget, period=SIGN_IN_ACCOUNT_PERIOD, now=now)
    if budget.count >= SIGN_IN_ACCOUNT:
        raise TooManyAttempts(budget_ends)
    free_at = budget.last_at + sign_in_wait(budget.count)
    if now < free_at:
        raise TooManyAttempts(free_at)
    counted = [Counted(each.scope, each.subject, each.last_at) for each in (budget, address)]
    counters.add(budget, now=now)
    counters.add(address, now=now)
    act.session.flush()
    return Charge(scope, charges.begin(act, counted=counted))
