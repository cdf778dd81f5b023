"""The signature: charge, verify, then one transaction that puts the nomination in force.

Source: docs/security.md, "Signatures".
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from portal.domain.nominations import Channel
from portal.domain.timetable import commit_in_time
from portal.models import Nomination, NominationDraft, SignInSession
from portal.services import key_attempts, keys, ledger
from portal.services.actors import Actor
from portal.services.constraints import meaning_of_constraints
from portal.services.key_attempts import Charge
from portal.services.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.statements import Statement
from portal.services.transactions import transaction
from portal.services.vault import Vault

from . import rules
from .drafts import load
from .entering import Entry, enter, tell
from .proving import with_code
from .review import Review, review


def sign(
    session: Session,
    *,
    vault: Vault,
    actor: Actor,
    draft: str | NominationDraft,
    shown: str,
    typed: str,
    now: datetime,
    clock: Callable[[], datetime],
) -> Nomination:
    """Sign a draft and put it in force (guide steps 22 and 23); commits.

    ``draft`` is its public id, or the draft as ``load`` gave it in this request. ``shown`` is the digest of the page
    the person read, ``now`` the moment of arrival, which counts for the timetable; ``clock`` is read once more before
    the commit. The same submission sent again returns the same nomination. Refuses (``Rejected``) a wrong code and what
    the rules refuse; ``Conflict`` when something else than what was shown would be signed; ``TooManyAttempts`` when
    throttled.
    """
    found = load(session, actor=actor, public_id=draft, now=now) if isinstance(draft, str) else draft
    if found.nomination is not None:
        return replay(found.nomination, shown)
    draft_id = found.id

    def act(key_id: int, charge: Charge) -> Nomination:
        return _put_in_force(
            session, actor=actor, draft_id=draft_id, shown=shown, key_id=key_id, charge=charge, now=now, clock=clock
        )

    return with_code(
        session, vault=vault, actor=actor, delivery_point=found.delivery_point, typed=typed, now=now, act=act
    )


def _put_in_force(
    session: Session,
    *,
    actor: Actor,
    draft_id: int,
    shown: str,
    key_id: int,
    charge: Charge,
    now: datetime,
    clock: Callable[[], datetime],
) -> Nomination:
    with meaning_of_constraints(), transaction(session):
        draft = _locked_draft(session, actor=actor, draft_id=draft_id, now=now)
        if draft.nomination is not None:
            key_attempts.succeed(session, actor=actor, charge=charge, now=now)
            return replay(draft.nomination, shown)
        ledger.lock(session, draft.delivery_point.id)
        rules.may_ask(session, actor=actor, point=draft.delivery_point, now=now)
        reviewed = review(session, draft=draft, now=now, lock=True)
        if not same(reviewed.digest, shown):
            raise Conflict("shown", review=reviewed)
        keys.accept(session, actor=actor, key_id=key_id, charge=charge, now=now)
        nomination = enter(session, entry=_entry(reviewed, actor=actor, now=now), seen=reviewed.terms.head)
        _SIGNED.run(session, draft=draft_id, nomination=nomination.id)
        session.expire(draft, ["nomination_id", "nomination"])
        if not nomination.is_late:
            ledger.rewrite_day(
                session,
                delivery_point=draft.delivery_point,
                gas_day=nomination.gas_day,
                heating_value=reviewed.heating_value,
            )
        tell(session, actor=actor, nomination=nomination, now=now)
        if not commit_in_time(reviewed.terms.window, reviewed.gas_day, clock()):
            raise Rejected(
                Refusal.TOO_LATE,
                closed_at=reviewed.closes_at,
                kind=reviewed.kind,
                gas_day=reviewed.gas_day,
            )
        return nomination


_ALIVE = Statement(
    select(SignInSession.id).where(SignInSession.id == bindparam("session_id"), SignInSession.ended_at.is_(None))
)
# The lock is taken alone: a statement that waited for it would show the joined tables as they were before.
_DRAFT_LOCK = Statement(
    select(NominationDraft.public_id).where(NominationDraft.id == bindparam("draft")).with_for_update(key_share=True)
)
_SIGNED = Statement(
    update(NominationDraft)
    .where(NominationDraft.id == bindparam("draft"))
    .values(nomination_id=bindparam("nomination"))
)


def still_signed_in(session: Session, *, actor: Actor) -> None:
    """Refuse (``NotFound``) when the session ended since the request began; for the transaction of a signature."""
    if _ALIVE.first(session, session_id=actor.session_id) is None:
        raise NotFound


def _locked_draft(session: Session, *, actor: Actor, draft_id: int, now: datetime) -> NominationDraft:
    """Read session, grant and draft again under the lock: any of them may have ended since the page was shown."""
    still_signed_in(session, actor=actor)
    locked = _DRAFT_LOCK.first(session, draft=draft_id)
    if locked is None:
        raise NotFound
    return load(session, actor=actor, public_id=locked.public_id, now=now)


def _entry(reviewed: Review, *, actor: Actor, now: datetime) -> Entry:
    draft = reviewed.draft
    return Entry(
        delivery_point=draft.delivery_point,
        gas_day=reviewed.gas_day,
        kind=reviewed.kind,
        gas=reviewed.gas,
        unit=draft.unit,
        heating_value=reviewed.heating_value,
        received_at=now,
        channel=Channel.WEB,
        submission_id=draft.submission_id,
        signed_by_id=actor.user_id,
        content_hash=bytes.fromhex(reviewed.digest),
        effective_at=reviewed.terms.effective_at,
        is_late=reviewed.terms.is_late,
    )


def replay(nomination: Nomination, shown: str) -> Nomination:
    """The same submission again: the same receipt; the same submission with other content: a conflict."""
    if nomination.content_hash is None or not same(nomination.content_hash.hex(), shown):
        raise Conflict("submission", nomination=nomination)
    return nomination


def same(digest: str, shown: str) -> bool:
    """Compare as bytes: what a page carries back may be any text."""
    return hmac.compare_digest(digest.encode(), shown.encode())
