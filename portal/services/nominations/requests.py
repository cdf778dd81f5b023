"""What is asked for a gas day of a point, through whatever door, and the hash that binds a signature to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeVar

from portal.domain.gas_day import GasDay
from portal.domain.nominations import Channel
from portal.domain.quantities import Quantity, Unit
from portal.domain.timetable import RequestKind
from portal.models import DeliveryPoint, Nomination, NominationDraft
from portal.services import keys
from portal.services.keys import key_attempts
from portal.services.keys.key_attempts import Charge
from portal.services.store.acts import Act
from portal.services.store.transactions import again_after_deadlock


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request for one gas day of one point.

    ``quantity`` is the day's total in the unit of the point, None while none was given: then the day alone is weighed.
    ``confirmed`` tells that what is unusual about it was confirmed. ``replaces`` is the revision that the asker
    believes in force, 0 for none; None when they do not say. ``submission_id`` is unique for ever: the same request
    sent again finds the revision it made. ``withdraws`` is the nomination that is taken back, ``accepts`` the late one
    that the operator puts in force.
    """

    point: DeliveryPoint
    kind: RequestKind
    gas_day: GasDay
    quantity: Quantity | None = None
    confirmed: bool = False
    replaces: int | None = None
    submission_id: str = ""
    withdraws: Nomination | None = None
    accepts: Nomination | None = None

    @property
    def unit(self) -> Unit:
        """The unit in which it is asked."""
        return self.point.unit if self.quantity is None else self.quantity.unit


def request_of(draft: NominationDraft, *, gas_day: GasDay | None = None) -> Request:
    """Return what a draft asks; its day alone, without a quantity, when ``gas_day`` is given.

    ``ValueError`` while kind or day are not answered.
    """
    day = gas_day or draft.gas_day
    if draft.kind is None or day is None:
        raise ValueError("a draft without kind or day asks for nothing yet")
    return Request(
        point=draft.delivery_point,
        kind=draft.kind,
        gas_day=day,
        quantity=None if gas_day else draft.quantity,
        confirmed=draft.confirmed_unusual,
        submission_id=draft.submission_id,
    )


def withdrawal_of(nomination: Nomination, *, submission_id: str) -> Request:
    """Return the request that takes a nomination back."""
    return Request(
        point=nomination.delivery_point,
        kind=nomination.kind,
        gas_day=nomination.gas_day,
        quantity=Quantity.zero(nomination.unit),
        submission_id=submission_id,
        withdraws=nomination,
    )


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
