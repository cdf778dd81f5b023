"""Adjustments: dated movements of the account that are no day's imbalance (docs/rules.md, "Adjustments")."""

from __future__ import annotations

from datetime import datetime

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import FIRST_GAS_DAY, GasDay
from portal.domain.quantities import Gas, HeatingValue, Quantity, plain
from portal.domain.readings import AdjustmentReason
from portal.models import Adjustment, DeliveryPoint
from portal.services import ledger
from portal.services.store.acts import Act
from portal.services.store.permissions import require
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit, sealed_rows

from . import closings, heating_values

MOST_NOTE = 500


def record(
    act: Act, *, delivery_point_id: int, gas_day: GasDay, reason: AdjustmentReason, quantity: Quantity, note: str
) -> Adjustment:
    """Move the account of a point on a gas day by ``quantity``, positive "a favor", in m³ or MBTU. Commits.

    Stored in both units, the other by the heating value in force on the day, and never changed: a wrong one is
    corrected by another. The day and every later closing follow in the same transaction. Refuses (``Rejected``):
    ``NOTE_MISSING``, ``NOTE_TOO_LONG`` (500 characters), ``QUANTITY_ZERO``, ``DAY_TO_COME``, ``DAY_NOT_SERVED``,
    ``MONTH_CLOSED``; ``NotAllowed`` for a person who loads no readings.
    """
    session, actor = act.session, act.actor
    if actor.user_id is not None:
        require(act, Function.LOAD_READINGS)
    check_note(note)
    if quantity.micro == 0:
        raise Rejected(Refusal.QUANTITY_ZERO, "quantity")
    with transaction(session):
        ledger.lock(session, delivery_point_id)
        point = session.get_one(DeliveryPoint, delivery_point_id)
        require_day(point, gas_day, act.now)
        closings.require_open(session, delivery_point_id=point.id, gas_day=gas_day, field="gas_day")
        return write(act, point=point, gas_day=gas_day, reason=reason, quantity=quantity, note=note)


def write(
    act: Act, *, point: DeliveryPoint, gas_day: GasDay, reason: AdjustmentReason, quantity: Quantity, note: str
) -> Adjustment:
    """Write an adjustment that was checked, under the lock of its account, inside the caller's transaction."""
    in_force = heating_values.find_in_force(act.session, exit_point_id=point.exit_point_id, gas_day=gas_day)
    gas = Gas.of(quantity, in_force.value)
    return write_gas(
        act, point=point, gas_day=gas_day, reason=reason, gas=gas, note=check_note(note), heating_value=in_force.value
    )


def write_gas(
    act: Act,
    *,
    point: DeliveryPoint,
    gas_day: GasDay,
    reason: AdjustmentReason,
    gas: Gas,
    note: str,
    heating_value: HeatingValue | None = None,
) -> Adjustment:
    """Write as ``write`` an adjustment known in both units, with a note of one line; ``heating_value`` converted it."""
    session = act.session
    adjustment = Adjustment(
        delivery_point_id=point.id,
        gas_day=gas_day,
        reason=reason,
        note=note,
        quantity_m3=gas.m3,
        quantity_mbtu=gas.mbtu,
        recorded_at=act.now,
        recorded_by_id=act.actor.user_id,
    )
    session.add(adjustment)
    session.flush()
    ledger.rewrite_day(session, delivery_point=point, gas_day=gas_day)
    audit.record(
        act,
        event=AuditEvent.ADJUSTMENT_RECORDED,
        subject=point.public_id,
        company_id=point.contract.company_id,
        details={
            "gas_day": gas_day.isoformat(),
            "reason": reason.value,
            "m3": plain(gas.m3),
            "mbtu": plain(gas.mbtu),
            "heating_value": None if heating_value is None else plain(heating_value.amount),
            "note": note,
            sealed_rows.DETAIL: sealed_rows.of_ids(session, table="adjustments", ids=[adjustment.id]),
        },
    )
    return adjustment


def check_note(note: str) -> str:
    """Return a note in one line; refuses (``Rejected``) ``NOTE_MISSING`` and ``NOTE_TOO_LONG`` (500 characters)."""
    note = " ".join(note.split())
    if not note:
        raise Rejected(Refusal.NOTE_MISSING, "note")
    if len(note) > MOST_NOTE:
        raise Rejected(Refusal.NOTE_TOO_LONG, "note", most=MOST_NOTE)
    return note


def require_day(point: DeliveryPoint, gas_day: GasDay, now: datetime) -> None:
    """Refuse (``Rejected``) ``DAY_TO_COME``, and ``DAY_NOT_SERVED`` for a day before the point's first."""
    today = GasDay.of(now)
    if gas_day > today:
        raise Rejected(Refusal.DAY_TO_COME, "gas_day", today=today)
    if gas_day < FIRST_GAS_DAY or gas_day < point.starts_on:
        raise Rejected(Refusal.DAY_NOT_SERVED, "gas_day", first=max(FIRST_GAS_DAY, point.starts_on))
