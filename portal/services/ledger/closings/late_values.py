"""Late corrections of heating values of closed days: one person requests, a supervisor decides (adr/0099)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.balance import LateTreatment
from portal.domain.calendar import day_words
from portal.domain.gas_day import GasDay
from portal.domain.quantities import HeatingValue, plain
from portal.domain.readings import AdjustmentReason
from portal.models import Adjustment, DailyHeatingValue, ExitPoint, LateHeatingEffect, LateHeatingValue
from portal.services import ledger
from portal.services.ledger.heating_values import History
from portal.services.store.acts import Act
from portal.services.store.identity import check_reason
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit, sealed_rows

from . import mails, statement
from .checks import find_closed_exit_points
from .late_corrections import MOST_REASON
from .late_value_effects import PointEffect, compute_effects, fingerprint_of, list_converted_days


class WantedValue(NamedTuple):
    """A requested heating value: exit point by its code, day, and value in BTU/ft³."""

    exit_point: str
    gas_day: GasDay
    value: HeatingValue


def preview_value(act: Act, *, wanted: WantedValue) -> list[PointEffect]:
    """Return the effect of the value on every point of the exit point that has figures; write nothing.

    Refuses (``Rejected``) ``VALUE_DAY_OPEN`` if no closed month has the day, ``VALUE_UNCHANGED`` and
    ``CORRECTION_PENDING``; ``NotFound`` for an unknown exit point.
    """
    gate = _gate(act.session, wanted)
    _refuse(act.session, gate, wanted)
    return compute_effects(act, exit_point_id=gate.id, gas_day=wanted.gas_day, value=wanted.value)


def request_value(act: Act, *, wanted: WantedValue, reason: str, shown: str) -> LateHeatingValue:
    """Request another heating value, BTU/ft³, on a closed day; nothing changes until it is approved. Commits.

    Refuses as ``preview_value``, and ``REASON_MISSING`` and ``REASON_TOO_LONG`` (300 characters); ``Conflict`` if
    ``shown``, the fingerprint of a preview, is of other effects; ``NotAllowed`` for a person who corrects no closed
    months.
    """
    session, actor = act.session, act.actor
    require(act, Function.CORRECT_CLOSED_MONTHS)
    reason = check_reason(" ".join(reason.split()), most=MOST_REASON)
    with transaction(session):
        ledger.lock_all(session)
        effects = preview_value(act, wanted=wanted)
        if fingerprint_of(effects) != shown:
            raise Conflict("effects-changed")
        gate = _gate(session, wanted)
        newest = _own_value(session, gate.id, wanted.gas_day)
        asked = LateHeatingValue(
            public_id=secrets.token_hex(6),
            exit_point_id=gate.id,
            gas_day=wanted.gas_day,
            heating_value=wanted.value,
            replaced=None if newest is None else newest.heating_value,
            reason=reason,
            requested_at=act.now,
            requested_by_id=actor.user_id,
        )
        session.add(asked)
        session.flush()
        _record(act, AuditEvent.VALUE_CORRECTION_REQUESTED, gate, asked, effects)
        return asked


def decide_value(act: Act, *, public_id: str, approve: bool, shown: str) -> LateHeatingValue:
    """Approve or reject a correction requested by another person, once. Commits.

    Approved, the value becomes the day's next version. Points whose contract restates use it, and their closed months
    are stated again; the others keep the earlier version on their closed days and get an adjustment of today. It moves
    nothing where it would charge after five months (``adr/0071``). Refuses ``OWN_REQUEST``, and ``VALUE_BY_SUPERVISOR``
    for anybody but a supervisor; ``NotFound``; ``Conflict`` if it was decided meanwhile, or approved for other effects
    than ``shown``.
    """
    session, actor = act.session, act.actor
    require(act, Function.CORRECT_CLOSED_MONTHS)
    with transaction(session):
        ledger.lock_all(session)
        found = session.scalars(
            select(LateHeatingValue)
            .where(LateHeatingValue.public_id == public_id)
            .execution_options(populate_existing=True)
        ).one_or_none()
        if found is None:
            raise NotFound
        if found.decided_at is not None:
            raise Conflict("correction-decided", approved=found.approved)
        if found.requested_by_id == actor.user_id:
            raise Rejected(Refusal.OWN_REQUEST)
        require(act, Function.APPROVE_VALUES, otherwise=Rejected(Refusal.VALUE_BY_SUPERVISOR))
        gate = session.get_one(ExitPoint, found.exit_point_id)
        effects: list[PointEffect] = []
        if approve:
            newest = _own_value(session, gate.id, found.gas_day)
            effects = compute_effects(act, exit_point_id=gate.id, gas_day=found.gas_day, value=found.heating_value)
            if (newest and newest.heating_value) != found.replaced or fingerprint_of(effects) != shown:
                raise Conflict("effects-changed")
            _settle(act, found, newest, gate, effects)
        found.decided_at, found.decided_by_id, found.approved = act.now, actor.user_id, approve
        event = AuditEvent.VALUE_CORRECTION_APPROVED if approve else AuditEvent.VALUE_CORRECTION_REJECTED
        _record(act, event, gate, found, effects)
        return found


def _settle(
    act: Act, found: LateHeatingValue, newest: DailyHeatingValue | None, gate: ExitPoint, effects: Sequence[PointEffect]
) -> None:
    session = act.session
    history = History(session, exit_point_id=gate.id)
    written = DailyHeatingValue(
        exit_point_id=gate.id,
        gas_day=found.gas_day,
        version=(newest.version if newest else 0) + 1,
        heating_value=found.heating_value,
        recorded_at=act.now,
    )
    session.add(written)
    session.flush()
    found.heating_value_id = written.id
    closed = [each for each in effects if not each.is_open]
    words = f"{mails.value_words(found)} en {gate.name}"
    # Written before the effects, which are append-only and refer to them.
    adjustments = {
        each.point.id: _adjust(act, each, words, found)
        for each in closed
        if each.treatment is LateTreatment.ADJUSTMENT and each.effect != each.effect.zero()
    }
    rows = [
        LateHeatingEffect(
            late_heating_value_id=found.id,
            delivery_point_id=each.point.id,
            treatment=each.treatment,
            days=each.days,
            last_day=each.last_day,
            kept_until=each.kept_until,
            effect_m3=each.effect.m3,
            effect_mbtu=each.effect.mbtu,
            adjustment_id=adjustments.get(each.point.id),
        )
        for each in closed
    ]
    session.add_all(rows)
    # The accounts read which version counts for them: write it before they are rewritten.
    session.flush()
    for point in {each.point.id: each.point for each in effects}.values():
        for day in list_converted_days(session, point, found.gas_day, history=history):
            ledger.rewrite_day(session, delivery_point=point, gas_day=day)
    for each in closed:
        if each.point.id in adjustments:
            ledger.rewrite_day(session, delivery_point=each.point, gas_day=GasDay.of(act.now))
        elif each.treatment is LateTreatment.RESTATEMENT:
            reason = f"Poder calorífico del {day_words(found.gas_day.date)}: {words}. {found.reason}"
            statement.state_again(act, point=each.point, gas_day=found.gas_day, reason=reason)
        mails.tell_value_corrected(act, each, found, gate)
    for each, row in zip(closed, rows, strict=True):
        _record_effect(act, each, row, found)


def _adjust(act: Act, each: PointEffect, words: str, found: LateHeatingValue) -> int:
    """Write the effect as an adjustment of today, in the open month; return its row id."""
    adjustment = Adjustment(
        delivery_point_id=each.point.id,
        gas_day=GasDay.of(act.now),
        reason=AdjustmentReason.CORRECTION,
        note=f"Poder calorífico del {day_words(found.gas_day.date)}, mes cerrado: {words}. {found.reason}"[:500],
        quantity_m3=each.effect.m3,
        quantity_mbtu=each.effect.mbtu,
        recorded_at=act.now,
        recorded_by_id=act.actor.user_id,
    )
    act.session.add(adjustment)
    act.session.flush()
    return adjustment.id


def _record_effect(act: Act, each: PointEffect, row: LateHeatingEffect, found: LateHeatingValue) -> None:
    """Record the effect at each point, with the seal of the adjustment."""
    moved = row.adjustment_id
    sealed = (
        {} if moved is None else {sealed_rows.DETAIL: sealed_rows.of_ids(act.session, table="adjustments", ids=[moved])}
    )
    audit.record(
        act,
        event=AuditEvent.VALUE_CORRECTION_APPLIED,
        subject=each.point.public_id,
        company_id=each.point.contract.company_id,
        details={
            "correction": found.public_id,
            "gas_day": found.gas_day.isoformat(),
            "treatment": None if each.treatment is None else each.treatment.value,
            "effect_m3": plain(each.effect.m3),
            "effect_mbtu": plain(each.effect.mbtu),
            **sealed,
        },
    )


def _gate(session: Session, wanted: WantedValue) -> ExitPoint:
    gate = session.scalars(select(ExitPoint).where(ExitPoint.code == wanted.exit_point)).one_or_none()
    if gate is None:
        raise NotFound
    return gate


def _refuse(session: Session, gate: ExitPoint, wanted: WantedValue) -> None:
    _, gas_day, value = wanted
    closed = find_closed_exit_points(session).get(gate.id)
    if closed is None or gas_day > closed.last:
        raise Rejected(Refusal.VALUE_DAY_OPEN, "gas_day")
    newest = _own_value(session, gate.id, gas_day)
    if newest is not None and newest.heating_value == value:
        raise Rejected(Refusal.VALUE_UNCHANGED, "value")
    waiting = select(LateHeatingValue.id).where(
        LateHeatingValue.exit_point_id == gate.id,
        LateHeatingValue.gas_day == gas_day,
        LateHeatingValue.decided_at.is_(None),
    )
    if session.scalars(waiting).first() is not None:
        raise Rejected(Refusal.CORRECTION_PENDING, "gas_day")


def _own_value(session: Session, exit_point_id: int, gas_day: GasDay) -> DailyHeatingValue | None:
    return session.scalars(
        select(DailyHeatingValue)
        .where(DailyHeatingValue.exit_point_id == exit_point_id, DailyHeatingValue.gas_day == gas_day)
        .order_by(DailyHeatingValue.version.desc())
        .limit(1)
    ).one_or_none()


def _record(
    act: Act, event: AuditEvent, gate: ExitPoint, found: LateHeatingValue, effects: Sequence[PointEffect]
) -> None:
    written = found.heating_value_id
    sealed = (
        {}
        if written is None
        else {sealed_rows.DETAIL: sealed_rows.of_ids(act.session, table="heating_values", ids=[written])}
    )
    audit.record(
        act,
        event=event,
        subject=gate.code,
        details={
            "correction": found.public_id,
            "gas_day": found.gas_day.isoformat(),
            "old_heating_value": None if found.replaced is None else f"{found.replaced.amount:f}",
            "new_heating_value": f"{found.heating_value.amount:f}",
            "reason": found.reason,
            "points": len({each.point.id for each in effects}),
            **sealed,
        },
    )
