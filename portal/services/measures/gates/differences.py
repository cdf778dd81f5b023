"""Gas that no point accounts for: what gates measured beside the sum of their points, by day and month.

Source: docs/rules.md, "Gates"; adr/0139.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, case, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.gas_day import GasDay, Month
from portal.domain.gates import compute_basis_points, is_outside_band
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import ReadingState
from portal.models import Contract, DailyBalance, DeliveryPoint, ExitPoint, GateAllocationDay
from portal.services.points.service_days import is_served_on
from portal.services.store.acts import Act
from portal.services.store.permissions import require
from portal.services.store.refusals import NotFound

from .entries import NOTHING, GateVolume, find_volumes
from .terms import KnownTerms, Terms, load_gate


class Counted(NamedTuple):
    """Sum of the points of a gate on a day, m³; how many are served, measured, and of those estimated."""

    volume: Quantity
    served: int
    measured: int
    estimated: int


class GateDay(NamedTuple):
    """A gate on a gas day: its measurement beside the sum of its points.

    ``allocated`` is the difference that was allocated to the points, None where none was.
    """

    code: str
    name: str
    gas_day: GasDay
    terms: Terms
    measured: GateVolume
    counted: Counted
    allocated: Quantity | None = None

    @property
    def missing(self) -> int:
        """The number of points served that have no reading."""
        return max(0, self.counted.served - self.counted.measured)

    @property
    def is_complete(self) -> bool:
        """True where gate and all its points were measured: only then there is a difference."""
        return self.measured.volume is not None and not self.missing

    @property
    def difference(self) -> Quantity | None:
        """Gate − points, m³; None on a day that is not complete."""
        volume = self.measured.volume
        return volume - self.counted.volume if volume is not None and not self.missing else None

    @property
    def basis_points(self) -> Fraction | None:
        """The difference in hundredths of a percent of what the gate measured."""
        volume = self.measured.volume
        if volume is None or self.missing:
            return None
        return compute_basis_points(volume.micro, self.counted.volume.micro)

    @property
    def is_outside(self) -> bool:
        """True where the difference is beyond the band."""
        volume = self.measured.volume
        if volume is None or self.missing:
            return False
        return is_outside_band(volume.micro, self.counted.volume.micro, self.terms.band)

    @property
    def is_above_capacity(self) -> bool:
        """True where the gate measured more than its capacity."""
        capacity, volume = self.terms.capacity, self.measured.volume
        return capacity is not None and volume is not None and volume > capacity

    @property
    def has_moved(self) -> bool:
        """True where the difference is not the one that was allocated."""
        return self.allocated is not None and self.difference != self.allocated


class GateMonth(NamedTuple):
    """A gate in a month, day by day up to today; sums are those of its complete days."""

    gate: ExitPoint
    month: Month
    days: Sequence[GateDay]

    @property
    def complete(self) -> list[GateDay]:
        """The days of which gate and all points were measured."""
        return [day for day in self.days if day.is_complete]

    @property
    def measured(self) -> Quantity:
        """The volume that the gate measured on the complete days."""
        volumes = [day.measured.volume.micro for day in self.complete if day.measured.volume is not None]
        return Quantity.from_micro(sum(volumes), Unit.M3)

    @property
    def counted(self) -> Quantity:
        """The volume that the points took on the complete days."""
        return Quantity.from_micro(sum(day.counted.volume.micro for day in self.complete), Unit.M3)

    @property
    def difference(self) -> Quantity:
        """Gate − points of the complete days."""
        return self.measured - self.counted

    @property
    def basis_points(self) -> Fraction | None:
        """The difference in hundredths of a percent of what the gate measured."""
        return compute_basis_points(self.measured.micro, self.counted.micro)

    @property
    def is_outside(self) -> bool:
        """True where the month is beyond the band of its last day."""
        if not self.complete:
            return False
        return is_outside_band(self.measured.micro, self.counted.micro, self.days[-1].terms.band)

    @property
    def days_outside(self) -> int:
        """The number of days beyond the band."""
        return sum(day.is_outside for day in self.days)


def load_gates_of_day(act: Act, *, gas_day: GasDay) -> list[GateDay]:
    """Return every gate in use on a day, in the order of the codes. Four queries, whatever their number.

    ``NotFound`` for a day to come.
    """
    session = act.session
    require(act, Function.SEE_DAY_BOOK)
    if gas_day > GasDay.of(act.now):
        raise NotFound
    in_use = or_(ExitPoint.ended_on.is_(None), ExitPoint.ended_on > gas_day)
    gates = session.scalars(select(ExitPoint).where(in_use).order_by(ExitPoint.code)).all()
    terms = KnownTerms(session)
    volumes = find_volumes(session, first=gas_day, last=gas_day)
    counted = count_points_of_day(session, gas_day=gas_day)
    nobody = Counted(Quantity.zero(Unit.M3), 0, 0, 0)
    allocated = _find_allocated(session, first=gas_day, last=gas_day)
    return [
        GateDay(
            gate.code,
            gate.name,
            gas_day,
            terms.on(gate.id, gas_day),
            volumes.get((gate.id, gas_day), NOTHING),
            counted.get(gate.id, nobody),
            allocated.get((gate.id, gas_day)),
        )
        for gate in gates
    ]


def count_points_of_day(session: Session, *, gas_day: GasDay) -> Mapping[int, Counted]:
    """Return by gate the sum of its points on a day. One query."""
    served = is_served_on(gas_day)
    rows = session.execute(
        select(
            DeliveryPoint.exit_point_id,
            func.sum(type_coerce(DailyBalance.consumed_m3, BigInteger)).label("volume"),
            func.sum(case((served, 1), else_=0)).label("served"),
            func.count(DailyBalance.consumed_m3).label("measured"),
            func.sum(case((DailyBalance.reading_state == ReadingState.ESTIMATED, 1), else_=0)).label("estimated"),
        )
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .outerjoin(
            DailyBalance,
            (DailyBalance.delivery_point_id == DeliveryPoint.id) & (DailyBalance.gas_day == gas_day),
        )
        .where(or_(served, DailyBalance.consumed_m3.is_not(None)))
        .group_by(DeliveryPoint.exit_point_id)
    )
    return {row.exit_point_id: _counted(row, int(row.served)) for row in rows}


def load_month_of_gate(act: Act, *, code: str, month: Month) -> GateMonth:
    """Return a gate day by day, from the 1st of a month to its end or today. Six queries; ``NotFound``."""
    require(act, Function.SEE_DAY_BOOK)
    return load_month(act.session, gate=load_gate(act.session, code), month=month, today=GasDay.of(act.now))


def load_month(session: Session, *, gate: ExitPoint, month: Month, today: GasDay) -> GateMonth:
    """Return as ``load_month_of_gate``, for other services."""
    days = [day for day in month.days() if day <= today]
    if not days:
        return GateMonth(gate, month, [])
    first, last = days[0], days[-1]
    terms = KnownTerms(session)
    volumes = find_volumes(session, first=first, last=last, gates=[gate.id])
    counted = _count_points_of_month(session, gate.id, days)
    allocated = _find_allocated(session, first=first, last=last)
    return GateMonth(
        gate,
        month,
        [
            GateDay(
                gate.code,
                gate.name,
                day,
                terms.on(gate.id, day),
                volumes.get((gate.id, day), NOTHING),
                counted[day.date],
                allocated.get((gate.id, day)),
            )
            for day in days
        ],
    )


def _count_points_of_month(session: Session, gate_id: int, days: Sequence[GasDay]) -> Mapping[date, Counted]:
    validity = (DeliveryPoint.starts_on, DeliveryPoint.ends_on, Contract.starts_on, Contract.ends_on)
    spans = session.execute(
        select(
            DeliveryPoint.starts_on.label("since"),
            DeliveryPoint.ends_on.label("until"),
            Contract.starts_on.label("contract_since"),
            Contract.ends_on.label("contract_until"),
            func.count().label("points"),
        )
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .where(DeliveryPoint.exit_point_id == gate_id)
        .group_by(*validity)
    ).all()
    served: dict[date, int] = defaultdict(int)
    for day in days:
        for row in spans:
            since = max(row.since, row.contract_since)
            ends = [until for until in (row.until, row.contract_until) if until is not None]
            if since <= day and all(day < until for until in ends):
                served[day.date] += row.points
    rows = session.execute(
        select(
            DailyBalance.gas_day,
            func.sum(type_coerce(DailyBalance.consumed_m3, BigInteger)).label("volume"),
            func.count(DailyBalance.consumed_m3).label("measured"),
            func.sum(case((DailyBalance.reading_state == ReadingState.ESTIMATED, 1), else_=0)).label("estimated"),
        )
        .join(DeliveryPoint, DeliveryPoint.id == DailyBalance.delivery_point_id)
        .where(DeliveryPoint.exit_point_id == gate_id, DailyBalance.gas_day.between(days[0], days[-1]))
        .group_by(DailyBalance.gas_day)
    )
    found = {row.gas_day.date: _counted(row, served[row.gas_day.date]) for row in rows}
    for day in days:
        found.setdefault(day.date, Counted(Quantity.zero(Unit.M3), served[day.date], 0, 0))
    return found


def find_consumptions(
    session: Session, *, gate_id: int, days: Collection[GasDay]
) -> Mapping[GasDay, Mapping[int, int]]:
    """Return by day what each point of a gate took, millionths of a m³. One query."""
    rows = session.execute(
        select(DailyBalance.gas_day, DailyBalance.delivery_point_id, DailyBalance.consumed_m3)
        .join(DeliveryPoint, DeliveryPoint.id == DailyBalance.delivery_point_id)
        .where(
            DeliveryPoint.exit_point_id == gate_id,
            DailyBalance.gas_day.in_(list(days)),
            DailyBalance.consumed_m3.is_not(None),
        )
        .order_by(DailyBalance.delivery_point_id)
    )
    found: dict[GasDay, dict[int, int]] = defaultdict(dict)
    for row in rows:
        found[row.gas_day][row.delivery_point_id] = row.consumed_m3.micro
    return found


def _counted(row: Any, served: int) -> Counted:
    return Counted(Quantity.from_micro(int(row.volume or 0), Unit.M3), served, row.measured, int(row.estimated or 0))


def _find_allocated(session: Session, *, first: GasDay, last: GasDay) -> Mapping[tuple[int, GasDay], Quantity]:
    rows = session.scalars(select(GateAllocationDay).where(GateAllocationDay.gas_day.between(first, last)))
    return {(row.exit_point_id, row.gas_day): row.measured_m3 - row.counted_m3 for row in rows}
