"""Desk of claims for the distributor's people: list, thread, answer, review, decision."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, case, func, select
from sqlalchemy.orm import Session, aliased

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.calendar import business_days_between
from portal.domain.claims import DECISIONS, PENDING, ClaimAction, ClaimState, answer_due, find_next_state
from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.quantities import Unit
from portal.models import Claim, ClaimMessage, Company, Contract, DailyBalance, DeliveryPoint, User
from portal.services.account.explanations.sources import Sources, read
from portal.services.store.acts import Act
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, NotFound
from portal.services.store.transactions import transaction
from portal.services.timetable import holidays
from portal.services.trace import audit

from . import mails, records
from .records import DayFigures, about, figures_of, lock_claim, require_text
from .threads import Message, is_last_said, list_messages

PAGE_LENGTH = 50


class DeskClaim(NamedTuple):
    """A claim with the day it is about, in the unit of its point.

    ``age`` counts the business days from its opening to its decision; ``due`` is the last day to answer in
    time, ``late`` is true when that passed undecided.
    """

    id: int
    public_id: str
    filing_number: str
    state: ClaimState
    gas_day: GasDay
    opened_at: datetime
    opened_by: str
    outcome: str | None
    closed_at: datetime | None
    decided_by: str | None
    company: str
    contract_number: str
    modality: Modality
    point_id: int
    point: str
    unit: Unit
    figures: DayFigures
    age: int
    due: date
    late: bool

    @property
    def pending(self) -> bool:
        """True while it is undecided."""
        return self.state in PENDING


class DeskThread(NamedTuple):
    """A claim, all its messages, and every version behind the figures of its day."""

    claim: DeskClaim
    messages: tuple[Message, ...]
    sources: Sources


class DeskPage(NamedTuple):
    """One page of the list, the number of claims in each state, and whether another page follows."""

    claims: tuple[DeskClaim, ...]
    counts: dict[ClaimState, int]
    has_more: bool


_Opener, _Decider = aliased(User), aliased(User)


def _wanted() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Claim.id,
            Claim.public_id,
            Claim.filing_number,
            Claim.state,
            Claim.gas_day,
            Claim.opened_at,
            _Opener.name.label("opened_by"),
            Claim.outcome,
            Claim.closed_at,
            _Decider.name.label("decided_by"),
            Company.name.label("company"),
            Contract.number.label("contract_number"),
            Contract.modality,
            DeliveryPoint.id.label("point_id"),
            DeliveryPoint.name.label("point"),
            DeliveryPoint.unit,
            *records.COLUMNS,
        )
        .join(_Opener, _Opener.id == Claim.opened_by_id)
        .outerjoin(_Decider, _Decider.id == Claim.decided_by_id)
        .join(DeliveryPoint, DeliveryPoint.id == Claim.delivery_point_id)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .join(Company, Company.id == Contract.company_id)
        .outerjoin(
            DailyBalance,
            (DailyBalance.delivery_point_id == Claim.delivery_point_id) & (DailyBalance.gas_day == Claim.gas_day),
        )
    )


def list_claims(act: Act, *, states: Collection[ClaimState], page: int = 1) -> DeskPage:
    """Return a page of the claims in ``states`` by two queries: the undecided first, the oldest of each kind first."""
    require(act, Function.READ_CLAIMS)
    rows = act.session.execute(
        _wanted()
        .where(Claim.state.in_(states))
        .order_by(case((Claim.state.in_(PENDING), 0), else_=1), Claim.opened_at, Claim.id)
        .offset((page - 1) * PAGE_LENGTH)
        .limit(PAGE_LENGTH + 1)
    ).all()
    counts = dict.fromkeys(ClaimState, 0)
    of_states = select(Claim.state, func.count().label("many")).group_by(Claim.state)
    counts |= {row.state: row.many for row in act.session.execute(of_states)}
    return DeskPage(
        claims=tuple([_claim(act, row) for row in rows[:PAGE_LENGTH]]),
        counts=counts,
        has_more=len(rows) > PAGE_LENGTH,
    )


def load(act: Act, *, public_id: str) -> DeskThread:
    """Return a claim with its thread and the versions of its day; ``NotFound`` for an unknown id."""
    session = act.session
    require(act, Function.READ_CLAIMS)
    row = session.execute(_wanted().where(Claim.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound
    claim = _claim(act, row)
    return DeskThread(
        claim=claim,
        messages=list_messages(session, claim_id=claim.id),
        sources=read(session, delivery_point_id=claim.point_id, gas_day=claim.gas_day),
    )


def answer(act: Act, *, public_id: str, text: str) -> None:
    """Answer an undecided claim, and mail the customer. Commits. The same answer sent twice is added once.

    Refuses (``Rejected``) a text as ``require_text``; ``Conflict`` when the claim was decided.
    """
    session = act.session
    user_id = require(act, Function.ANSWER_CLAIMS)
    kept = require_text(text)
    with transaction(session):
        claim, _ = _before(session, public_id, ClaimAction.ANSWER)
        if is_last_said(session, claim_id=claim.id, user_id=user_id, text=kept):
            return
        session.add(ClaimMessage(claim_id=claim.id, author_id=user_id, by_staff=True, text=kept, written_at=act.now))
        mails.post_answer(act, about=about(act, claim), text=kept)
        _note(act, event=AuditEvent.CLAIM_ANSWERED, claim=claim)


def take_into_review(act: Act, *, public_id: str) -> None:
    """Mark a claim as under review; a second time changes nothing. Commits; ``Conflict`` when decided."""
    require(act, Function.ANSWER_CLAIMS)
    with transaction(act.session):
        claim, state = _before(act.session, public_id, ClaimAction.REVIEW)
        if claim.state is state:
            return
        claim.state = state
        _note(act, event=AuditEvent.CLAIM_REVIEWED, claim=claim)


def decide(act: Act, *, public_id: str, action: ClaimAction, outcome: str, seen: int) -> None:
    """Uphold or dismiss a claim for good, with words that its page shows from then on; mails the customer. Commits.

    ``seen`` is the number of messages that the page showed. Refuses (``Rejected``) words as ``require_text``;
    ``Conflict`` when it was decided first (``claim-decided``) or a message came since (``claim-written``).
    """
    session = act.session
    require(act, Function.ANSWER_CLAIMS)
    if action not in DECISIONS:
        raise ValueError(f"{action} decides nothing")
    kept = require_text(outcome, "outcome")
    with transaction(session):
        claim, state = _before(session, public_id, action)
        said = session.scalar(select(func.count()).where(ClaimMessage.claim_id == claim.id)) or 0
        if said != seen:
            raise Conflict("claim-written")
        claim.state, claim.outcome, claim.closed_at, claim.decided_by_id = state, kept, act.now, act.actor.user_id
        mails.post_decision(act, about=about(act, claim), state=state, outcome=kept)
        _note(act, event=AuditEvent.CLAIM_DECIDED, claim=claim, state=state.value)


def _before(session: Session, public_id: str, action: ClaimAction) -> tuple[Claim, ClaimState]:
    """Return the claim, locked, and its state after ``action``; ``Conflict`` when it was decided meanwhile."""
    claim = lock_claim(session, public_id=public_id)
    state = find_next_state(claim.state, action)
    if state is None:
        raise Conflict("claim-decided")
    return claim, state


def _note(act: Act, *, event: AuditEvent, claim: Claim, **details: str) -> None:
    point = act.session.get_one(DeliveryPoint, claim.delivery_point_id)
    audit.record(
        act,
        event=event,
        subject=claim.public_id,
        company_id=point.contract.company_id,
        details={"filing_number": claim.filing_number, **details},
    )


def _claim(act: Act, row: Row[*tuple[Any, ...]]) -> DeskClaim:
    known = holidays.load_known(act.session)
    due = answer_due(row.opened_at, known)
    until = GasDay.of(row.closed_at or act.now)
    age = business_days_between(GasDay.of(row.opened_at), until, known)
    late = row.closed_at is None and until.date > due
    return DeskClaim(
        id=row.id,
        public_id=row.public_id,
        filing_number=row.filing_number,
        state=row.state,
        gas_day=row.gas_day,
        opened_at=row.opened_at,
        opened_by=row.opened_by,
        outcome=row.outcome,
        closed_at=row.closed_at,
        decided_by=row.decided_by,
        company=row.company,
        contract_number=row.contract_number,
        modality=row.modality,
        point_id=row.point_id,
        point=row.point,
        unit=row.unit,
        figures=figures_of(row, row.unit),
        age=age,
        due=due,
        late=late,
    )
