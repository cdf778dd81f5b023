"""Requests for letters: for one point, for all of a company, for those whose keys expire soon."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from portal.domain.accounts import Function, may
from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.domain.keys import COUNTED, DAY, MONTH, MOST_A_DAY, MOST_A_MONTH, UNDER_WAY, KeyState, LetterState
from portal.models import AccessKey, Company, Contract, DeliveryPoint, KeyLetter
from portal.services.store.acts import Act
from portal.services.store.identity import check_reason
from portal.services.store.permissions import require
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

LONGEST_REASON = 300
# Keys that expire within so many days are requested together.
SOON = timedelta(days=15)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Keys that a letter brings, and the reason. ``compromised`` ends earlier keys at once, not at the first use."""

    renews_web: bool
    renews_numeric: bool
    compromised: bool
    reason: str


def ask(act: Act, *, point: str, wanted: Wanted) -> KeyLetter:
    """Request a letter to a point (its public id); commits.

    Refuses (``Rejected``) one that brings no key, one without a reason, one to a point no longer served, one while
    another is under way, and more than one a day or four in 30 days unless a supervisor asks; ``NotFound``.
    """
    require(act, Function.REQUEST_KEYS)
    _check(wanted)
    with transaction(act.session):
        return place(act, point=_locked_point(act.session, point), wanted=wanted)


def place(act: Act, *, point: DeliveryPoint, wanted: Wanted) -> KeyLetter:
    """Request a letter inside the caller's transaction, which holds the account of the point; refuses as ``ask``."""
    return _place(act, require(act, Function.REQUEST_KEYS), point=point, wanted=wanted)


def place_for_caller(act: Act, *, point_id: int, wanted: Wanted) -> KeyLetter:
    """Request a letter in a verified call, inside the transaction that holds the call; refuses as ``ask``."""
    user_id = require(act, Function.ASK_KEYS_FOR_CALLERS)
    point = _locked_point(act.session, act.session.get_one(DeliveryPoint, point_id).public_id)
    return _place(act, user_id, point=point, wanted=wanted)


def _place(act: Act, user_id: int, *, point: DeliveryPoint, wanted: Wanted) -> KeyLetter:
    _check(wanted)
    problem = _problem(act, point=point)
    if problem is not None:
        raise Rejected(problem)
    letter = _add(act, user_id, point, wanted, batch_id=None)
    act.session.flush()
    _note(act, letter, point)
    return letter


def ask_for_company(act: Act, *, company: str, wanted: Wanted) -> str:
    """Request letters to every served point of a company; return their batch; commits.

    Leaves out points with a letter under way or above their limit. Refuses (``Rejected``) as ``ask``, and if no point
    is left; ``NotFound`` for an unknown company.
    """
    require(act, Function.REQUEST_KEYS)
    _check(wanted)
    company_id = act.session.scalar(select(Company.id).where(Company.public_id == company))
    if company_id is None:
        raise NotFound
    points = select(DeliveryPoint.public_id).join(Contract).where(Contract.company_id == company_id)
    return _ask_for_all(act, points=act.session.scalars(points).all(), wanted=wanted)


def ask_for_expiring(act: Act, *, reason: str) -> str:
    """Request letters to every point whose numeric key expires unused within 15 days; return their batch; commits."""
    require(act, Function.REQUEST_KEYS)
    wanted = Wanted(renews_web=False, renews_numeric=True, compromised=False, reason=reason)
    _check(wanted)
    points = [point.public_id for point in list_expiring(act)]
    return _ask_for_all(act, points=points, wanted=wanted)


