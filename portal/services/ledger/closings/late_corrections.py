"""Late corrections of readings in closed months: one person requests, another decides (docs/security.md, "Roles")."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.balance import ExceptionClause, LateTreatment
from portal.domain.calendar import day_words
from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import Gas, Quantity, plain
from portal.domain.readings import AdjustmentReason, ReadingState, is_old, is_uncharged
from portal.models import Adjustment, DeliveryPoint, LateCorrection, Reading
from portal.services import ledger
from portal.services.store.acts import Act
from portal.services.store.identity import check_reason
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit, sealed_rows

from . import late_value_effects, mails, statement
from .checks import find_closed_months


def request(
    act: Act,
    *,
    delivery_point_id: int,
    gas_day: GasDay,
    volume: Quantity,
    reason: str,
    clause: ExceptionClause | None = None,
    clause_reason: str = "",
) -> LateCorrection:
    """Request another consumption, in m³, on a day of a closed month; nothing changes until it is approved. Commits.

    Refuses (``Rejected``): ``REASON_MISSING``, ``REASON_TOO_LONG`` (300 characters), ``MONTH_OPEN`` (an import corrects
    it), ``NO_READING``, ``NOTHING_CHANGES``, ``CORRECTION_PENDING``; ``NotAllowed`` for a person who loads no readings.

    ``clause`` with its reason charges what five months would leave uncharged (contract, cl. 51 and 68: proven intent).
    Refuses ``EXCEPTION_BY_SUPERVISOR`` for anybody else, ``EXCEPTION_INCOMPLETE`` for one without the other, and
    ``EXCEPTION_NOT_NEEDED`` for what is charged anyway.
    """
    session, actor = act.session, act.actor
    require(act, Function.CORRECT_CLOSED_MONTHS)
    reason = check_reason(" ".join(reason.split()), most=MOST_REASON)
    clause_reason = require_exception(act, clause=clause, reason=clause_reason)
    with transaction(session):
        ledger.lock(session, delivery_point_id)
        point = session.get_one(DeliveryPoint, delivery_point_id)
        closed = find_closed_months(session, delivery_point_ids=[point.id]).get(point.id)
        if closed is None or gas_day > closed.last:
            raise Rejected(Refusal.MONTH_OPEN, "gas_day")
        if _pending(session, point.id, gas_day) is not None:
            raise Rejected(Refusal.CORRECTION_PENDING, "gas_day")
        before = _in_force(session, point.id, gas_day)
        if before is None:
            raise Rejected(Refusal.NO_READING, "gas_day")
        if before == volume:
            raise Rejected(Refusal.NOTHING_CHANGES, "volume")
        if clause and not is_uncharged(gas_day, before=before, after=volume, today=GasDay.of(act.now)):
            raise Rejected(Refusal.EXCEPTION_NOT_NEEDED, "exception_clause")
        correction = LateCorrection(
            public_id=secrets.token_hex(6),
            delivery_point_id=point.id,
            gas_day=gas_day,
            volume_m3=volume,
            replaced_m3=before,
            reason=reason,
            exception_clause=clause,
            exception_reason=clause_reason or None,
            requested_at=act.now,
            requested_by_id=actor.user_id,
        )
        session.add(correction)
        session.flush()
        _record(act, AuditEvent.CORRECTION_REQUESTED, point, correction)
        return correction


def decide(act: Act, *, public_id: str, approve: bool) -> LateCorrection:
    """Approve or reject a correction requested by another person; the contract decides its treatment. Commits.

    Approved, its effect becomes an adjustment of today, and the closed figures stay; or the reading is corrected and
    the closed months from its own on are stated again. Refuses ``OWN_REQUEST`` and, more than five months back,
    ``SUPERVISOR_NEEDED``; ``NotFound``; ``Conflict`` if it was decided meanwhile, or the day's figures changed since
    the request. An effect that would charge the customer more than five months later moves no account, except by the
    exception that a supervisor stated: this approves the exception too.
    """
    session, actor = act.session, act.actor
    require(act, Function.CORRECT_CLOSED_MONTHS)
    with transaction(session):
        found = session.scalars(select(LateCorrection).where(LateCorrection.public_id == public_id)).one_or_none()
        if found is None:
            raise NotFound
        ledger.lock(session, found.delivery_point_id)
        session.refresh(found)
        if found.decided_at is not None:
            raise Conflict("correction-decided", approved=found.approved)
        if found.requested_by_id == actor.user_id:
            raise Rejected(Refusal.OWN_REQUEST)
        if approve and is_old(found.gas_day, GasDay.of(act.now)):
            require(act, Function.CORRECT_OLD_DAYS, otherwise=Rejected(Refusal.SUPERVISOR_NEEDED))
        point = session.get_one(DeliveryPoint, found.delivery_point_id)
        found.decided_at, found.decided_by_id, found.approved = act.now, actor.user_id, approve
        if approve:
            if _in_force(session, point.id, found.gas_day) != found.replaced_m3:
                raise Conflict("reading-changed")
            settle(act, point=point, correction=found)
            mails.tell_corrected(act, point, found)
        _record(act, AuditEvent.CORRECTION_APPROVED if approve else AuditEvent.CORRECTION_REJECTED, point, found)
        return found


def settle(act: Act, *, point: DeliveryPoint, correction: LateCorrection) -> None:
    """Apply an approved correction by the contract's setting, inside the caller's transaction.

    One that is too old to charge the customer (``is_uncharged``) moves no account: it is kept without a treatment.
    """
    if is_charge_barred(correction, act.now):
        return
    # After one adjustment only adjustments may correct the day: a restatement would count the difference twice.
    adjusted = late_value_effects.was_adjusted(act.session, point, correction.gas_day, correction.gas_day)
    correction.treatment = LateTreatment.ADJUSTMENT if adjusted else point.contract.late_treatment
    if correction.treatment is LateTreatment.ADJUSTMENT:
        _adjust(act, point, correction)
    else:
        _restate(act, point, correction)


def is_charge_barred(correction: LateCorrection, now: datetime) -> bool:
    """Tell whether the correction would charge the customer for a day that may not be charged any more."""
    if correction.exception_clause is not None:
        return False
    today = GasDay.of(correction.decided_at or now)
    return is_uncharged(correction.gas_day, before=correction.replaced_m3, after=correction.volume_m3, today=today)


def list_pending(session: Session) -> Sequence[LateCorrection]:
    """Return the corrections that wait for a second person, oldest first."""
    return session.scalars(
        select(LateCorrection).where(LateCorrection.decided_at.is_(None)).order_by(LateCorrection.id)
    ).all()


def _adjust(act: Act, point: DeliveryPoint, found: LateCorrection) -> None:
    """Write the effect on the account as an adjustment of today, by the heating value that the account counts."""
    session = act.session
    value = late_value_effects.find_charged_value(session, point, found.gas_day)
    before, after = Gas.of(found.replaced_m3, value), Gas.of(found.volume_m3, value)
    effect = before - after
    today = GasDay.of(act.now)
    adjustment = Adjustment(
        delivery_point_id=point.id,
        gas_day=today,
        reason=AdjustmentReason.CORRECTION,
        note=f"Consumo del {day_words(found.gas_day.date)}, mes cerrado: {mails.change_words(found)}. {found.reason}",
        quantity_m3=effect.m3,
        quantity_mbtu=effect.mbtu,
        recorded_at=act.now,
        recorded_by_id=act.actor.user_id,
    )
    session.add(adjustment)
    session.flush()
    found.adjustment_id = adjustment.id
    ledger.rewrite_day(session, delivery_point=point, gas_day=today)


def _restate(act: Act, point: DeliveryPoint, found: LateCorrection) -> None:
    """Correct the reading, and state its month and every later closed month again, since their openings moved."""
    session = act.session
    newest = _newest(session, point.id, found.gas_day)
    reading = Reading(
        delivery_point_id=point.id,
        gas_day=found.gas_day,
        version=(newest.version if newest else 0) + 1,
        state=ReadingState.CORRECTED,
        volume_m3=found.volume_m3,
        reason=found.reason,
        recorded_at=act.now,
        recorded_by_id=act.actor.user_id,
    )
    session.add(reading)
    session.flush()
    found.reading_id = reading.id
    ledger.rewrite_day(session, delivery_point=point, gas_day=found.gas_day)
    reason = f"Corrección del {day_words(found.gas_day.date)}: {mails.change_words(found)}. {found.reason}"
    stated = statement.state_again(act, point=point, gas_day=found.gas_day, reason=reason)
    closing = stated.get(Month.of(found.gas_day))
    found.closing_id = None if closing is None else closing.id


def _in_force(session: Session, point_id: int, gas_day: GasDay) -> Quantity | None:
    """Return the consumption that the account counts for the day: the reading, or an adjustment's correction of it."""
    adjusted = _adjusted(session, point_id, gas_day)
    if adjusted is not None:
        return adjusted
    newest = _newest(session, point_id, gas_day)
    return None if newest is None else newest.volume_m3


