"""Gas that a gate measured on a day, written by hand: the newest version counts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import FIRST_GAS_DAY, GasDay
from portal.domain.quantities import Quantity, Unit, plain
from portal.models import ExitPoint, GateReading
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from .terms import load_gate

# A gate carries what many points take.
MOST = Quantity.of(100_000_000, Unit.M3)


class GateVolume(NamedTuple):
    """Volume that a gate measured on a day, m³, and its version; None and 0 without one."""

    volume: Quantity | None
    version: int


NOTHING = GateVolume(None, 0)


class NewVolume(NamedTuple):
    """Volume to write, as the next version of its day."""

    gate: ExitPoint
    gas_day: GasDay
    volume: Quantity
    version: int


def find_volumes(
    session: Session, *, first: GasDay, last: GasDay, gates: Collection[int] | None = None
) -> dict[tuple[int, GasDay], GateVolume]:
    """Return by gate and day what counts of what gates measured between two days. One query."""
    newest = (
        select(func.max(GateReading.id))
        .where(GateReading.gas_day.between(first, last))
        .group_by(GateReading.exit_point_id, GateReading.gas_day)
    )
    rows = select(GateReading).where(GateReading.id.in_(newest))
    if gates is not None:
        rows = rows.where(GateReading.exit_point_id.in_(gates))
    return {(row.exit_point_id, row.gas_day): GateVolume(row.volume_m3, row.version) for row in session.scalars(rows)}


def record_volume(act: Act, *, code: str, gas_day: GasDay, volume: Quantity, seen: int) -> bool:
    """Write what a gate measured on a gas day, m³; return whether that is news. Commits.

    ``seen`` is the version that the page showed, 0 without one: ``Conflict`` when another counts by now. Refuses
    (``Rejected``) ``DAY_TO_COME``, ``DAY_NOT_SERVED`` (before the first day of the accounts) and
    ``GATE_VOLUME_LARGE``; ``NotFound`` for an unknown gate.
    """
    session = act.session
    require(act, Function.LOAD_READINGS)
    check_day(act.now, gas_day)
    if volume > MOST:
        raise Rejected(Refusal.GATE_VOLUME_LARGE, "volume", most=MOST)
    with meaning_of_constraints(), transaction(session):
        gate = load_gate(session, code)
        known = find_volumes(session, first=gas_day, last=gas_day, gates=[gate.id])
        before = known.get((gate.id, gas_day), NOTHING)
        if before.version != seen:
            raise Conflict("gate-measured")
        if before.volume == volume:
            return False
        write_volumes(act, [NewVolume(gate, gas_day, volume, before.version + 1)])
        audit.record(
            act,
            event=AuditEvent.GATE_MEASURED,
            subject=gate.code,
            details={
                "gas_day": gas_day.isoformat(),
                "old_m3": None if before.volume is None else plain(before.volume),
                "new_m3": plain(volume),
            },
        )
        return True


def check_day(now: datetime, gas_day: GasDay) -> None:
    """Refuse (``Rejected``) a day to come, and one before the accounts begin."""
    today = GasDay.of(now)
    if gas_day > today:
        raise Rejected(Refusal.DAY_TO_COME, "gas_day", today=today)
    if gas_day < FIRST_GAS_DAY:
        raise Rejected(Refusal.DAY_NOT_SERVED, "gas_day", first=FIRST_GAS_DAY)


def write_volumes(act: Act, volumes: Sequence[NewVolume]) -> None:
    """Write volumes that were checked, inside the caller's transaction."""
    rows = [
        {
            "exit_point_id": each.gate.id,
            "gas_day": each.gas_day,
            "version": each.version,
            "volume_m3": each.volume,
            "recorded_at": act.now,
            "recorded_by_id": act.actor.user_id,
        }
        for each in volumes
    ]
    if rows:
        act.session.execute(insert(GateReading), rows)
