"""Readings of a file, or typed, that are unlike those before them, and points that usually come and are missing.

Source: docs/rules.md, "Odd figures"; adr/0133.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.gates import is_outside_band
from portal.domain.oddities import DAYS_BACK, Oddity, Weighed, weigh_figure
from portal.domain.quantities import Quantity, Unit, convert
from portal.domain.settings import Maximum
from portal.models import Contract, DailyBalance, DeliveryPoint, ExitPoint, MeterChange
from portal.services.ledger.heating_values import REFERENCE
from portal.services.measures import gates
from portal.services.points import settings
from portal.services.points.service_days import is_served_on
from portal.services.timetable import holidays

from .changes import Change

# Older days are history that is loaded, not the figures of a morning: they are held against nothing.
WEIGHED_DAYS = 62
# A point usually comes that was measured on so many of the last seven days.
LAST_DAYS, USUALLY = 7, 5
MOST_MISSING = 20


class MissingPoint(NamedTuple):
    """Point that usually comes and is neither in the file nor measured on its newest day."""

    point: str
    name: str


class GateSum(NamedTuple):
    """Gate and day whose points, with those of the file, are further from its measurement than its band; m³."""

    code: str
    name: str
    gas_day: GasDay
    measured: Quantity
    counted: Quantity
    band: int


@dataclass(frozen=True, slots=True)
class Questions:
    """List of what a person should look at before a file counts.

    ``weighed`` has every change of the last 62 days by point and day, ``older`` counts those that were not weighed.
    """

    weighed: Mapping[tuple[int, date], Weighed] = field(default_factory=dict)
    older: int = 0
    missing: Sequence[MissingPoint] = ()
    missing_count: int = 0
    newest: GasDay | None = None
    gates: Sequence[GateSum] = ()

    def of(self, change: Change) -> Weighed:
        """Return what is known of a change; nothing of one that was not weighed."""
        return self.weighed.get((change.place.row_id, change.gas_day.date), Weighed(None, ()))

    def list_odd(self, changes: Iterable[Change]) -> list[Change]:
        """Return the changes with something odd about them, the worst first."""
        odd = [change for change in changes if self.of(change).oddities]
        return sorted(odd, key=self._worst_first)

    def _worst_first(self, change: Change) -> tuple[int, bool, Fraction, str, date]:
        weighed = self.of(change)
        times = weighed.times(change.row.micro or 0)
        # How far from the mean, up or down; zero is the farthest.
        far = max(times, 1 / times) if times else Fraction(0)
        return _RANK[weighed.oddities[0]], bool(times), -far, change.point.sort_name, change.gas_day.date


_RANK = {oddity: place for place, oddity in enumerate(Oddity)}


def question_changes(session: Session, *, changes: Sequence[Change], today: GasDay) -> Questions:
    """Return what to look at in the changes of a file. Eight queries, whatever their number; 11 if gates measured."""
    first = today.plus(-WEIGHED_DAYS)
    recent = [change for change in changes if change.gas_day >= first and change.row.micro is not None]
    if not recent:
        return Questions(older=len(changes))
    days = [change.gas_day.date for change in recent]
    points = {change.place.row_id for change in recent}
    known = _load_known(session, points, min(days) - timedelta(days=DAYS_BACK), max(days))
    sent: dict[int, dict[date, int]] = defaultdict(dict)
    for change in recent:
        sent[change.place.row_id][change.gas_day.date] = change.row.micro or 0
    observed = frozenset(holidays.list_between(session, first=min(days) - timedelta(days=DAYS_BACK), last=max(days)))
    maxima = _load_maxima(session, points)
    weighed = {
        (change.place.row_id, change.gas_day.date): weigh_figure(
            change.row.micro or 0,
            day=change.gas_day.date,
            known=known[change.place.row_id],
            holidays=observed,
            maximum=maxima[change.place.row_id].on(change.gas_day),
            recent=sent[change.place.row_id],
        )
        for change in recent
    }
    asked = {(change.point.exit_point_id, change.gas_day) for change in recent}
    sums = _find_gate_sums(session, asked, {(c.place.row_id, c.gas_day): c.row.micro or 0 for c in recent})
    for each in sums:
        farthest = _find_farthest(weighed, [change for change in recent if _is_of(change, each)], each)
        if farthest is not None:
            key = farthest.place.row_id, farthest.gas_day.date
            weighed[key] = weighed[key]._replace(oddities=(*weighed[key].oddities, Oddity.GATE_SUM))
    newest = GasDay(max(days))
    missing = _find_missing(session, {row_id for row_id, day in weighed if day == newest.date}, newest)
    return Questions(weighed, len(changes) - len(recent), missing[:MOST_MISSING], len(missing), newest, sums)


def weigh_reading(session: Session, *, point_id: int, gas_day: GasDay, volume: Quantity) -> Weighed:
    """Weigh a typed figure as ``question_changes`` does those of a file, but of whatever day. Six queries."""
    first = gas_day.date - timedelta(days=DAYS_BACK)
    return weigh_figure(
        volume.micro,
        day=gas_day.date,
        known=_load_known(session, [point_id], first, gas_day.date)[point_id],
        holidays=frozenset(holidays.list_between(session, first=first, last=gas_day.date)),
        maximum=_load_maxima(session, [point_id])[point_id].on(gas_day),
    )


def _load_known(session: Session, points: Collection[int], first: date, last: date) -> Mapping[int, dict[date, int]]:
    known: dict[int, dict[date, int]] = defaultdict(dict)
    rows = session.execute(
        select(DailyBalance.delivery_point_id, DailyBalance.gas_day, DailyBalance.consumed_m3).where(
            DailyBalance.delivery_point_id.in_(points),
            DailyBalance.gas_day.between(GasDay(first), GasDay(last)),
            DailyBalance.consumed_m3.is_not(None),
        )
    )
    for row in rows:
        known[row.delivery_point_id][row.gas_day.date] = row.consumed_m3.micro
    return known


class _Most(NamedTuple):
    """The most that a point may take in a day: its meter's of that day, else its contract's, in m³."""

    contract: Maximum
    meters: list[tuple[GasDay, int]]

    def on(self, day: GasDay) -> int:
        """Return it in millionths of a m³."""
        of_meters = [micro for first, micro in self.meters if first <= day]
        return of_meters[-1] if of_meters else self.contract.on(day).micro


def _load_maxima(session: Session, points: Collection[int]) -> dict[int, _Most]:
    known = settings.read(session)
    owners = session.execute(
        select(DeliveryPoint.id, DeliveryPoint.contract_id).where(DeliveryPoint.id.in_(points))
    ).all()
    contracts = session.scalars(select(Contract).where(Contract.id.in_({row.contract_id for row in owners})))
    maxima = {each.id: _in_m3(known.maximum(each)) for each in contracts}
    found = {row.id: _Most(maxima[row.contract_id], []) for row in owners}
    meters = session.execute(
        select(MeterChange.delivery_point_id, MeterChange.gas_day, MeterChange.maximum_m3)
        .where(MeterChange.delivery_point_id.in_(points))
        .order_by(MeterChange.gas_day)
    )
    for row in meters:
        if row.maximum_m3 is not None:
            found[row.delivery_point_id].meters.append((row.gas_day, row.maximum_m3.micro))
    return found


def _in_m3(maximum: Maximum) -> Maximum:
    steps = [(first, convert(value, Unit.M3, REFERENCE)) for first, value in maximum.steps]
    return Maximum(convert(maximum.signed, Unit.M3, REFERENCE), tuple(steps))


def _find_missing(session: Session, sent: Collection[int], newest: GasDay) -> list[MissingPoint]:
    """Return the points without a reading of the newest day that were measured on most days before it."""
    # Sought point by point along the primary key: a range of days of all points would read every day that ever was.
    of_point = (DailyBalance.delivery_point_id == DeliveryPoint.id, DailyBalance.consumed_m3.is_not(None))
    lately = DailyBalance.gas_day.between(newest.plus(-LAST_DAYS), newest.plus(-1))
    measured = select(func.count()).where(*of_point, lately).correlate(DeliveryPoint).scalar_subquery()
    there = select(DailyBalance.delivery_point_id).where(*of_point, DailyBalance.gas_day == newest)
    rows = session.execute(
        select(DeliveryPoint.id, DeliveryPoint.public_id, DeliveryPoint.name)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .where(is_served_on(newest), measured >= USUALLY, ~there.correlate(DeliveryPoint).exists())
        .order_by(DeliveryPoint.sort_name, DeliveryPoint.id)
    )
    return [MissingPoint(row.public_id, row.name) for row in rows if row.id not in sent]


def find_gate_sum(session: Session, *, point_id: int, gas_day: GasDay) -> GateSum | None:
    """Return the sum of the gate of a point where a day is out of its band, as it stands; None where it is not."""
    gate = session.scalar(select(DeliveryPoint.exit_point_id).where(DeliveryPoint.id == point_id))
    found = [] if gate is None else _find_gate_sums(session, {(gate, gas_day)}, {})
    return found[0] if found else None


def _find_gate_sums(
    session: Session, asked: Collection[tuple[int, GasDay]], sent: Mapping[tuple[int, GasDay], int]
) -> list[GateSum]:
    """Return the gates and days out of their band once what is ``sent`` counts; only where all points are measured."""
    days = [day for _, day in asked]
    volumes = gates.find_volumes(session, first=min(days), last=max(days))
    measured = {key: volumes[key].volume for key in asked if key in volumes}
    if not measured:
        return []
    counted = _sum_points(session, measured, sent)
    terms, names = gates.KnownTerms(session), _load_gates(session, {gate for gate, _ in measured})
    found = []
    for (gate, day), volume in measured.items():
        total = counted.get((gate, day))
        band = terms.on(gate, day).band
        if volume is not None and total is not None and is_outside_band(volume.micro, total, band):
            code, name = names[gate]
            found.append(GateSum(code, name, day, volume, Quantity.from_micro(total, Unit.M3), band))
    return sorted(found, key=lambda each: (each.gas_day.date, each.code))


def _sum_points(
    session: Session, wanted: Mapping[tuple[int, GasDay], object], sent: Mapping[tuple[int, GasDay], int]
) -> dict[tuple[int, GasDay], int]:
    """Return by gate and day the sum of its points with those of the file, millionths; none where one is missing."""
    of_gates, days = {gate for gate, _ in wanted}, {day for _, day in wanted}
    known: dict[tuple[int, GasDay], int] = {}
    rows = session.execute(
        select(DailyBalance.delivery_point_id, DailyBalance.gas_day, DailyBalance.consumed_m3)
        .join(DeliveryPoint, DeliveryPoint.id == DailyBalance.delivery_point_id)
        .where(
            DeliveryPoint.exit_point_id.in_(of_gates),
            DailyBalance.gas_day.in_(days),
            DailyBalance.consumed_m3.is_not(None),
        )
    )
    for row in rows:
        known[row.delivery_point_id, row.gas_day] = row.consumed_m3.micro
    known |= sent
    points = session.scalars(select(DeliveryPoint).where(DeliveryPoint.exit_point_id.in_(of_gates))).unique().all()
    sums: dict[tuple[int, GasDay], int] = {}
    for gate, day in wanted:
        served = [point for point in points if point.exit_point_id == gate and point.in_force_on(day)]
        if all((point.id, day) in known for point in served):
            sums[gate, day] = sum(known[point.id, day] for point in served)
    return sums


def _load_gates(session: Session, ids: Collection[int]) -> dict[int, tuple[str, str]]:
    rows = session.execute(select(ExitPoint.id, ExitPoint.code, ExitPoint.name).where(ExitPoint.id.in_(ids)))
    return {row.id: (row.code, row.name) for row in rows}


def _is_of(change: Change, gate: GateSum) -> bool:
    return change.gas_day == gate.gas_day and change.point.exit_point.code == gate.code


def _find_farthest(
    weighed: Mapping[tuple[int, date], Weighed], changes: Sequence[Change], gate: GateSum
) -> Change | None:
    """Return the figure that takes the sum of a gate away from its measurement the most, against its own mean."""
    more = gate.counted > gate.measured

    def apart(change: Change) -> int:
        micro = change.row.micro or 0
        away = micro - (weighed[change.place.row_id, change.gas_day.date].mean or micro)
        return away if more else -away

    return max(changes, key=apart, default=None)
