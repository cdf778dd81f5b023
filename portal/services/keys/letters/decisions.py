"""Decisions about a letter: approved or rejected by a second person, taken back, handed to the carrier."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.keys import LetterEvent, LetterState, find_next_state
from portal.models import DeliveryPoint, KeyLetter
from portal.services.store.acts import Act
from portal.services.store.identity import check_reason
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from .requests import LONGEST_REASON

LONGEST_NUMBER = 60
# Audit event of each step.
_EVENTS = {
    LetterEvent.APPROVE: AuditEvent.LETTER_APPROVED,
    LetterEvent.REJECT: AuditEvent.LETTER_REJECTED,
    LetterEvent.CANCEL: AuditEvent.LETTER_CANCELLED,
    LetterEvent.DISPATCH: AuditEvent.LETTER_DISPATCHED,
    LetterEvent.LOSE: AuditEvent.LETTER_LOST,
}


def approve(act: Act, *, public_id: str) -> KeyLetter:
    """Approve a letter that another person requested; commits.

    Refuses (``Rejected``) one's own request; ``Conflict`` if it was decided or taken back meanwhile.
    """
    return _decide(act, public_id=public_id, event=LetterEvent.APPROVE, reason=None)


def reject(act: Act, *, public_id: str, reason: str) -> KeyLetter:
    """Reject a letter for a reason; commits. Refuses as ``approve``, and without a reason."""
    words = check_reason(reason, most=LONGEST_REASON)
    return _decide(act, public_id=public_id, event=LetterEvent.REJECT, reason=words)


def cancel(act: Act, *, public_id: str) -> KeyLetter:
    """Take back a letter that was not printed yet; commits. ``Conflict`` if it was."""
    require(act, Function.REQUEST_KEYS)
    with transaction(act.session):
        letter = lock_letter(act.session, public_id)
        move(act, letter=letter, event=LetterEvent.CANCEL)
        return letter


def dispatch(act: Act, *, public_id: str, carrier: str, tracking_number: str) -> KeyLetter:
    """Record that a printed letter was handed to a carrier, with its number; commits.

    Refuses (``Rejected``) without carrier or number; ``Conflict`` if it is not printed or already dispatched.
    """
    sent = dispatch_many(act, public_ids=[public_id], carrier=carrier, tracking_number=tracking_number)
    return sent[0]


def dispatch_many(act: Act, *, public_ids: Collection[str], carrier: str, tracking_number: str) -> list[KeyLetter]:
    """Record that printed letters were handed to a carrier together, under one number; commits.

    Refuses as ``dispatch``, all or none: one that was already dispatched leaves every other unchanged.
    """
    user_id = require(act, Function.REQUEST_KEYS)
    given = {"carrier": carrier.strip(), "tracking_number": tracking_number.strip()}
    for name, text in given.items():
        if not text or len(text) > LONGEST_NUMBER:
            refusal = Refusal.CARRIER_MISSING if name == "carrier" else Refusal.TRACKING_MISSING
            raise Rejected(refusal, name)
    with transaction(act.session):
        letters = [lock_letter(act.session, public_id) for public_id in sorted(set(public_ids))]
        for letter in letters:
            letter.carrier, letter.tracking_number = given["carrier"], given["tracking_number"]
            letter.dispatched_at, letter.dispatched_by_id = act.now, user_id
            move(act, letter=letter, event=LetterEvent.DISPATCH, **given)
        return letters


def _decide(act: Act, *, public_id: str, event: LetterEvent, reason: str | None) -> KeyLetter:
    user_id = require(act, Function.APPROVE_KEYS)
    with transaction(act.session):
        letter = lock_letter(act.session, public_id)
        if letter.requested_by_id == user_id:
            raise Rejected(Refusal.OWN_REQUEST)
        letter.decided_at, letter.decided_by_id, letter.decision_reason = act.now, user_id, reason
        move(act, letter=letter, event=event, reason=reason)
        return letter


def lock_letter(session: Session, public_id: str) -> KeyLetter:
    """Return the letter, locked until the caller's transaction ends, with its point; ``NotFound``."""
    found = session.scalar(select(KeyLetter.id).where(KeyLetter.public_id == public_id).with_for_update(key_share=True))
    if found is None:
        raise NotFound
    return session.scalars(
        select(KeyLetter)
        .where(KeyLetter.id == found)
        .options(joinedload(KeyLetter.delivery_point).joinedload(DeliveryPoint.contract))
        .execution_options(populate_existing=True)
    ).one()


def move(act: Act, *, letter: KeyLetter, event: LetterEvent, **details: str | None) -> None:
    """Apply ``event`` to a locked letter and record it in the audit; ``Conflict`` if its state does not allow it."""
    state = find_next_state(letter.state, event)
    if state is None:
        raise Conflict("letter-moved")
    old, letter.state = letter.state, LetterState(state)
    act.session.flush()
    audit.record(
        act,
        event=_EVENTS[event],
        subject=letter.public_id,
        company_id=letter.delivery_point.contract.company_id,
        details={"old_state": old.value, "new_state": state.value, "point": letter.delivery_point.public_id, **details},
    )
