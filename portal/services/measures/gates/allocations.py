"""The differences of a gate in a month, allocated to its points as adjustments: shown first, then asked for or made.

Source: docs/rules.md, "Gates"; adr/0139.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, aliased

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay, Month
from portal.domain.gates import AllocationRule, allocate_difference
from portal.domain.quantities import Gas, HeatingValue, Quantity, Unit, plain
from portal.domain.readings import AdjustmentReason
from portal.models import DeliveryPoint, ExitPoint, GateAllocation, GateAllocationDay, User
from portal.services import ledger
from portal.services.ledger import adjustment_requests, adjustments, closings, heating_values
from portal.services.points import settings
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from .differences import GateDay, find_consumptions, load_month
from .terms import load_gate

MOST_LISTED = 20


class Share(NamedTuple):
    """Part that a point bears: the movement of its account on a day, in its unit and in m³, positive "a favor"."""

    point_id: int
    point: str
    company: str
    contract: str
    gas_day: GasDay
    quantity: Quantity
    volume: Quantity


class Allocation(NamedTuple):
    """Effect of an allocation: its days, each with its rule, and the share of each point that gets one.

    ``left`` are days with a difference that have no rule.
    """

    month: Month
    days: Sequence[GateDay]
    left: Sequence[GateDay]
    shares: Sequence[Share]
    needs_second: bool

    @property
    def difference(self) -> Quantity:
        """Sum of the differences that are allocated, gate − points, m³."""
        return Quantity.from_micro(sum(day.difference.micro for day in self.days if day.difference), Unit.M3)

    @property
    def fingerprint(self) -> str:
        """Digest of the days and shares: another one means that the preview is stale."""
        days = [(day.gas_day.isoformat(), day.measured, day.counted, day.terms.allocation) for day in self.days]
        return hashlib.sha256(repr((days, [tuple(each) for each in self.shares])).encode()).hexdigest()


class AllocationView(NamedTuple):
    """An allocation that was asked for or made, with its people; days and difference of one that was made."""

    public_id: str
    month: Month
    note: str
    requested_at: datetime
    requested_by_id: int
    requested_by: str
    decided_at: datetime | None
    decided_by: str | None
    approved: bool | None
    days: int
    difference: Quantity


def preview_allocation(act: Act, *, code: str, month: Month) -> Allocation:
    """Return what would be allocated of a gate's month now; write nothing.

    Complete days that were not allocated before, by the rule of each day. Refuses (``Rejected``)
    ``NOTHING_TO_ALLOCATE`` and, of a point whose month is closed, ``MONTH_CLOSED``; ``NotFound``.
    """
    require(act, Function.ADJUST_BALANCES)
    return _weigh(act, load_gate(act.session, code), month)


def propose_allocation(act: Act, *, code: str, month: Month, note: str, shown: str) -> bool:
    """Allocate up to the limit of adjustments, or ask for a decision beyond it; refuses as its preview. Commits.

    Returns whether it was made. Refuses also ``NOTE_MISSING`` and ``NOTE_TOO_LONG``; ``Conflict`` when the effect is
    not that of the digest ``shown``, or another allocation was faster.
    """
    session = act.session
    user_id = require(act, Function.ADJUST_BALANCES)
    note = adjustments.check_note(note)
    with meaning_of_constraints(), transaction(session):
        gate = load_gate(session, code)
        found = _locked(act, gate, month)
        if found.fingerprint != shown:
            raise Conflict("effects-changed")
        row = GateAllocation(
            public_id=secrets.token_hex(6),
            exit_point_id=gate.id,
            month=month.first,
            note=note,
            needs_second=found.needs_second,
            requested_at=act.now,
            requested_by_id=user_id,
        )
        session.add(row)
        session.flush()
        if found.needs_second:
            _record(act, AuditEvent.GATE_ALLOCATION_REQUESTED, gate, row, found)
            return False
        row.decided_at, row.decided_by_id, row.approved = act.now, user_id, True
        _make(act, gate, row, found)
        return True


def decide_allocation(act: Act, *, public_id: str, approve: bool, shown: str) -> None:
    """Make or reject what another person asked for. Commits.

    Refuses ``OWN_REQUEST`` and ``ADJUSTMENT_BY_SUPERVISOR``, and an approval as the preview; ``NotFound``; ``Conflict``
    if it was decided meanwhile, or its effect is not that of the digest ``shown``.
    """
    session = act.session
    user_id = require(act, Function.APPROVE_ADJUSTMENTS, otherwise=Rejected(Refusal.ADJUSTMENT_BY_SUPERVISOR))
    with meaning_of_constraints(), transaction(session):
        row = session.scalars(select(GateAllocation).where(GateAllocation.public_id == public_id)).one_or_none()
        if row is None:
            raise NotFound
        gate, month = session.get_one(ExitPoint, row.exit_point_id), Month.of(row.month)
        found = _locked(act, gate, month) if approve else None
        session.refresh(row)
        if row.decided_at is not None:
            raise Conflict("allocation-decided")
        if row.requested_by_id == user_id:
            raise Rejected(Refusal.OWN_REQUEST)
        row.decided_at, row.decided_by_id, row.approved = act.now, user_id, approve
        session.flush()
        if found is None:
            _record(act, AuditEvent.GATE_ALLOCATION_REJECTED, gate, row, None)
            return
        if found.fingerprint != shown:
            raise Conflict("effects-changed")
        _make(act, gate, row, found)


class WaitingAllocation(NamedTuple):
    """Allocation that another person has to decide: the gate, its name and the month."""

    code: str
    name: str
    month: Month


def list_waiting_allocations(act: Act) -> list[WaitingAllocation]:
    """Return the allocations of every gate that wait, oldest first."""
    require(act, Function.SEE_DAY_BOOK)
    rows = act.session.execute(
        select(ExitPoint.code, ExitPoint.name, GateAllocation.month)
        .join(ExitPoint, ExitPoint.id == GateAllocation.exit_point_id)
        .where(GateAllocation.decided_at.is_(None))
        .order_by(GateAllocation.id)
    )
    return [WaitingAllocation(row.code, row.name, Month.of(row.month)) for row in rows]


def list_allocations(act: Act, *, gate: ExitPoint) -> list[AllocationView]:
    """Return the allocations of a gate that wait, oldest first, then the last twenty decided ones."""
    require(act, Function.SEE_DAY_BOOK)
    session, asked, decider = act.session, aliased(User), aliased(User)
    rows = (
        select(GateAllocation, asked.name.label("asked"), decider.name.label("decider"))
        .join(asked, asked.id == GateAllocation.requested_by_id)
        .outerjoin(decider, decider.id == GateAllocation.decided_by_id)
        .where(GateAllocation.exit_point_id == gate.id)
    )
    waiting = session.execute(rows.where(GateAllocation.decided_at.is_(None)).order_by(GateAllocation.id)).all()
    decided = session.execute(
        rows.where(GateAllocation.decided_at.is_not(None)).order_by(GateAllocation.id.desc()).limit(MOST_LISTED)
    ).all()
    found = [row.GateAllocation for row in [*waiting, *decided]]
    days: dict[int, list[Quantity]] = defaultdict(list)
    wanted = select(GateAllocationDay).where(GateAllocationDay.allocation_id.in_([row.id for row in found]))
    for day in session.scalars(wanted):
        days[day.allocation_id].append(day.measured_m3 - day.counted_m3)
    return [
        AllocationView(
            row.GateAllocation.public_id,
            Month.of(row.GateAllocation.month),
            row.GateAllocation.note,
            row.GateAllocation.requested_at,
            row.GateAllocation.requested_by_id,
            row.asked,
            row.GateAllocation.decided_at,
            row.decider,
            row.GateAllocation.approved,
            len(days[row.GateAllocation.id]),
            Quantity.from_micro(sum(each.micro for each in days[row.GateAllocation.id]), Unit.M3),
        )
        for row in [*waiting, *decided]
    ]


def _locked(act: Act, gate: ExitPoint, month: Month) -> Allocation:
    """Return the allocation as it is under the locks of the accounts that it moves."""
    ledger.lock_points(act.session, [share.point_id for share in _weigh(act, gate, month).shares])
    return _weigh(act, gate, month)


def _weigh(act: Act, gate: ExitPoint, month: Month) -> Allocation:
    session = act.session
    found = load_month(session, gate=gate, month=month, today=GasDay.of(act.now).plus(-1))
    open_days = [
        day for day in found.complete if day.allocated is None and day.difference is not None and day.difference.micro
    ]
    left = [day for day in open_days if day.terms.allocation is AllocationRule.NONE]
    days = [day for day in open_days if day.terms.allocation is not AllocationRule.NONE]
    if not days:
        raise Rejected(Refusal.NOTHING_TO_ALLOCATE, "note")
    borne = _share(session, gate, days)
    points = _load_points(session, set(borne))
    values: dict[GasDay, HeatingValue] = {}
    shares, beyond = [], False
    closed = closings.find_closed_months(session, delivery_point_ids=list(points))
    for point_id, point in points.items():
        micro, last = borne[point_id]
        # Gas that the gate gave and no point shows was taken: it goes against the points.
        volume = Quantity.from_micro(-micro, Unit.M3)
        if not volume.micro:
            continue
        if point_id in closed and last <= closed[point_id].last:
            raise Rejected(Refusal.MONTH_CLOSED, month=closed[point_id])
        if last not in values:
            values[last] = heating_values.find_in_force(session, exit_point_id=gate.id, gas_day=last).value
        gas = Gas.of(volume, values[last])
        beyond = beyond or abs(gas.mbtu) > adjustment_requests.find_limit(session, point, last)
        shares.append(
            Share(
                point_id,
                point.name,
                point.contract.company.name,
                point.contract.number,
                last,
                gas.in_unit(point.unit),
                volume,
            )
        )
    if not shares:
        raise Rejected(Refusal.NOTHING_TO_ALLOCATE, "note")
    return Allocation(month, days, left, shares, beyond)


def _share(session: Session, gate: ExitPoint, days: Sequence[GateDay]) -> Mapping[int, tuple[int, GasDay]]:
    """Return what each point bears of the differences, millionths of a m³ in all, and the last day it bears of."""
    consumed = find_consumptions(session, gate_id=gate.id, days=[day.gas_day for day in days])
    is_by_priority = any(day.terms.allocation is AllocationRule.BY_PRIORITY for day in days)
    known = settings.read(session) if is_by_priority else None
    points = _load_points(session, {each for of_day in consumed.values() for each in of_day}) if is_by_priority else {}
    borne: dict[int, tuple[int, GasDay]] = {}
    for day in days:
        of_day = consumed.get(day.gas_day, {})
        priorities: Mapping[int, int] = defaultdict(int)
        if known is not None and day.terms.allocation is AllocationRule.BY_PRIORITY:
            priorities = {each: known.cut_priority(settings.place_of(points[each]), day.gas_day) for each in of_day}
        parts = allocate_difference(
            day.terms.allocation,
            0 if day.difference is None else day.difference.micro,
            list(of_day.values()),
            [priorities[each] for each in of_day],
        )
        for point_id, part in zip(of_day, parts, strict=True):
            if part:
                borne[point_id] = borne.get(point_id, (0, day.gas_day))[0] + part, day.gas_day
    return borne


def _load_points(session: Session, ids: set[int]) -> dict[int, DeliveryPoint]:
    rows = session.scalars(select(DeliveryPoint).where(DeliveryPoint.id.in_(list(ids))).order_by(DeliveryPoint.id))
    return {row.id: row for row in rows.unique()}


def _make(act: Act, gate: ExitPoint, row: GateAllocation, found: Allocation) -> None:
    """Write days and adjustments, inside the caller's transaction."""
    session = act.session
    session.execute(
        insert(GateAllocationDay),
        [
            {
                "exit_point_id": gate.id,
                "gas_day": day.gas_day,
                "allocation_id": row.id,
                "rule": day.terms.allocation,
                "measured_m3": day.measured.volume,
                "counted_m3": day.counted.volume,
            }
            for day in found.days
        ],
    )
    for share in found.shares:
        adjustments.write(
            act,
            point=session.get_one(DeliveryPoint, share.point_id),
            gas_day=share.gas_day,
            reason=AdjustmentReason.CORRECTION,
            quantity=share.quantity,
            note=f"Diferencia de la puerta {gate.code}: {row.note}"[: adjustments.MOST_NOTE],
        )
    _record(act, AuditEvent.GATE_ALLOCATION_MADE, gate, row, found)


def _record(act: Act, event: AuditEvent, gate: ExitPoint, row: GateAllocation, found: Allocation | None) -> None:
    details: dict[str, str | int | bool | None] = {
        "month": str(Month.of(row.month)),
        "note": row.note,
        "request": row.public_id,
    }
    if found is not None:
        details |= {
            "days": len(found.days),
            "points": len(found.shares),
            "difference_m3": plain(found.difference),
            "sha256": found.fingerprint,
        }
    audit.record(act, event=event, subject=gate.code, details=details)
