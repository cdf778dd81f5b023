"""Adjustments made on the page of the balances: shown first, recorded at once up to the limit, else decided by another.

Source: docs/rules.md, "Adjustments"; adr/0130.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, func, select, type_coerce
from sqlalchemy.orm import Session, aliased

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import Gas, Quantity, Unit, plain
from portal.domain.readings import PROPOSED, AdjustmentReason
from portal.domain.settings import ADJUSTMENT_LIMIT, SettingName
from portal.models import Adjustment, AdjustmentRequest, Contract, DeliveryPoint, User
from portal.services import ledger
from portal.services.points import settings
from portal.services.store.acts import Act
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import adjustments, closings, heating_values, moves

MOST_DECIDED = 20


class Wanted(NamedTuple):
    """An adjustment that is asked for; ``point`` and ``other`` are public ids, ``other`` of a netting alone.

    ``quantity`` is in the unit of the point, positive "a favor" of it; a netting is without sign: it goes from the
    point in favour to the one against.
    """

    reason: AdjustmentReason
    point: str
    other: str
    gas_day: GasDay
    quantity: Quantity
    note: str


class Moved(NamedTuple):
    """A point with its account in all before and after, in its unit."""

    point_id: int
    point: str
    before: Quantity
    after: Quantity


class Effect(NamedTuple):
    """Effect of an adjustment: one point, or the two of a netting; its size, and the limit in force on the day.

    ``made`` is the size of what was adjusted before in that month at the same point: the limit counts it too, so that
    nothing is split to stay below it.
    """

    moved: tuple[Moved, ...]
    size: Quantity
    made: Quantity
    limit: Quantity

    @property
    def needs_second(self) -> bool:
        """True if a second person decides."""
        return self.size + self.made > self.limit

    def fingerprint(self, wanted: Wanted) -> str:
        """Return the digest of what is asked and of all that it would do: another one means the preview is stale."""
        return hashlib.sha256(repr((wanted, self)).encode()).hexdigest()


class RequestView(NamedTuple):
    """A request with its people and points; ``effect`` and ``shown`` are those of one that waits and can be done.

    ``refused`` is why it cannot be any more: it can only be rejected.
    """

    public_id: str
    reason: AdjustmentReason
    point: str
    point_public_id: str
    other: str | None
    gas_day: GasDay
    quantity: Quantity
    note: str
    requested_at: datetime
    requested_by_id: int
    requested_by: str
    decided_at: datetime | None
    decided_by: str | None
    approved: bool | None
    effect: Effect | None
    shown: str
    refused: Rejected | None


def preview(act: Act, *, wanted: Wanted) -> Effect:
    """Return the effect of an adjustment; write nothing.

    Refuses (``Rejected``): ``ADJUSTMENT_KIND``, ``QUANTITY_ZERO``, ``NOTE_MISSING``, ``NOTE_TOO_LONG`` (500
    characters), ``DAY_TO_COME``, ``DAY_NOT_SERVED``, ``MONTH_CLOSED``; of a netting ``NETTING_POINT`` for the same
    point, one of another company or unit, and ``NETTING_TOO_MUCH`` for more than both balances hold. ``NotFound`` for
    an unknown point, ``NotAllowed`` for a person who adjusts no balances.
    """
    require(act, Function.ADJUST_BALANCES)
    return _weigh(act, wanted)


def propose(act: Act, *, wanted: Wanted, shown: str) -> bool:
    """Record an adjustment up to the limit, or ask for a decision beyond it; refuses as ``preview``. Commits.

    Returns whether it was recorded. ``Conflict`` when its effect is not that of the digest ``shown`` any more.
    """
    session = act.session
    require(act, Function.ADJUST_BALANCES)
    with transaction(session):
        points = _lock(session, wanted)
        effect = _weigh(act, wanted)
        if effect.fingerprint(wanted) != shown:
            raise Conflict("effects-changed")
        if not effect.needs_second:
            _move(act, wanted, effect)
            return True
        request = AdjustmentRequest(
            public_id=secrets.token_hex(6),
            reason=wanted.reason,
            delivery_point_id=points[0].id,
            other_point_id=points[1].id if len(points) > 1 else None,
            gas_day=wanted.gas_day,
            unit=wanted.quantity.unit,
            quantity_micro=wanted.quantity.micro,
            note=adjustments.check_note(wanted.note),
            requested_at=act.now,
            requested_by_id=act.actor.user_id,
        )
        session.add(request)
        session.flush()
        _record(act, AuditEvent.ADJUSTMENT_REQUESTED, request, points)
        return False


def decide(act: Act, *, public_id: str, approve: bool, shown: str) -> None:
    """Approve or reject what another person proposed. Commits.

    Refuses ``OWN_REQUEST`` and ``ADJUSTMENT_BY_SUPERVISOR``, and an approval as ``preview``; ``NotFound``; ``Conflict``
    if it was decided meanwhile, or its effect is not that of the digest ``shown``.
    """
    session, actor = act.session, act.actor
    require(act, Function.APPROVE_ADJUSTMENTS, otherwise=Rejected(Refusal.ADJUSTMENT_BY_SUPERVISOR))
    with transaction(session):
        found = session.scalars(select(AdjustmentRequest).where(AdjustmentRequest.public_id == public_id)).one_or_none()
        if found is None:
            raise NotFound
        wanted = _wanted(session, found)
        points = _lock(session, wanted)
        session.refresh(found)
        if found.decided_at is not None:
            raise Conflict("adjustment-decided")
        if found.requested_by_id == actor.user_id:
            raise Rejected(Refusal.OWN_REQUEST)
        found.decided_at, found.decided_by_id, found.approved = act.now, actor.user_id, approve
        session.flush()
        if approve:
            effect = _weigh(act, wanted)
            if effect.fingerprint(wanted) != shown:
                raise Conflict("effects-changed")
            _move(act, wanted, effect)
        event = AuditEvent.ADJUSTMENT_APPROVED if approve else AuditEvent.ADJUSTMENT_REJECTED
        _record(act, event, found, points)


def list_requests(act: Act) -> list[RequestView]:
    """Return the requests that wait, oldest first, then the last twenty decided ones."""
    session = act.session
    require(act, Function.SEE_OVERVIEW)
    asked, decider, other = aliased(User), aliased(User), aliased(DeliveryPoint)
    rows = (
        select(
            AdjustmentRequest,
            asked.name.label("asked"),
            decider.name.label("decider"),
            DeliveryPoint.name.label("point"),
            DeliveryPoint.public_id.label("point_public_id"),
            other.name.label("other"),
        )
        .join(asked, asked.id == AdjustmentRequest.requested_by_id)
        .join(DeliveryPoint, DeliveryPoint.id == AdjustmentRequest.delivery_point_id)
        .outerjoin(decider, decider.id == AdjustmentRequest.decided_by_id)
        .outerjoin(other, other.id == AdjustmentRequest.other_point_id)
    )
    waiting = session.execute(rows.where(AdjustmentRequest.decided_at.is_(None)).order_by(AdjustmentRequest.id)).all()
    decided = session.execute(
        rows.where(AdjustmentRequest.decided_at.is_not(None))
        .order_by(AdjustmentRequest.decided_at.desc(), AdjustmentRequest.id.desc())
        .limit(MOST_DECIDED)
    ).all()
    found = []
    for row in [*waiting, *decided]:
        request: AdjustmentRequest = row.AdjustmentRequest
        effect: Effect | None = None
        shown, kept = "", None
        if request.decided_at is None:
            wanted = _wanted(session, request)
            try:
                effect = _weigh(act, wanted)
                shown = effect.fingerprint(wanted)
            except Rejected as refused:
                # The day was closed, or one of the balances has moved.
                kept = refused
        found.append(
            RequestView(
                request.public_id,
                request.reason,
                row.point,
                row.point_public_id,
                row.other,
                request.gas_day,
                request.quantity,
                request.note,
                request.requested_at,
                request.requested_by_id,
                row.asked,
                request.decided_at,
                row.decider,
                request.approved,
                effect,
                shown,
                kept,
            )
        )
    return found


def find_point(act: Act, *, public_id: str) -> DeliveryPoint:
    """Return a point whose balance is to be adjusted; ``NotFound`` for an unknown one."""
    require(act, Function.ADJUST_BALANCES)
    return _point(act.session, public_id)


def list_partners(session: Session, *, point: DeliveryPoint) -> Sequence[DeliveryPoint]:
    """Return the other points of the company that keep their account in the same unit, by name."""
    return (
        session.scalars(
            select(DeliveryPoint)
            .join(Contract, Contract.id == DeliveryPoint.contract_id)
            .where(
                Contract.company_id == point.contract.company_id,
                DeliveryPoint.unit == point.unit,
                DeliveryPoint.id != point.id,
            )
            .order_by(DeliveryPoint.sort_name, DeliveryPoint.id)
        )
        .unique()
        .all()
    )


def find_total(session: Session, *, point: DeliveryPoint) -> Quantity:
    """Return the account of a point after all that is recorded, in its unit."""
    return moves.find_account(session, delivery_point_id=point.id).in_unit(point.unit)


def _weigh(act: Act, wanted: Wanted) -> Effect:
    session = act.session
    if wanted.reason not in PROPOSED:
        raise Rejected(Refusal.ADJUSTMENT_KIND, "reason")
    adjustments.check_note(wanted.note)
    point = _point(session, wanted.point)
    if wanted.quantity.micro == 0:
        raise Rejected(Refusal.QUANTITY_ZERO, "quantity")
    movements = _movements(session, wanted, point)
    for each, _, _ in movements:
        adjustments.require_day(each, wanted.gas_day, act.now)
        closings.require_open(session, delivery_point_id=each.id, gas_day=wanted.gas_day, field="gas_day")
    in_force = heating_values.find_in_force(session, exit_point_id=point.exit_point_id, gas_day=wanted.gas_day)
    size = abs(Gas.of(wanted.quantity, in_force.value).mbtu)
    moved = []
    for each, before, by in movements:
        moved.append(Moved(each.id, each.name, before, before + by))
    made = max([_find_made(session, each, wanted.gas_day) for each, _, _ in movements])
    return Effect(tuple(moved), size, made, find_limit(session, point, wanted.gas_day))


def _find_made(session: Session, point: DeliveryPoint, gas_day: GasDay) -> Quantity:
    month = Month.of(gas_day)
    found = session.scalar(
        select(func.sum(func.abs(type_coerce(Adjustment.quantity_mbtu, BigInteger)))).where(
            Adjustment.delivery_point_id == point.id,
            Adjustment.gas_day.between(month.first, month.last),
            Adjustment.reason.in_(PROPOSED),
        )
    )
    return Quantity.from_micro(int(found or 0), Unit.MBTU)


def _movements(
    session: Session, wanted: Wanted, point: DeliveryPoint
) -> list[tuple[DeliveryPoint, Quantity, Quantity]]:
    """Return the points, each with its account before and what it is moved by."""
    if wanted.quantity.unit is not point.unit:
        raise ValueError("an adjustment is made in the unit of its point")
    if wanted.reason is not AdjustmentReason.NETTING:
        return [(point, find_total(session, point=point), wanted.quantity)]
    other = session.scalars(select(DeliveryPoint).where(DeliveryPoint.public_id == wanted.other)).unique().one_or_none()
    if (
        other is None
        or other.id == point.id
        or other.unit is not point.unit
        or other.contract.company_id != point.contract.company_id
    ):
        raise Rejected(Refusal.NETTING_POINT, "other")
    own, theirs = find_total(session, point=point), find_total(session, point=other)
    # What is in favour of one covers what is against the other, and no more: neither side turns.
    opposed = (own.micro > 0) != (theirs.micro > 0) and own.micro and theirs.micro
    largest = min(abs(own), abs(theirs)) if opposed else Quantity.zero(point.unit)
    by = abs(wanted.quantity)
    if by > largest:
        raise Rejected(Refusal.NETTING_TOO_MUCH, "quantity", largest=largest)
    own_side = -by if own.micro > 0 else by
    return [(point, own, own_side), (other, theirs, -own_side)]


def _move(act: Act, wanted: Wanted, effect: Effect) -> None:
    for each in effect.moved:
        adjustments.write(
            act,
            point=act.session.get_one(DeliveryPoint, each.point_id),
            gas_day=wanted.gas_day,
            reason=wanted.reason,
            quantity=each.after - each.before,
            note=wanted.note,
        )


def find_limit(session: Session, point: DeliveryPoint, day: GasDay) -> Quantity:
    """Return the MBTU beyond which an adjustment at a point needs a second person, as set for the day."""
    found = settings.read(session).value(SettingName.ADJUSTMENT_LIMIT, settings.place_of(point), day)
    return Quantity.of(ADJUSTMENT_LIMIT if found is None else int(found), Unit.MBTU)


def _lock(session: Session, wanted: Wanted) -> list[DeliveryPoint]:
    """Lock the accounts in the order of their ids, and return the points in the order in which they were asked for."""
    names = [wanted.point, wanted.other] if wanted.reason is AdjustmentReason.NETTING else [wanted.point]
    rows = session.execute(select(DeliveryPoint.public_id, DeliveryPoint.id).where(DeliveryPoint.public_id.in_(names)))
    ids = {row.public_id: row.id for row in rows}
    ledger.lock_points(session, ids.values())
    return [session.get_one(DeliveryPoint, ids[name]) for name in dict.fromkeys(names) if name in ids]


def _point(session: Session, public_id: str) -> DeliveryPoint:
    point = session.scalars(select(DeliveryPoint).where(DeliveryPoint.public_id == public_id)).unique().one_or_none()
    if point is None:
        raise NotFound
    return point


def _wanted(session: Session, request: AdjustmentRequest) -> Wanted:
    other = request.other_point_id
    return Wanted(
        request.reason,
        session.get_one(DeliveryPoint, request.delivery_point_id).public_id,
        "" if other is None else session.get_one(DeliveryPoint, other).public_id,
        request.gas_day,
        request.quantity,
        request.note,
    )


def _record(act: Act, event: AuditEvent, request: AdjustmentRequest, points: Sequence[DeliveryPoint]) -> None:
    audit.record(
        act,
        event=event,
        subject=request.public_id,
        company_id=points[0].contract.company_id,
        details={
            "delivery_point": points[0].public_id,
            "other_point": points[1].public_id if len(points) > 1 else None,
            "gas_day": request.gas_day.isoformat(),
            "reason": request.reason.value,
            "quantity": plain(request.quantity),
            "unit": request.unit.value,
            "note": request.note,
        },
    )