def list_expiring(act: Act) -> Sequence[DeliveryPoint]:
    """Return the points whose newest numeric key was never used and expires within 15 days, or has expired."""
    newest = (
        select(AccessKey.delivery_point_id, func.max(AccessKey.version).label("version"))
        .where(AccessKey.delivery_point_id.is_not(None))
        .group_by(AccessKey.delivery_point_id)
        .subquery()
    )
    rows = (
        select(DeliveryPoint)
        .join(newest, newest.c.delivery_point_id == DeliveryPoint.id)
        .join(
            AccessKey,
            (AccessKey.delivery_point_id == DeliveryPoint.id) & (AccessKey.version == newest.c.version),
        )
        .where(AccessKey.state == KeyState.ISSUED, AccessKey.valid_until < act.now + SOON)
        .order_by(DeliveryPoint.sort_name)
    )
    tomorrow = GasDay.of(act.now).plus(1)
    return [point for point in act.session.scalars(rows).unique() if point.in_force_on(tomorrow)]


def _ask_for_all(act: Act, *, points: Sequence[str], wanted: Wanted) -> str:
    session = act.session
    user_id = require(act, Function.REQUEST_KEYS)
    batch_id = secrets.token_urlsafe(12)
    with transaction(session):
        asked = []
        for public_id in sorted(points):
            point = _locked_point(session, public_id)
            if _problem(act, point=point) is None:
                asked.append((_add(act, user_id, point, wanted, batch_id=batch_id), point))
        if not asked:
            raise Rejected(Refusal.NO_LETTER_POSSIBLE)
        session.flush()
        for letter, point in asked:
            _note(act, letter, point)
        return batch_id


def _check(wanted: Wanted) -> None:
    if not (wanted.renews_web or wanted.renews_numeric):
        raise Rejected(Refusal.LETTER_EMPTY, "keys")
    check_reason(wanted.reason, most=LONGEST_REASON)


def _locked_point(session: Session, public_id: str) -> DeliveryPoint:
    # Lock alone: of two requests at once the second sees the letter of the first.
    locked = session.scalar(
        select(DeliveryPoint.id).where(DeliveryPoint.public_id == public_id).with_for_update(key_share=True)
    )
    if locked is None:
        raise NotFound
    return session.get_one(DeliveryPoint, locked, options=[joinedload(DeliveryPoint.contract)])


def _problem(act: Act, *, point: DeliveryPoint) -> Refusal | None:
    # A point whose service is still to begin needs its key before its first day.
    now = act.now
    if any(end is not None and end <= GasDay.of(now).plus(1) for end in (point.ends_on, point.contract.ends_on)):
        return Refusal.POINT_NOT_SERVED
    rows = act.session.execute(
        select(KeyLetter.state, KeyLetter.requested_at).where(
            KeyLetter.delivery_point_id == point.id, KeyLetter.state.in_(COUNTED)
        )
    ).all()
    if any(row.state in UNDER_WAY for row in rows):
        return Refusal.LETTER_UNDER_WAY
    day = sum(row.requested_at > now - DAY for row in rows)
    month = sum(row.requested_at > now - MONTH for row in rows)
    spent = day >= MOST_A_DAY or month >= MOST_A_MONTH
    if spent and not may(act.actor.role, Function.REQUEST_MORE_LETTERS):
        return Refusal.LETTERS_SPENT
    return None


def _add(act: Act, user_id: int, point: DeliveryPoint, wanted: Wanted, *, batch_id: str | None) -> KeyLetter:
    letter = KeyLetter(
        public_id=secrets.token_urlsafe(12),
        contract_id=point.contract_id,
        delivery_point_id=point.id,
        renews_web=wanted.renews_web,
        renews_numeric=wanted.renews_numeric,
        compromised=wanted.compromised,
        reason=wanted.reason.strip(),
        state=LetterState.REQUESTED,
        batch_id=batch_id,
        requested_at=act.now,
        requested_by_id=user_id,
    )
    act.session.add(letter)
    return letter


def _note(act: Act, letter: KeyLetter, point: DeliveryPoint) -> None:
    audit.record(
        act,
        event=AuditEvent.LETTER_REQUESTED,
        subject=letter.public_id,
        company_id=point.contract.company_id,
        details={
            "point": point.public_id,
            "renews_web": letter.renews_web,
            "renews_numeric": letter.renews_numeric,
            "compromised": letter.compromised,
            "reason": letter.reason,
        },
    )
