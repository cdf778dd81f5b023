"""What is being signed: every answer and its effects, and the hash that binds the signature to them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.nominations import QuantityWarning
from portal.domain.quantities import Gas, Quantity
from portal.domain.timetable import RequestKind
from portal.models import Nomination, NominationDraft
from portal.services import heating_values
from portal.services.heating_values import HeatingValueInForce
from portal.services.refusals import Refusal, Rejected

from . import rules
from .rules import Terms


@dataclass(frozen=True, slots=True)
class Review:
    """The document to sign. ``digest`` is the SHA-256 (hex) of what it binds; the page carries it back."""

    draft: NominationDraft
    kind: RequestKind
    gas_day: GasDay
    gas: Gas
    heating_value: HeatingValueInForce
    terms: Terms
    warnings: tuple[QuantityWarning, ...]
    mean: Quantity | None
    digest: str

    @property
    def quantity(self) -> Quantity:
        """The quantity in the unit of the point."""
        return self.gas.in_unit(self.draft.unit)

    @property
    def replaces(self) -> Nomination | None:
        """The nomination in force that the signature replaces."""
        return self.terms.in_force

    @property
    def closes_at(self) -> datetime:
        """Until when this request is taken."""
        return self.terms.window.closes_at(self.gas_day)

    @property
    def percent_of_maximum(self) -> Decimal:
        """The quantity as a share of the contract's daily maximum, percent."""
        return (
            100
            * self.gas.in_unit(self.draft.delivery_point.contract.unit).amount
            / (self.draft.delivery_point.contract.maximum.amount)
        )

    @property
    def percent_of_mean(self) -> Decimal | None:
        """The quantity as a share of the mean of the last 28 measured days, percent; None without a mean."""
        return None if self.mean is None or not self.mean.micro else 100 * self.quantity.amount / self.mean.amount


def review(session: Session, *, draft: NominationDraft, now: datetime, lock: bool = False) -> Review:
    """Return what a signature would put in force now; refuses (``Rejected``) as each step does.

    With ``lock`` the head of the day stays locked until the caller's transaction ends.
    """
    if draft.kind is None or draft.gas_day is None or draft.quantity is None:
        raise Rejected(Refusal.DRAFT_EMPTY)
    terms = rules.check_day(session, draft=draft, gas_day=draft.gas_day, now=now, lock=lock)
    weighed = rules.check_quantity(
        session, draft=draft, quantity=draft.quantity, confirmed=draft.confirmed_unusual, now=now, terms=terms
    )
    in_force = heating_values.in_force(session, exit_point_id=draft.delivery_point.exit_point_id, gas_day=draft.gas_day)
    return Review(
        draft=draft,
        kind=draft.kind,
        gas_day=draft.gas_day,
        gas=Gas.of(draft.quantity, in_force.value),
        heating_value=in_force,
        terms=terms,
        warnings=weighed.warnings,
        mean=weighed.mean,
        digest=_digest(draft, terms).hex(),
    )


def _digest(draft: NominationDraft, terms: Terms) -> bytes:
    """Hash what the signature binds: who delivers where, what, when, how much, and which revision it replaces."""
    content = {
        "submission": draft.submission_id,
        "point": draft.delivery_point.public_id,
        "kind": draft.kind,
        "gas_day": draft.gas_day.isoformat() if draft.gas_day else None,
        "quantity_micro": draft.quantity_micro,
        "unit": draft.unit,
        "replaces": terms.head.revision if terms.head else 0,
        "late": terms.is_late,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()
