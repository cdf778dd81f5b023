"""Nominations that came after the close, for the operator's decision."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Gas, Quantity, Unit
from portal.models import Nomination
from portal.services.nominations import late
from portal.services.store.acts import Act
from portal.services.store.permissions import require
from portal.services.store.statements import moment_of

from . import hot


class LateRequest(NamedTuple):
    """A nomination that came after the close and waits for the operator."""

    public_id: str
    point: str
    company: str
    phone: str | None
    unit: Unit
    gas: Gas
    revision: int
    received_at: datetime
    signed_by: str | None


def list_waiting(session: Session, *, gas_day: GasDay) -> list[LateRequest]:
    """Return the waiting late nominations of a day, as ``late.list_pending`` does, by one query."""
    return [
        LateRequest(
            row.public_id,
            row.point,
            row.company,
            row.contact_phone,
            Unit(row.unit),
            Gas(Quantity(row.quantity_m3, Unit.M3), Quantity(row.quantity_mbtu, Unit.MBTU)),
            row.revision,
            moment_of(row.received_at),
            row.signed_by,
        )
        for row in hot.LATE.rows(session, day=gas_day.date)
    ]


def decide_late(act: Act, *, public_id: str, accept: bool, reason: str | None) -> Nomination:
    """Accept or refuse a late nomination as ``late.decide``; ``NotAllowed`` unless the role may authorise. Commits."""
    require(act, Function.AUTHORISE)
    return late.decide(act, public_id=public_id, accept=accept, reason=reason)
