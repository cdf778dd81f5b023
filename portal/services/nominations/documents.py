"""What is being signed: every answer and its effects, and the hash that binds the signature to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from portal.domain.gas_day import GasDay
from portal.domain.nominations import QuantityWarning
from portal.domain.quantities import Gas, Quantity
from portal.domain.timetable import RequestKind
from portal.models import Nomination, NominationDraft
from portal.services.ledger.heating_values import HeatingValueInForce
from portal.services.store.acts import Act
from portal.services.store.refusals import Refusal, Rejected

from . import rules
from .requests import request_of
from .rules import Weighed


@dataclass(frozen=True, slots=True)
class Review:
    """The document to sign. ``digest`` is the SHA-256 (hex) of what it binds; the page carries it back."""

    draft: NominationDraft
    weighed: Weighed
    digest: str

    @property
    def kind(self) -> RequestKind:
        """What kind of request it is."""
        return self.weighed.request.kind

    @property
    def gas_day(self) -> GasDay:
        """The day it is for."""
        return self.weighed.request.gas_day

    @property
    def gas(self) -> Gas:
        """The quantity in both units."""
        return self.weighed.gas

    @property
    def heating_value(self) -> HeatingValueInForce:
        """The heating value that converts it."""
        return self.weighed.heating_value

    @property
    def warnings(self) -> tuple[QuantityWarning, ...]:
        """What is unusual about the quantity."""
        return self.weighed.warnings

    @property
    def quantity(self) -> Quantity:
        """The quantity in the unit of the point."""
        return self.weighed.quantity

    @property
    def replaces(self) -> Nomination | None:
        """The nomination in force that the signature replaces."""
        return self.weighed.in_force

    @property
    def closes_at(self) -> datetime:
        """Until when this request is taken."""
        return self.weighed.closes_at

    @property
    def percent_of_maximum(self) -> Decimal:
        """The quantity as a share of the contract's daily maximum, percent."""
        contract = self.draft.delivery_point.contract
        return 100 * self.gas.in_unit(contract.unit).amount / contract.maximum.amount

    @property
    def percent_of_mean(self) -> Decimal | None:
        """The quantity as a share of the mean of the last 28 measured days, percent; None without a mean."""
        mean = self.weighed.mean
        return None if mean is None or not mean.micro else 100 * self.quantity.amount / mean.amount


def review(act: Act, *, draft: NominationDraft, hold: bool = False) -> Review:
    """Return what a signature would put in force now; refuses (``Rejected``) as each step does.

    ``actor`` is who signs, None where nobody is asked whether they may. With ``hold`` the account and the head of the
    day stay locked until the caller's transaction ends.
    """
    if draft.kind is None or draft.gas_day is None or draft.quantity is None:
        raise Rejected(Refusal.DRAFT_EMPTY)
    weighed = rules.weigh(act, request_of(draft), hold=hold).demand()
    return Review(draft, weighed, rules.digest_of([weighed]))