def _adjusted(session: Session, point_id: int, gas_day: GasDay) -> Quantity | None:
    return session.scalars(
        select(LateCorrection.volume_m3)
        .where(
            LateCorrection.delivery_point_id == point_id,
            LateCorrection.gas_day == gas_day,
            LateCorrection.treatment == LateTreatment.ADJUSTMENT,
        )
        .order_by(LateCorrection.decided_at.desc(), LateCorrection.id.desc())
    ).first()


def _newest(session: Session, point_id: int, gas_day: GasDay) -> Reading | None:
    return session.scalars(
        select(Reading)
        .where(Reading.delivery_point_id == point_id, Reading.gas_day == gas_day)
        .order_by(Reading.version.desc())
    ).first()


def _pending(session: Session, point_id: int, gas_day: GasDay) -> LateCorrection | None:
    return session.scalars(
        select(LateCorrection).where(
            LateCorrection.delivery_point_id == point_id,
            LateCorrection.gas_day == gas_day,
            LateCorrection.decided_at.is_(None),
        )
    ).first()


def _record(act: Act, event: AuditEvent, point: DeliveryPoint, found: LateCorrection) -> None:
    audit.record(
        act,
        event=event,
        subject=found.public_id,
        company_id=point.contract.company_id,
        details={
            "delivery_point": point.public_id,
            "gas_day": found.gas_day.isoformat(),
            "from_m3": plain(found.replaced_m3),
            "to_m3": plain(found.volume_m3),
            **(
                {"clause": found.exception_clause.value, "exception": found.exception_reason}
                if found.exception_clause
                else {}
            ),
            "treatment": None if found.treatment is None else found.treatment.value,
            **_sealed(act.session, found),
        },
    )


