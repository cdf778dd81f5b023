"""Signature and end of a standing order: each a new version of it.

Source: docs/security.md, "Signatures"; adr/0132.
"""

from __future__ import annotations

import secrets

from portal.domain.audit_events import AuditEvent
from portal.domain.modalities import Modality
from portal.domain.nominations import Channel
from portal.models import DeliveryPoint, StandingOrder
from portal.services import ledger
from portal.services.keys import caller_grants, grants
from portal.services.nominations import rules
from portal.services.nominations.requests import NumericKey, run_with_code
from portal.services.nominations.signatures import is_same, require_signed_in
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.refusals import Conflict, NotAllowed
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import mails
from .kept import find_newest, pattern_of
from .reviews import Asked, review


def sign(act: Act, *, modality: Modality, point: str, asked: Asked, shown: str, typed: str) -> StandingOrder:
    """Sign a standing order of a point with its code; it replaces the one before; commits.

    ``shown`` is the digest of the page that the person read. The same signature sent again returns the same order.
    Refuses (``Rejected``) a wrong code, a quantity that the rules forbid, an unconfirmed unusual one and a last day
    that is over; ``Conflict("shown")`` when something else was shown, or another version came first.
    """
    if caller_grants.is_by_agent(act):
        # An agent never types a customer's key.
        raise NotAllowed
    found = grants.require_reachable_point(act, modality=modality, public_id=point)
    if (done := _done(act, found, shown)) is not None:
        return done
    review(act, point=found, asked=asked).demand()
    return run_with_code(
        act,
        delivery_point=found,
        typed=typed,
        channel=Channel.WEB,
        put_in_force=lambda proof: _write(act, modality, point, asked, shown, proof),
    )


def end(act: Act, *, modality: Modality, point: str, version: str) -> None:
    """End the standing order of a point from the next close on; commits. One that has ended stays so.

    ``version`` is the public id of the order that the page showed: ``Conflict("shown")`` when another one holds.
    Needs an account that may nominate and that gave the point's numeric key before, in a version that still opens it;
    nothing is signed, for an end asks for no gas.
    """
    session = act.session
    with meaning_of_constraints(), transaction(session):
        found = grants.require_reachable_point(act, modality=modality, public_id=point)
        grants.require_proved(act, point=found)
        rules.may_ask(act, point=found)
        ledger.lock(session, found.id)
        newest = find_newest(session, point_id=found.id)
        if newest is None or newest.every_day_micro is None:
            return
        if newest.public_id != version:
            raise Conflict("shown")
        row = _next(act, found, newest)
        session.add(row)
        session.flush()
        _record(act, AuditEvent.STANDING_ORDER_ENDED, row, found)
        mails.post_ended(act, order=newest)


def _write(act: Act, modality: Modality, public_id: str, asked: Asked, shown: str, proof: NumericKey) -> StandingOrder:
    session = act.session
    with meaning_of_constraints(), transaction(session):
        require_signed_in(act)
        point = grants.require_reachable_point(act, modality=modality, public_id=public_id)
        ledger.lock(session, point.id)
        if (done := _done(act, point, shown)) is not None:
            proof.release(act)
            return done
        reviewed = review(act, point=point, asked=asked, hold=True)
        if not is_same(reviewed.digest, shown):
            raise Conflict("shown")
        reviewed.demand()
        proof.settle(act)
        row = _next(act, point, reviewed.replaces)
        pattern = asked.pattern
        row.every_day_micro = pattern.every_day.micro
        row.sundays_micro = None if pattern.sundays is None else pattern.sundays.micro
        row.holidays_micro = None if pattern.holidays is None else pattern.holidays.micro
        row.last_day = pattern.last_day
        row.content_hash, row.access_key_id = bytes.fromhex(reviewed.digest), proof.key_id
        session.add(row)
        session.flush()
        _record(act, AuditEvent.STANDING_ORDER_SIGNED, row, point)
        mails.post_signed(act, order=row)
        return row


def _next(act: Act, point: DeliveryPoint, newest: StandingOrder | None) -> StandingOrder:
    if act.actor.user_id is None:
        raise ValueError("a standing order is changed by a person")
    return StandingOrder(
        public_id=secrets.token_urlsafe(12),
        delivery_point_id=point.id,
        version=1 if newest is None else newest.version + 1,
        unit=point.unit,
        recorded_at=act.now,
        recorded_by_id=act.actor.user_id,
    )


def _done(act: Act, point: DeliveryPoint, shown: str) -> StandingOrder | None:
    """Return the order in force if it is the one that this signature made."""
    newest = find_newest(act.session, point_id=point.id)
    if newest is None or newest.content_hash is None or not is_same(newest.content_hash.hex(), shown):
        return None
    return newest


def _record(act: Act, event: AuditEvent, order: StandingOrder, point: DeliveryPoint) -> None:
    details: dict[str, str | int | None] = {"point": point.public_id, "version": order.version}
    if order.every_day_micro is not None:
        pattern = pattern_of(order)
        details |= {
            "unit": order.unit.value,
            "every_day": str(pattern.every_day.amount),
            "sundays": None if pattern.sundays is None else str(pattern.sundays.amount),
            "holidays": None if pattern.holidays is None else str(pattern.holidays.amount),
            "last_day": None if order.last_day is None else order.last_day.isoformat(),
        }
    audit.record(act, event=event, subject=order.public_id, company_id=point.contract.company_id, details=details)
