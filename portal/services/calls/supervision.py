"""Supervision of calls: a sample to look at again, and agents whose numbers are unusual.

Source: docs/security.md, "On behalf".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from statistics import median
from typing import NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.calls import LONGEST_CALL
from portal.models import Call, CallProtest, Nomination, User
from portal.services.store.acts import Act
from portal.services.store.permissions import require
from portal.services.store.transactions import transaction

from . import desk

# One call in twenty is looked at again; which ones, nobody can choose: it follows from the random id of the call.
ONE_IN = 20
LOOKS_BACK = timedelta(days=7)
MOST = 30
# Unusual from so many times the median of the agents on, and only from so many acts on.
TIMES, FEWEST = 3, 6


class AgentActs(NamedTuple):
    """Acts of an agent in the last seven days; ``is_unusual`` when they are far more than those of the others."""

    agent: str
    calls: int
    verified: int
    by_call_back: int
    nominations: int
    protests: int
    is_unusual: bool


def is_sampled(call: Call) -> bool:
    """Tell whether a call belongs to the sample of five percent."""
    return sha256(call.public_id.encode()).digest()[0] * ONE_IN < 256


def list_waiting(act: Act) -> Sequence[Call]:
    """Return the open calls in which an agent waits for a supervisor's word, the one that waits longest first."""
    require(act, Function.SUPERVISE_CALLS)
    wanted = (
        select(Call)
        .options(joinedload(Call.agent))
        .where(Call.asked_telephone.is_not(None), Call.closed_at.is_(None), Call.opened_at > act.now - LONGEST_CALL)
        .order_by(Call.asked_at, Call.id)
    )
    return act.session.scalars(wanted).unique().all()


def list_to_review(act: Act) -> Sequence[Call]:
    """Return the calls of seven days to look at again, the oldest first: the sample, and those with a protest."""
    require(act, Function.SUPERVISE_CALLS)
    rows = act.session.execute(
        select(Call, CallProtest.call_id.label("protested"))
        .options(joinedload(Call.agent))
        .outerjoin(CallProtest, CallProtest.call_id == Call.id)
        .where(Call.opened_at >= act.now - LOOKS_BACK, Call.reviewed_at.is_(None), Call.closed_at.is_not(None))
        .order_by(Call.opened_at, Call.id)
    )
    found = dict.fromkeys([row.Call for row in rows.unique() if row.protested is not None or is_sampled(row.Call)])
    return list(found)[:MOST]


def mark_reviewed(act: Act, *, public_id: str) -> Call:
    """Note that a supervisor looked at a call again; commits. Never one's own (``NotAllowed``); ``NotFound``."""
    user_id = require(act, Function.SUPERVISE_CALLS)
    call_id = desk.get_call_of_another(act, public_id=public_id).id
    with transaction(act.session):
        call = desk.lock_call(act.session, call_id=call_id)
        if call.reviewed_at is None:
            call.reviewed_at, call.reviewed_by_id = act.now, user_id
            act.session.flush()
            desk.record(act, AuditEvent.CALL_REVIEWED, call=call)
        return call


def list_agents(act: Act) -> list[AgentActs]:
    """Return what each agent did in calls of the last seven days, the most nominations first; three queries."""
    require(act, Function.SUPERVISE_CALLS)
    since = act.now - LOOKS_BACK
    calls = act.session.execute(
        select(
            Call.agent_id,
            User.name.label("agent"),
            func.count().label("calls"),
            func.count(Call.verified_at).label("verified"),
            func.count(Call.approved_by_id).label("by_call_back"),
        )
        .join(User, User.id == Call.agent_id)
        .where(Call.opened_at >= since)
        .group_by(Call.agent_id, User.name)
    ).all()
    signed = _count_by_agent(act, select(Nomination.call_id).where(Nomination.call_id.is_not(None)))
    protested = _count_by_agent(act, select(CallProtest.call_id))
    usual = median([signed.get(row.agent_id, 0) for row in calls]) if calls else 0
    found = [
        AgentActs(
            row.agent,
            row.calls,
            row.verified,
            row.by_call_back,
            signed.get(row.agent_id, 0),
            protested.get(row.agent_id, 0),
            _is_unusual(signed.get(row.agent_id, 0), usual) or protested.get(row.agent_id, 0) > 0,
        )
        for row in calls
    ]
    return sorted(found, key=lambda each: (-each.nominations, each.agent))


def _count_by_agent(act: Act, of_calls: Select[int | None]) -> dict[int, int]:
    asked = of_calls.subquery()
    rows = act.session.execute(
        select(Call.agent_id, func.count().label("acts"))
        .join(asked, asked.c.call_id == Call.id)
        .where(Call.opened_at >= act.now - LOOKS_BACK)
        .group_by(Call.agent_id)
    )
    return {row.agent_id: row.acts for row in rows}


def _is_unusual(acts: int, usual: float) -> bool:
    return acts >= FEWEST and acts > TIMES * usual
