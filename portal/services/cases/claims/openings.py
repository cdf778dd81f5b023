"""Opening of a claim about the figures of a day."""

from __future__ import annotations

import secrets

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.claims import PENDING, ClaimState, answer_due
from portal.domain.gas_day import GasDay
from portal.models import Claim, ClaimMessage, DeliveryPoint
from portal.models.claims import IS_OPEN
from portal.services.account.opened_points import OpenedPoint
from portal.services.store import filing
from portal.services.store.acts import Act
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.timetable import holidays
from portal.services.trace import audit

from . import mails
from .records import about, require_text, take_one


def refuse_day(*, point: OpenedPoint, gas_day: GasDay, today: GasDay) -> None:
    """Refuse (``Rejected``) a day that is not over yet, or on which the point was not served."""
    if gas_day < point.starts_on or (point.ends_on is not None and gas_day >= point.ends_on):
        raise Rejected(Refusal.CLAIM_DAY_NOT_SERVED)
    if gas_day >= today:
        raise Rejected(Refusal.CLAIM_DAY_NOT_OVER)


def open_one(session: Session, *, delivery_point_id: int, gas_day: GasDay) -> Claim | None:
    """Return the undecided claim about the day; there is at most one."""
    return session.scalars(
        select(Claim).where(
            Claim.delivery_point_id == delivery_point_id, Claim.gas_day == gas_day, Claim.state.in_(PENDING)
        )
    ).one_or_none()


def open_claim(act: Act, *, point: OpenedPoint, gas_day: GasDay, text: str) -> Claim:
    """Open a claim about a day of a point that is open in this session; commits.

    It gets the next number of the year; its author and the company's contact get an acknowledgement. Refuses
    (``Rejected``) a day as ``refuse_day`` does, a text as ``require_text``, a day with an open claim
    (``CLAIM_ALREADY_OPEN``, whose ``number`` and ``claim`` it names) and more texts than a day takes.
    """
    session, actor, now = act.session, act.actor, act.now
    refuse_day(point=point, gas_day=gas_day, today=GasDay.of(now))
    kept = require_text(text)
    if actor.user_id is None:
        raise NotFound
    with transaction(session):
        served = session.get_one(DeliveryPoint, point.id)
        if not served.in_force_on(gas_day):
            raise Rejected(Refusal.CLAIM_DAY_NOT_SERVED)
        take_one(act)
        claim = _insert(act, point_id=point.id, gas_day=gas_day, user_id=actor.user_id)
        if claim is None:
            already = open_one(session, delivery_point_id=point.id, gas_day=gas_day)
            number, public_id = (already.filing_number, already.public_id) if already else ("", "")
            raise Rejected(Refusal.CLAIM_ALREADY_OPEN, number=number, claim=public_id)
        session.add(ClaimMessage(claim_id=claim.id, author_id=actor.user_id, by_staff=False, text=kept, written_at=now))
        audit.record(
            act,
            event=AuditEvent.CLAIM_OPENED,
            subject=claim.public_id,
            company_id=served.contract.company_id,
            details={
                "filing_number": claim.filing_number,
                "point": served.public_id,
                "gas_day": gas_day.isoformat(),
            },
        )
        due = answer_due(now, holidays.read(session))
        mails.acknowledge(act, about=about(act, claim), due=due)
        return claim


def _insert(act: Act, *, point_id: int, gas_day: GasDay, user_id: int) -> Claim | None:
    """Insert the claim with its number; None when the day has an open one, by the unique index and without a SELECT."""
    session = act.session
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    new_id = session.scalar(
        make(Claim)
        .values(
            public_id=secrets.token_urlsafe(12),
            filing_number=filing.take_next_number(
                session, series=act.distributor.claim_series, year=GasDay.of(act.now).date.year
            ),
            delivery_point_id=point_id,
            gas_day=gas_day,
            state=ClaimState.OPEN,
            opened_at=act.now,
            opened_by_id=user_id,
        )
        .on_conflict_do_nothing(index_elements=["delivery_point_id", "gas_day"], index_where=IS_OPEN)
        .returning(Claim.id)
    )
    return None if new_id is None else session.get_one(Claim, new_id)