def _sealed(session: Session, found: LateCorrection) -> dict[str, str]:
    """Return the seal of the row that an approved correction wrote."""
    for table, row_id in (("adjustments", found.adjustment_id), ("readings", found.reading_id)):
        if row_id is not None:
            return {sealed_rows.DETAIL: sealed_rows.of_ids(session, table=table, ids=[row_id])}
    return {}


MOST_REASON = 300


def require_exception(act: Act, *, clause: ExceptionClause | None, reason: str) -> str:
    """Return the reason of an exception in one line, empty if none is stated.

    Refuses (``Rejected``) ``EXCEPTION_BY_SUPERVISOR``, ``EXCEPTION_INCOMPLETE`` for a clause without its reason or the
    other way round, and ``REASON_TOO_LONG`` (300 characters).
    """
    reason = " ".join(reason.split())
    if clause is None and not reason:
        return ""
    refused = Rejected(Refusal.EXCEPTION_BY_SUPERVISOR, "exception_clause")
    require(act, Function.CORRECT_OLD_DAYS, otherwise=refused)
    if clause is None or not reason:
        raise Rejected(Refusal.EXCEPTION_INCOMPLETE, "exception_reason" if clause else "exception_clause")
    if len(reason) > MOST_REASON:
        raise Rejected(Refusal.REASON_TOO_LONG, "exception_reason", most=MOST_REASON)
    return reason
