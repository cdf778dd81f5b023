"""Limit of paper checks per network address, charged before any look-up."""

from __future__ import annotations

from portal.domain.attempts import VERIFY_ADDRESS, VERIFY_ADDRESS_PERIOD
from portal.services.store import counters
from portal.services.store.acts import Act
from portal.services.store.refusals import TooManyAttempts
from portal.services.store.transactions import transaction

ADDRESS = "statement-address"


def charge(act: Act, *, address: str) -> None:
    """Count one check of a network address; commits. ``TooManyAttempts`` beyond thirty in five minutes."""
    with transaction(act.session):
        counter = counters.lock_one(act, scope=ADDRESS, subject=address)
        ends = counters.roll(counter, period=VERIFY_ADDRESS_PERIOD, now=act.now)
        if counter.count >= VERIFY_ADDRESS:
            raise TooManyAttempts(ends)
        counters.add(counter, now=act.now)
