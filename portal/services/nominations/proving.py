"""The security code of a signature: charged before it is looked at, and given back when something else is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from portal.models import DeliveryPoint
from portal.services import key_attempts, keys
from portal.services.actors import Actor
from portal.services.key_attempts import Charge
from portal.services.transactions import again_after_deadlock
from portal.services.vault import Vault

Signed = TypeVar("Signed")


def with_code(
    session: Session,
    *,
    vault: Vault,
    actor: Actor,
    delivery_point: DeliveryPoint,
    typed: str,
    now: datetime,
    act: Callable[[int, Charge], Signed],
) -> Signed:
    """Do ``act`` if the code of the point was typed; it gets the row id of the key and the charge to settle.

    ``act`` commits, and calls ``keys.accept`` in its transaction. Refuses (``Rejected``) a wrong code,
    ``TooManyAttempts`` when throttled. Whatever else ends ``act`` gives the attempt back: the code was right. What the
    database ended as a deadlock is done once more.
    """
    key_id, charge = keys.prove(
        session, vault=vault, actor=actor, delivery_point=delivery_point, typed=typed, field="security_code", now=now
    )
    try:
        return again_after_deadlock(lambda: act(key_id, charge))
    except BaseException:
        # The code was right, whatever came after it.
        key_attempts.give_back(session, actor=actor, charge=charge, now=now)
        raise
