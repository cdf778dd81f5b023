"""Who may do what with letters, asked by each of their use cases."""

from __future__ import annotations

from portal.domain.accounts import Function, may
from portal.services.store.acts import Actor
from portal.services.store.refusals import NotAllowed


def person(actor: Actor, function: Function) -> int:
    """Return the row id of whoever acts; ``NotAllowed`` when the role lacks the function."""
    if actor.user_id is None or not may(actor.role, function):
        raise NotAllowed
    return actor.user_id
