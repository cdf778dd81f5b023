"""How often one network address may ask whether a paper is ours: counted before anything is looked at."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.attempts import VERIFY_ADDRESS, VERIFY_ADDRESS_PERIOD
from portal.services.store import counters
from portal.services.store.refusals import TooManyAttempts
from portal.services.store.transactions import transaction

ADDRESS = "statement-address"


def charge(session: Session, *, address: str, now: datetime) -> None:
    """Count one question of a network address; commits. ``TooManyAttempts`` beyond thirty in five minutes."""
    with transaction(session):
        counter = counters.locked(session, scope=ADDRESS, subject=address, now=now)
        ends = counters.roll(counter, period=VERIFY_ADDRESS_PERIOD, now=now)
        if counter.count >= VERIFY_ADDRESS:
            raise TooManyAttempts(ends)
        counters.add(counter, now=now)
