"""Calls: opened by an agent or an operator, ended with a note, listed for their owner and for supervisors.

Source: docs/security.md, "On behalf".
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select, true, update
from sqlalchemy.orm import Session, joinedload

from portal.domain.accounts import Function, may
from portal.domain.audit_events import AuditEvent
from portal.domain.calls import LONGEST_CALL, LONGEST_NOTE, CallOutcome
from portal.domain.gas_day import GasDay
from portal.domain.telephones import read_telephone
from portal.domain.typed_text import as_prose
from portal.models import AccountView, Call, DeliveryPoint
from portal.services.people import account_views
from portal.services.store.acts import Act
from portal.services.store.identity import clean_line
from portal.services.store.permissions import require
from portal.services.store.refusals import NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

MOST = 60


def open_call(act: Act, *, point: str, caller: str, telephone: str, about_day: GasDay | None = None) -> Call:
    """Open a call about the point with this public id; commits. ``about_day`` has no nomination, where we call.

    The customer reads of it under "who saw my account". Refuses (``Rejected``) a caller without a name, or a telephone
    that is none; ``NotFound``.
    """
    user_id = require(act, Function.TAKE_CALLS)
    name = read_caller(caller)
    number = read_telephone(telephone)
    if number is None:
        raise Rejected(Refusal.TELEPHONE_MALFORMED, "telephone")
    session = act.session
    with transaction(session):
        found = account_views.find_point(session, public_id=point)
        call = Call(
            public_id=secrets.token_urlsafe(12),
            agent_id=user_id,
            session_id=act.actor.session_id,
            delivery_point_id=found.id,
            caller=name,
            telephone=number,
            about_day=about_day,
            opened_at=act.now,
        )
        session.add(call)
        session.add(
            AccountView(
                public_id=secrets.token_urlsafe(12),
                user_id=user_id,
                session_id=act.actor.session_id,
                delivery_point_id=found.id,
                reason=f"Llamada de {name}, {number}",
                opened_at=act.now,
                until=act.now + account_views.OPEN_FOR,
            )
        )
        session.flush()
        record(act, AuditEvent.CALL_OPENED, call=call, point=found)
        return call


def find_point(act: Act, *, public_id: str) -> DeliveryPoint:
    """Return the point of a call that is about to be opened; ``NotFound``."""
    require(act, Function.TAKE_CALLS)
    return account_views.find_point(act.session, public_id=public_id)


def get_call(act: Act, *, public_id: str) -> Call:
    """Return a call to who took it, or supervises calls; ``NotFound`` for another one's and for none."""
    user_id = require(act, Function.SEE_CALLS)
    wanted = select(Call).where(Call.public_id == public_id, _seen_by(act, user_id))
    call = act.session.scalars(wanted).unique().one_or_none()
    if call is None:
        raise NotFound
    return call


def get_call_of_another(act: Act, *, public_id: str) -> Call:
    """Return a call that a colleague took, as ``get_call``; ``NotAllowed`` for one's own."""
    call = get_call(act, public_id=public_id)
    if call.agent_id == act.actor.user_id:
        raise NotAllowed
    return call


def get_own_call(act: Act, *, public_id: str) -> Call:
    """Return an open call of this agent, from any browser; ``NotFound`` for any other, and for one that is over."""
    require(act, Function.TAKE_CALLS)
    call = get_call(act, public_id=public_id)
    if call.agent_id != act.actor.user_id or not is_open(call, act):
        raise NotFound
    return call


def get_call_to_verify(act: Act, *, public_id: str) -> Call:
    """Return an own open call whose caller this agent may verify; ``NotAllowed`` for other roles, ``NotFound``."""
    require(act, Function.NOMINATE_FOR_CALLERS)
    return get_own_call(act, public_id=public_id)


def is_open(call: Call, act: Act) -> bool:
    """Tell whether a call still goes on: it ends with a note, or by itself after two hours."""
    return call.closed_at is None and act.now < call.opened_at + LONGEST_CALL


