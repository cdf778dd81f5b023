"""What entitles a request to be put in force: the code of its point, an operator's decision, the rule of the point.

Source: docs/security.md, "Signatures".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeVar

from portal.domain.nominations import Channel
from portal.models import DeliveryPoint
from portal.services import keys
from portal.services.keys import key_attempts
from portal.services.keys.key_attempts import Charge
from portal.services.store.acts import Act
from portal.services.store.transactions import again_after_deadlock

Signed = TypeVar("Signed")


@dataclass(frozen=True, slots=True)
class NumericKey:
    """The numeric key of the point, typed and found right: row id of the key, and the attempt to settle.

    Whoever signs with it is bound by every rule, and gets a radicado and its acknowledgement.
    """

    key_id: int
    charge: Charge
    channel: Channel

    is_bound: ClassVar[bool] = True

    def settle(self, act: Act) -> None:
        """Give the attempt back and open the point to the session, inside the caller's transaction.

        Refuses a key that was revoked or replaced meanwhile.
        """
        keys.accept(act, key_id=self.key_id, charge=self.charge)


@dataclass(frozen=True, slots=True)
class Operator:
    """The decision of an operator, who answers for it: their own checks bind them, and their own mail tells it."""

    reason: str | None = None

    channel: ClassVar[Channel] = Channel.OPERATOR
    is_bound: ClassVar[bool] = False

    def settle(self, act: Act) -> None:
        """Ask nothing: the role was asked before."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule of the point, applied because nobody had nominated at ``closed_at``; it gets no radicado."""

    closed_at: datetime

    channel: ClassVar[Channel] = Channel.POLICY
    is_bound: ClassVar[bool] = False

    def settle(self, act: Act) -> None:
        """Ask nothing: the rule was set before."""


Proof = NumericKey | Operator | Rule


def with_code(
    act: Act,
    *,
    delivery_point: DeliveryPoint,
    typed: str,
    channel: Channel,
    put_in_force: Callable[[NumericKey], Signed],
) -> Signed:
    """Do ``put_in_force`` if the code of the point was typed; it gets the proof, and commits.

    Refuses (``Rejected``) a wrong code, ``TooManyAttempts`` when throttled. Whatever else ends it gives the attempt
    back: the code was right. What the database ended as a deadlock is done once more.
    """
    key_id, charge = keys.prove(act, delivery_point=delivery_point, typed=typed, field="security_code")
    try:
        return again_after_deadlock(lambda: put_in_force(NumericKey(key_id, charge, channel)))
    except BaseException:
        # The code was right, whatever came after it.
        key_attempts.give_back(act, charge=charge)
        raise
