"""The heating value that converts m³ and MBTU of a point on a gas day."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import HeatingValue
from portal.models import DailyHeatingValue

# Used only where an exit point has no value at all yet (domain.md §2).
REFERENCE = HeatingValue.of("1130")


@dataclass(frozen=True, slots=True)
class HeatingValueInForce:
    """A heating value, the day it was measured, and whether it stands in for a missing one ("PC provisional")."""

    value: HeatingValue
    measured_on: GasDay | None
    provisional: bool


_IN_FORCE = (
    select(DailyHeatingValue.heating_value, DailyHeatingValue.gas_day)
    .where(DailyHeatingValue.exit_point_id == bindparam("gate_id"), DailyHeatingValue.gas_day <= bindparam("day"))
    .order_by(DailyHeatingValue.gas_day.desc(), DailyHeatingValue.version.desc())
    .limit(1)
)


def in_force(session: Session, *, exit_point_id: int, gas_day: GasDay) -> HeatingValueInForce:
    """Return the heating value of the day; the last known before it, marked provisional, when it has none."""
    row = session.connection().execute(_IN_FORCE, {"gate_id": exit_point_id, "day": gas_day}).one_or_none()
    if row is None:
        return HeatingValueInForce(REFERENCE, None, True)
    return HeatingValueInForce(row.heating_value, row.gas_day, row.gas_day != gas_day)