def end_call(act: Act, *, public_id: str, outcome: CallOutcome, note: str) -> Call:
    """End an own call with its outcome and a note, which may be blank; commits. The agent acts for nobody any more."""
    session = act.session
    words = as_prose(note).strip()
    if len(words) > LONGEST_NOTE:
        raise Rejected(Refusal.NOTE_TOO_LONG, "note", most=LONGEST_NOTE)
    call_id = get_own_call(act, public_id=public_id).id
    with transaction(session):
        call = lock_call(session, call_id=call_id)
        if call.closed_at is not None:
            raise NotFound
        if call.verified_at is not None and outcome is CallOutcome.NO_ANSWER:
            raise Rejected(Refusal.CALL_WAS_ANSWERED, "outcome")
        call.closed_at, call.outcome, call.note = act.now, outcome, words or None
        session.flush()
        record(act, AuditEvent.CALL_CLOSED, call=call, outcome=outcome.value)
        return call


def stop_acting(act: Act, *, public_id: str) -> None:
    """End an own grant before its time, the call goes on; commits."""
    call_id = get_own_call(act, public_id=public_id).id
    with transaction(act.session):
        call = lock_call(act.session, call_id=call_id)
        if call.is_live_at(act.now):
            call.stopped_at = act.now
            act.session.flush()
            record(act, AuditEvent.CALL_STOPPED, call=call)


def lock_call(session: Session, *, call_id: int) -> Call:
    """Return a call as it is now, locked until the caller's transaction ends."""
    wanted = select(Call).where(Call.id == call_id).with_for_update(key_share=True, of=Call)
    return session.scalars(wanted.execution_options(populate_existing=True)).unique().one()


def list_calls_of_day(act: Act, *, gas_day: GasDay) -> Sequence[Call]:
    """Return the calls that began on a day, the newest first: one's own, or all of them to who supervises calls."""
    user_id = require(act, Function.SEE_CALLS)
    wanted = (
        select(Call)
        .options(joinedload(Call.agent))
        .where(Call.opened_at >= gas_day.start, Call.opened_at < gas_day.end, _seen_by(act, user_id))
        .order_by(Call.opened_at.desc(), Call.id.desc())
        .limit(MOST)
    )
    return act.session.scalars(wanted).unique().all()


def list_calls_of_point(session: Session, *, point_id: int, besides: int, most: int) -> Sequence[Call]:
    """Return the last calls about a point but the one with row id ``besides``, the newest first."""
    return (
        session.scalars(
            select(Call)
            .options(joinedload(Call.agent))
            .where(Call.delivery_point_id == point_id, Call.id != besides)
            .order_by(Call.opened_at.desc(), Call.id.desc())
            .limit(most)
        )
        .unique()
        .all()
    )


def end_forgotten_calls(act: Act) -> int:
    """End the calls that were left open for longer than two hours; return how many; commits."""
    forgotten = Call.opened_at <= act.now - LONGEST_CALL
    due = or_(Call.granted_until.is_(None), Call.granted_until <= act.now)
    with transaction(act.session):
        ended = act.session.execute(
            update(Call)
            .where(Call.closed_at.is_(None), forgotten, due)
            .values(closed_at=act.now, outcome=CallOutcome.ABANDONED)
            .returning(Call.id)
        )
        return len(ended.all())


def record(act: Act, event: AuditEvent, *, call: Call, point: DeliveryPoint | None = None, **details: str) -> None:
    """Write what happened in a call to the audit chain, inside the caller's transaction."""
    about = point or call.delivery_point
    audit.record(
        act,
        event=event,
        subject=call.public_id,
        company_id=about.contract.company_id,
        details={"point": about.public_id, "caller": call.caller, "telephone": call.telephone, **details},
    )


def _seen_by(act: Act, user_id: int) -> ColumnElement[bool]:
    """Return the condition on calls: one's own, every one for a supervisor."""
    return true() if may(act.actor.role, Function.SUPERVISE_CALLS) else Call.agent_id == user_id


def read_caller(typed: str) -> str:
    """Return the name of who calls, on one line; refuses (``Rejected``) none."""
    name = clean_line(typed)
    if not name:
        raise Rejected(Refusal.CALLER_MISSING, "caller")
    return name
