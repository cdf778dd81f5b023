"""What is asked for a gas day of a point, through whatever door, and the hash that binds a signature to it."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, Unit
from portal.domain.timetable import RequestKind
from portal.models import DeliveryPoint, Nomination, NominationDraft


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
