"""The one place where a use case refuses a role that may not do something."""

from __future__ import annotations

from portal.domain.accounts import Function, may
from portal.services.store.acts import Act
from portal.services.store.refusals import NotAllowed, Refused


def require(act: Act, function: Function, *, otherwise: Refused | None = None) -> int:
    """Return the account that acts; ``NotAllowed`` when its role lacks ``function``, or when nobody signed in.

    Raises ``otherwise`` in its place where it is given: to who may be on this page, and not do this on it.
    """
    actor = act.actor
    if actor.user_id is not None and may(actor.role, function):
        return actor.user_id
    raise otherwise or NotAllowed


def require_account(act: Act) -> int:
    """Return the account that acts, of whatever role; ``NotAllowed`` when nobody signed in."""
    if act.actor.user_id is None:
        raise NotAllowed
    return act.actor.user_id
