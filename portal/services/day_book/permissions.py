"""Permission check of the day book's use cases: a person whose role has the function."""

from __future__ import annotations

from portal.domain.accounts import Function, may
from portal.services.store.acts import Actor
from portal.services.store.refusals import NotAllowed


def require_person(actor: Actor, function: Function) -> int:
    """Return the account that acts; ``NotAllowed`` when its role lacks the function, or when nobody is signed in."""
    if actor.user_id is None or not may(actor.role, function):
        raise NotAllowed
    return actor.user_id
