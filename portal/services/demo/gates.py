"""Gates of the demonstration: their terms, and what they measured in the last three months.

Every gate measures a little more or less than its points; one day is out of its band, and yesterday is not typed yet.
"""

from __future__ import annotations

import random

from sqlalchemy import BigInteger, func, insert, select, type_coerce

from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay, Month
from portal.domain.gates import AllocationRule
from portal.domain.quantities import Quantity, Unit
from portal.models import DailyBalance, DeliveryPoint, ExitPoint, GateReading, GateTerms
from portal.services.store.acts import Act

from .disputes import find_user
from .registry import SEED

DAYS = 92
BAND = 150
# In thousandths of what the points take: the most by which a gate usually differs, and the planted day.
USUALLY, PLANTED = 9, 41
PLANTED_DAYS_AGO = 4
MICRO = 10**6


def write(act: Act) -> int:
    """Write terms and measurements of every gate, inside the caller's transaction; return how many days."""
    session = act.session
    today, operator = GasDay.of(act.now), find_user(session, Role.OPERATOR)
    sums: dict[int, dict[GasDay, int]] = {}
    rows = session.execute(
        select(
            DeliveryPoint.exit_point_id,
            DailyBalance.gas_day,
            func.sum(type_coerce(DailyBalance.consumed_m3, BigInteger)).label("volume"),
        )
        .join(DeliveryPoint, DeliveryPoint.id == DailyBalance.delivery_point_id)
        .where(DailyBalance.gas_day.between(today.plus(-DAYS), today.plus(-2)), DailyBalance.consumed_m3.is_not(None))
        .group_by(DeliveryPoint.exit_point_id, DailyBalance.gas_day)
    )
    for row in rows:
        sums.setdefault(row.exit_point_id, {})[row.gas_day] = int(row.volume)
    readings = []
    for number, gate in enumerate(session.scalars(select(ExitPoint).order_by(ExitPoint.code))):
        of_gate = sums.get(gate.id, {})
        if not of_gate:
            continue
        session.add(
            GateTerms(
                exit_point_id=gate.id,
                valid_from=Month.of(today.plus(-DAYS)).first,
                capacity_m3=Quantity.of(-(-max(of_gate.values()) * 14 // (10 * MICRO * 1000)) * 1000, Unit.M3),
                band_basis_points=BAND,
                allocation=AllocationRule.NONE if number % 2 else AllocationRule.PRO_RATA,
                reason="Acuerdo operativo con el transportador",
                recorded_at=act.now,
                recorded_by_id=operator,
            )
        )
        chance = random.Random(f"{SEED}:gate:{gate.code}")
        for day in sorted(of_gate, key=lambda each: each.date):
            planted = number == 0 and day == today.plus(-PLANTED_DAYS_AGO)
            moved = PLANTED if planted else chance.randint(-USUALLY, USUALLY)
            volume = of_gate[day] * (1000 + moved) // (1000 * MICRO) * MICRO
            readings.append(
                {
                    "exit_point_id": gate.id,
                    "gas_day": day,
                    "version": 1,
                    "volume_m3": Quantity.from_micro(volume, Unit.M3),
                    "recorded_at": act.now,
                    "recorded_by_id": operator,
                }
            )
    if readings:
        session.execute(insert(GateReading), readings)
    return len(readings)
