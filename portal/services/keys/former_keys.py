"""Former keys: how and when a right key ended, for a person who types one in full (adr/0042)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.keys import KeyKind, KeyState
from portal.models import AccessKey
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.statements import moment_of

# Each comparison costs a hash: only a point's newest ended keys are compared.
MOST_COMPARED = 3
_OPENS = (KeyState.ISSUED, KeyState.ACTIVE)


class KeyRow(Protocol):
    """Columns of a key's row, as read by the ORM or by a statement."""

    version: int
    state: KeyState
    valid_until: datetime | None
    ended_at: datetime | None
    activated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Former:
    """End of a key: how and when; ``newer``: another one of the same owner opens now."""

    refusal: Refusal
    ended_at: datetime
    newer: bool

    @staticmethod
    def of(session: Session, key: AccessKey, *, now: datetime) -> Former | None:
        """Return how the key ended; None while it opens."""
        if is_good(key, now):
            return None
        owner = AccessKey.contract_id == key.contract_id
        if key.kind is KeyKind.NUMERIC:
            owner = AccessKey.delivery_point_id == key.delivery_point_id
        return explain_end(key, session.scalars(select(AccessKey).where(owner)).all(), now=now)

    def refused(self, field: str) -> Rejected:
        """Return the refusal, which names how the key ended."""
        return Rejected(self.refusal, field, ended_at=self.ended_at, newer=self.newer)


def is_good(key: KeyRow, now: datetime) -> bool:
    """Tell whether the key opens at ``now``."""
    return key.state in _OPENS and (key.valid_until is None or moment_of(key.valid_until) > now)


def select_newest_ended(keys: Iterable[KeyRow], now: datetime) -> list[KeyRow]:
    """Return the newest ended keys, as many as are compared."""
    ended = sorted((key for key in keys if not is_good(key, now)), key=lambda key: key.version, reverse=True)
    return ended[:MOST_COMPARED]


def explain_end(key: KeyRow, all_of_owner: Sequence[KeyRow], *, now: datetime) -> Former:
    """Return how the ended key ``key`` ended."""
    newer = any(other.version > key.version and is_good(other, now) for other in all_of_owner)
    state, until = KeyState(key.state), key.valid_until
    if state in _OPENS and until is not None:
        # A key in use ends because a newer one was sent; an unused one expires.
        word = Refusal.KEY_EXPIRED if key.activated_at is None else Refusal.KEY_REPLACED
        return Former(word, moment_of(until), newer)
    word = Refusal.KEY_REVOKED if state is KeyState.REVOKED else Refusal.KEY_REPLACED
    return Former(word, moment_of(key.ended_at) if key.ended_at else now, newer)
