"""Request for a gas day of a point, the same for every channel, and the proofs that put it in force."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeVar

from portal.domain.gas_day import GasDay
from portal.domain.nominations import Channel
from portal.domain.quantities import Quantity, Unit
from portal.domain.timetable import RequestKind
from portal.models import Call, DeliveryPoint, Nomination, NominationDraft, StandingOrder
from portal.services import keys
from portal.services.keys import caller_grants, key_attempts
from portal.services.keys.key_attempts import Charge
from portal.services.people.accounts import second_factor
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.transactions import repeat_after_deadlock


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request for one gas day of one point.

    ``quantity`` is the day's total in the point's unit, None to weigh the day alone. ``confirmed`` is true once its
    warnings were confirmed. ``replaces`` is the revision that the sender believes in force, 0 for none, None if not
    given. ``submission_id`` is unique for ever: the same request sent again finds its revision. ``withdraws`` is
    the nomination to withdraw, ``accepts`` the late one that the operator puts in force. ``batch_id`` is the row id of
    the batch that has it as a line.
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
    batch_id: int | None = None

    @property
    def unit(self) -> Unit:
        """The unit of the request."""
        return self.point.unit if self.quantity is None else self.quantity.unit


def request_of(draft: NominationDraft, *, gas_day: GasDay | None = None) -> Request:
    """Return the request of a draft; its day alone, without a quantity, when ``gas_day`` is given.

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
    """Return the request that withdraws a nomination."""
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
    """Proof by the point's numeric key, typed and verified: row id of the key, and the attempt to settle.

    Every rule binds its request, which gets a radicado and a receipt.
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

    def release(self, act: Act) -> None:
        """Give the attempt back, inside the caller's transaction: the request was put in force before."""
        key_attempts.succeed(act, charge=self.charge)


@dataclass(frozen=True, slots=True)
class GroupKeys:
    """Proof of a group by numeric keys, verified and given back before: row ids of the keys.

    ``give_back`` ends the attempt at the signer's authenticator, where its code stands for the keys of the other
    points. Every rule binds its requests, each of which gets a radicado and a receipt.
    """

    key_ids: tuple[int, ...]
    give_back: Callable[[], None] | None = None

    channel: ClassVar[Channel] = Channel.WEB
    is_bound: ClassVar[bool] = True

    @property
    def way(self) -> str:
        """The word of the audit for what signed."""
        return "keys" if self.give_back is None else "key-and-authenticator"

    def settle(self, act: Act) -> None:
        """Refuse a key that was revoked or replaced meanwhile; inside the caller's transaction."""
        for key_id in sorted(self.key_ids):
            keys.require_valid(act, key_id=key_id)
        self.release(act)

    def release(self, _act: Act) -> None:
        """Give the attempt at the authenticator back, inside the caller's transaction."""
        if self.give_back is not None:
            self.give_back()


@dataclass(frozen=True, slots=True)
class StaffCode:
    """Proof by the code of an agent's authenticator, in the verified call that is held and locked.

    ``give_back`` ends the attempt at the code. Every rule binds its request, which gets a radicado and a receipt.
    """

    call: Call
    give_back: Callable[[], None]

    channel: ClassVar[Channel] = Channel.CALL
    is_bound: ClassVar[bool] = True

    def settle(self, _act: Act) -> None:
        """Give the attempt back, inside the caller's transaction."""
        self.give_back()

    def release(self, _act: Act) -> None:
        """Give the attempt back, as ``settle``."""
        self.give_back()


@dataclass(frozen=True, slots=True)
class Operator:
    """Proof by an operator's decision: its own checks apply, and its own mail reports it."""

    reason: str | None = None

    channel: ClassVar[Channel] = Channel.OPERATOR
    is_bound: ClassVar[bool] = False

    def settle(self, act: Act) -> None:
        """Do nothing: the role was checked before."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Proof by the point's rule, applied because nothing was nominated at ``closed_at``; without a radicado."""

    closed_at: datetime

    channel: ClassVar[Channel] = Channel.POLICY
    is_bound: ClassVar[bool] = False

    def settle(self, act: Act) -> None:
        """Do nothing: the rule was set before."""


@dataclass(frozen=True, slots=True)
class KeptOrder:
    """Proof by a standing order that was signed before with the point's key, used because nothing was nominated.

    Every rule binds its request, which gets a radicado and a receipt in the name of the order's signer.
    """

    order: StandingOrder

    channel: ClassVar[Channel] = Channel.STANDING_ORDER
    is_bound: ClassVar[bool] = True

    def settle(self, act: Act) -> None:
        """Do nothing: the code was verified when the order was signed."""


Proof = NumericKey | GroupKeys | StaffCode | Operator | Rule | KeptOrder


def run_with_code(
    act: Act,
    *,
    delivery_point: DeliveryPoint | keys.PointKeys,
    typed: str,
    channel: Channel,
    put_in_force: Callable[[NumericKey], Signed],
) -> Signed:
    """Call ``put_in_force`` with the proof if the code of the point was typed; commits.

    Refuses (``Rejected``) a wrong code, ``TooManyAttempts`` when throttled. Any other failure gives the attempt back:
    the code was right. Runs once more after a deadlock of the database.
    """
    key_id, charge = keys.prove(act, delivery_point=delivery_point, typed=typed, field="security_code")
    try:
        return repeat_after_deadlock(lambda: put_in_force(NumericKey(key_id, charge, channel)))
    except BaseException:
        # Give the attempt back: the code was right.
        key_attempts.give_back(act, charge=charge)
        raise


def run_with_staff_code(
    act: Act,
    *,
    delivery_point_id: int,
    typed: str,
    moments: Sequence[datetime],
    put_in_force: Callable[[StaffCode], Signed],
) -> Signed:
    """Call ``put_in_force`` with the proof if the agent's code was typed, in one transaction with it; commits.

    ``moments`` are what the authenticator's clock may show. The call is locked before anything of the point. Refuses
    (``Rejected``) a wrong or used code, ``TooManyAttempts`` when throttled, ``CallNeeded`` when the call is over. Any
    other failure gives the attempt back and leaves the code unspent. Runs once more after a deadlock.
    """

    def sign(give_back: Callable[[], None]) -> Signed:
        call = caller_grants.lock_held(act, point_id=delivery_point_id)
        with meaning_of_constraints():
            return put_in_force(StaffCode(call, give_back))

    caller_grants.require_held(act, point_id=delivery_point_id)
    return repeat_after_deadlock(lambda: second_factor.sign_once(act, typed=typed, moments=moments, then=sign))
