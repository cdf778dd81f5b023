"""The wizard's draft: each answer is checked by the rules and kept on the server (guide steps 18 to 21)."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.quantities import Quantity
from portal.domain.timetable import RequestKind
from portal.models import NominationDraft
from portal.services.keys import grants
from portal.services.store.actors import Actor
from portal.services.store.acts import Act
from portal.services.store.refusals import Conflict, NotFound
from portal.services.store.transactions import transaction

from . import rules
from .requests import request_of

DRAFT_LIFE = timedelta(days=7)


def start(session: Session, *, actor: Actor, modality: Modality, point: str, now: datetime) -> NominationDraft:
    """Open a draft for the delivery point with public id ``point``; commits.

    Refuses (``Rejected``) an inactive contract or an account that may not nominate yet; ``NotFound`` for a point that
    is not of a contract this session holds open.
    """
    found = grants.reachable_point(session, actor=actor, modality=modality, public_id=point, now=now)
    rules.may_ask(session, actor=actor, point=found, now=now)
    with transaction(session):
        draft = NominationDraft(
            public_id=secrets.token_urlsafe(12),
            user_id=actor.user_id,
            modality=modality,
            delivery_point_id=found.id,
            unit=found.unit,
            submission_id=secrets.token_urlsafe(24),
            created_at=now,
            updated_at=now,
        )
        session.add(draft)
        session.flush()
        return draft


_OWN_DRAFT = select(NominationDraft).where(
    NominationDraft.public_id == bindparam("public_id"),
    NominationDraft.user_id == bindparam("user_id"),
    NominationDraft.created_at > bindparam("oldest"),
)
_OPEN_DRAFT = _OWN_DRAFT.where(grants.open_for_draft)


def load(session: Session, *, actor: Actor, public_id: str, now: datetime) -> NominationDraft:
    """Return a draft of this person.

    ``NotFound`` when it is absent, old or somebody else's; ``StepMissing`` when its contract is no longer open here.
    """
    this = {**grants.who(actor, now), "public_id": public_id, "oldest": now - DRAFT_LIFE}
    draft = session.scalars(_OPEN_DRAFT, this).one_or_none()
    if draft is not None:
        return draft
    # Asked apart only to say what is missing.
    draft = session.scalars(_OWN_DRAFT, this).one_or_none()
    if draft is None:
        raise NotFound
    grants.reachable_point(
        session, actor=actor, modality=draft.modality, public_id=draft.delivery_point.public_id, now=now
    )
    return draft


def set_kind(
    session: Session, *, draft: NominationDraft, kind: RequestKind, version: int | None, now: datetime
) -> None:
    """Keep the kind of request (guide step 19); another kind asks for the day again. Commits."""
    changed = kind is not draft.kind
    _store(session, draft, version, now, kind=kind, **({"gas_day": None} if changed else {}))


def set_day(session: Session, *, draft: NominationDraft, gas_day: GasDay, version: int | None, now: datetime) -> None:
    """Keep the gas day (guide step 20). Refuses a day outside of the window or of the contract. Commits."""
    rules.weigh(Act.of_system(session, now), request_of(draft, gas_day=gas_day)).demand()
    _store(session, draft, version, now, gas_day=gas_day, confirmed_unusual=False)


def set_quantity(
    session: Session,
    *,
    draft: NominationDraft,
    quantity: Quantity,
    confirmed_unusual: bool,
    version: int | None,
    now: datetime,
) -> None:
    """Keep the quantity, in the unit of the point (guide step 21). Commits.

    Refuses one below the floor of a renomination or above a maximum that blocks; an unusual one until it is confirmed.
    """
    asked = replace(request_of(draft), quantity=quantity, confirmed=confirmed_unusual)
    rules.weigh(Act.of_system(session, now), asked).demand()
    _store(session, draft, version, now, quantity_micro=quantity.micro, confirmed_unusual=confirmed_unusual)


def _store(session: Session, draft: NominationDraft, version: int | None, now: datetime, **answers: object) -> None:
    """Write answers if the draft still is at ``version`` (that of the page; None when the page carried none)."""
    draft_id, seen = draft.id, draft.version if version is None else version
    with transaction(session):
        stored = session.scalar(
            update(NominationDraft)
            .where(
                NominationDraft.id == draft_id,
                NominationDraft.version == seen,
                NominationDraft.nomination_id.is_(None),
            )
            .values(version=seen + 1, updated_at=now, **answers)
            .returning(NominationDraft.id)
            .execution_options(synchronize_session=False)
        )
        if stored is None:
            raise Conflict("draft")
    session.refresh(draft)
