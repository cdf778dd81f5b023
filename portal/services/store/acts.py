"""Who does what now: what a use case needs besides what is asked of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.services.store.actors import Actor


@dataclass(frozen=True, slots=True)
class Act:
    """One act of ``actor``: in ``session``, arrived at ``now`` (aware, UTC); ``clock`` tells the moment once more."""

    session: Session
    actor: Actor
    now: datetime
    clock: Callable[[], datetime]

    @classmethod
    def at(cls, session: Session, actor: Actor, now: datetime) -> Act:
        """Return an act whose clock stands still: nothing about it depends on when it is written."""
        return cls(session, actor, now, lambda: now)

    @classmethod
    def of_system(cls, session: Session, now: datetime) -> Act:
        """Return an act of nobody in particular: whether a person may ask is not asked."""
        return cls.at(session, Actor.system(), now)
