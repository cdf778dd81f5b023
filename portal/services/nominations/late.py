"""Late nominations, sent after the close: the operator accepts them or refuses them with a reason.

Source: docs/rules.md, "Late nominations".
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, exists, select, text
from sqlalchemy.orm import Session, aliased

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.models import LateDecision, Nomination
from portal.services import ledger
from portal.services.ledger import closings
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.store.transactions import repeat_after_deadlock, transaction
from portal.services.trace import audit

from . import mails, rules
from .entry import put_in_force
from .requests import Operator, Request

LONGEST_REASON = 500

_later = aliased(Nomination)
_NOT_DECIDED = ~exists().where(LateDecision.nomination_id == Nomination.id)
# Only the newest request of a day waits: it replaced the earlier ones.
_NEWEST = ~exists().where(
    _later.delivery_point_id == Nomination.delivery_point_id,
    _later.gas_day == Nomination.gas_day,
    _later.revision > Nomination.revision,
)
_PENDING = (
    select(Nomination)
    # Same predicate as ix_nominations_late; otherwise SQLite scans the table.
    .where(text("nominations.is_late"), Nomination.gas_day == bindparam("day"), _NOT_DECIDED, _NEWEST)
    .order_by(Nomination.received_at, Nomination.id)
)
_THIS = select(Nomination).where(Nomination.public_id == bindparam("public_id"), Nomination.is_late)
_OVERTAKEN = select(
    exists().where(
        Nomination.delivery_point_id == bindparam("point_id"),
        Nomination.gas_day == bindparam("day"),
        Nomination.revision > bindparam("revision"),
    )
)


def list_pending(session: Session, *, gas_day: GasDay) -> Sequence[Nomination]:
    """Return the late nominations of a gas day that wait for the operator, in the order of their arrival."""
    return session.scalars(_PENDING, {"day": gas_day}).all()


def decide(act: Act, *, public_id: str, accept: bool, reason: str | None) -> Nomination:
    """Accept a late nomination, which puts it in force, or refuse it for a reason of at most 500 characters; commits.

    Refuses (``Rejected``) one already decided or replaced by a later request, a day that is over, a closed month, and
    a refusal without a reason; ``NotFound`` when it is absent or not late, ``NotAllowed`` whose role may not authorise.
    """
    require(act, Function.AUTHORISE)
    words = (reason or "").strip()
    if not accept and not words:
        raise Rejected(Refusal.REASON_MISSING, "reason")
    if len(words) > LONGEST_REASON:
        raise Rejected(Refusal.REASON_TOO_LONG, "reason", most=LONGEST_REASON)
    with meaning_of_constraints():
        return repeat_after_deadlock(lambda: _decide(act, public_id=public_id, accept=accept, words=words))


def _decide(act: Act, *, public_id: str, accept: bool, words: str) -> Nomination:
    session = act.session
    with transaction(session):
        nomination = session.scalars(_THIS, {"public_id": public_id}).one_or_none()
        if nomination is None:
            raise NotFound
        ledger.lock(session, nomination.delivery_point_id)
        _check(act, nomination=nomination)
        session.add(
            LateDecision(
                nomination_id=nomination.id,
                accepted=accept,
                reason=words or None,
                decided_at=act.now,
                decided_by_id=act.actor.user_id,
            )
        )
        session.flush()
        # After the decision: from its moment on the account counts the accepted quantity.
        if accept:
            _put_in_force(Act.at(session, act.actor, act.now), nomination=nomination, reason=words)
        else:
            _record_refusal(act, nomination=nomination, reason=words)
        mails.post_decision(act, nomination=nomination, accepted=accept, reason=words)
        return nomination


def _check(act: Act, *, nomination: Nomination) -> None:
    if act.session.get(LateDecision, nomination.id) is not None:
        raise Rejected(Refusal.LATE_DECIDED)
    this = {
        "point_id": nomination.delivery_point_id,
        "day": nomination.gas_day,
        "revision": nomination.revision,
    }
    if act.session.connection().execute(_OVERTAKEN, this).scalar():
        raise Rejected(Refusal.LATE_REPLACED)
    if not nomination.delivery_point.in_force_on(nomination.gas_day):
        raise Rejected(Refusal.CONTRACT_INACTIVE, gas_day=nomination.gas_day, point=nomination.delivery_point.name)
    if act.now >= nomination.gas_day.end:
        raise Rejected(Refusal.LATE_DAY_OVER, gas_day=nomination.gas_day)


def _put_in_force(act: Act, *, nomination: Nomination, reason: str) -> None:
    session = act.session
    closings.require_open(session, delivery_point_id=nomination.delivery_point_id, gas_day=nomination.gas_day)
    request = Request(
        point=nomination.delivery_point,
        kind=nomination.kind,
        gas_day=nomination.gas_day,
        quantity=nomination.quantity,
        accepts=nomination,
    )
    weighed = rules.weigh(act, request, hold=True)
    if weighed.replaced_revision > nomination.revision:
        raise Conflict("revision")
    put_in_force(act, [weighed], proof=Operator(reason or None))


def _record_refusal(act: Act, *, nomination: Nomination, reason: str) -> None:
    point = nomination.delivery_point
    audit.record(
        act,
        event=AuditEvent.NOMINATION_REFUSED_LATE,
        subject=nomination.public_id,
        company_id=point.contract.company_id,
        details={
            "point": point.public_id,
            "gas_day": nomination.gas_day.isoformat(),
            "filing_number": nomination.filing_number,
            "reason": reason,
        },
    )
