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
from portal.services.refusals import Refused
from portal.services.transactions import transaction
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
    ``TooManyAttempts`` when throttled; whatever else ``act`` refuses, the attempt is given back: the code was right.
    """
    key_id, charge = keys.prove(
        session, vault=vault, actor=actor, delivery_point=delivery_point, typed=typed, field="security_code", now=now
    )
    try:
        return act(key_id, charge)
    except Refused:
        with transaction(session):
            key_attempts.succeed(session, actor=actor, charge=charge, now=now)
        raise
