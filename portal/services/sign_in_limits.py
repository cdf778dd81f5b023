"""The limits of sign-in: charge first, then verify (trust.md §2)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.attempts import (
    SIGN_IN_ACCOUNT,
    SIGN_IN_ACCOUNT_PERIOD,
    SIGN_IN_ADDRESS,
    SIGN_IN_ADDRESS_PERIOD,
    sign_in_wait,
)
from portal.models import AttemptCounter

from . import counters, sessions
from .refusals import TooManyAttempts
from .transactions import transaction

ACCOUNT = "sign-in"
DEVICE = "sign-in-device"
OWN_PASSWORD = "own-password"  # noqa: S105
ADDRESS = "sign-in-address"


@dataclass(frozen=True, slots=True)
class Charge:
    """An attempt that was charged and committed: on whose budget, and from which address."""

    scope: str
    subject: str
    address: str


def charge(session: Session, *, email: str, device: str | None, address: str, now: datetime) -> Charge:
    """Count an attempt to sign in as ``email`` before the password is looked at; commits.

    A browser from which this account signed in before (``device``, the token of its cookie) has a budget of its own,
    so that nobody who guesses elsewhere keeps its owner out. Every other attempt is counted by the hash of the e-mail,
    whether or not it has an account. Refuses (``TooManyAttempts``) without charging.
    """
    with transaction(session):
        if device and sessions.known_device(session, token=device, email=email, now=now):
            charged = Charge(DEVICE, sessions.token_hash(device).hex(), address)
        else:
            charged = Charge(ACCOUNT, email_subject(email), address)
        _count(session, charged, now)
        return charged


def charge_own_password(session: Session, *, user_id: int, address: str, now: datetime) -> Charge:
    """Count an attempt of somebody signed in at the account's present password; commits, refuses as ``charge``."""
    with transaction(session):
        charged = Charge(OWN_PASSWORD, str(user_id), address)
        _count(session, charged, now)
        return charged


def refund(session: Session, *, charge: Charge, now: datetime) -> None:
    """Give the attempt back after a right password, inside the caller's transaction."""
    for counter in _lock(session, charge, now):
        counters.refund(counter)


def email_subject(email: str) -> str:
    """Return what counters know an e-mail by: its hash, whether or not it has an account."""
    return hashlib.sha256(email.encode()).hexdigest()


def _lock(session: Session, charge: Charge, now: datetime) -> tuple[AttemptCounter, AttemptCounter]:
    subjects = {charge.scope: charge.subject, ADDRESS: charge.address}
    found = counters.locked_all(session, subjects=subjects, now=now)
    return found[charge.scope], found[ADDRESS]


def _count(session: Session, charge: Charge, now: datetime) -> None:
    budget, address = _lock(session, charge, now)
    address_ends = counters.roll(address, period=SIGN_IN_ADDRESS_PERIOD, now=now)
    if address.count >= SIGN_IN_ADDRESS:
        raise TooManyAttempts(address_ends)
    budget_ends = counters.roll(budget, period=SIGN_IN_ACCOUNT_PERIOD, now=now)
    if budget.count >= SIGN_IN_ACCOUNT:
        raise TooManyAttempts(budget_ends)
    free_at = budget.last_at + sign_in_wait(budget.count)
    if now < free_at:
        raise TooManyAttempts(free_at)
    counters.add(budget, now=now)
    counters.add(address, now=now)
