"""Permission check of the registry's use cases."""

from __future__ import annotations

from portal.domain.accounts import Function, may
from portal.services.store.acts import Actor
from portal.services.store.refusals import NotAllowed


def require_keeper(actor: Actor) -> int:
    """Return the account that acts; ``NotAllowed`` when its role may not change the registry, or nobody signed in."""
    if actor.user_id is None or not may(actor.role, Function.KEEP_REGISTRY):
        raise NotAllowed
    return actor.user_id
