"""The signature: charge, verify, then one transaction that puts the nomination in force (trust.md §5)."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.gas_day import BOGOTA
from portal.domain.nominations import Channel
from portal.domain.timetable import RequestKind, commit_in_time
from portal.models import Nomination, NominationDraft, NominationHead, SignInSession
from portal.services import audit, filing, key_attempts, keys, ledger, outbox
from portal.services.actors import Actor
from portal.services.key_attempts import Charge
from portal.services.refusals import Conflict, NotFound, Refusal, Refused, Rejected
from portal.services.transactions import transaction
from portal.services.vault import Vault

from . import mails, rules
from .drafts import load
from .review import Review, review

SERIES = "N"


def sign(
    session: Session,
    *,
    vault: Vault,
    actor: Actor,
    draft: str,
    shown: str,
    typed: str,
    now: datetime,
    clock: Callable[[], datetime],
) -> Nomination:
    """Sign the draft with public id ``draft`` and put it in force (guide steps 22 and 23); commits.

    ``shown`` is the digest of the page the person read, ``now`` the moment of arrival, which counts for the
    timetable; ``clock`` is read once more before the commit. The same submission sent again returns the same
    nomination. Refuses (``Rejected``) a wrong code and what the rules refuse; ``Conflict`` when something else than
    what was shown would be signed; ``TooManyAttempts`` when throttled.
    """
    found = load(session, actor=actor, public_id=draft, now=now)
    if found.nomination is not None:
        return _replay(found.nomination, shown)
    draft_id = found.id
    key_id, charge = keys.prove(
        session,
        vault=vault,
        actor=actor,
        delivery_point=found.delivery_point,
        typed=typed,
        field="security_code",
        now=now,
    )
    try:
        return _put_in_force(
            session, actor=actor, draft_id=draft_id, shown=shown, key_id=key_id, charge=charge, now=now, clock=clock
        )
    except Refused:
        # The code was right: whatever else was refused, the attempt is given back.
        with transaction(session):
            key_attempts.succeed(session, actor=actor, charge=charge, now=now)
        raise


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
    try:
        with transaction(session):
            draft = _locked_draft(session, actor=actor, draft_id=draft_id, now=now)
            if draft.nomination is not None:
                key_attempts.succeed(session, actor=actor, charge=charge, now=now)
                return _replay(draft.nomination, shown)
            keys.accept(session, actor=actor, key_id=key_id, charge=charge, now=now)
            rules.may_ask(session, actor=actor, point=draft.delivery_point, now=now)
            reviewed = review(session, draft=draft, now=now, lock=True)
            if not _same(reviewed.digest, shown):
                raise Conflict("shown", review=reviewed)
            nomination = _insert(session, actor=actor, reviewed=reviewed, now=now)
            draft.nomination_id = nomination.id
            # The account before the audit chain: imports lock in this order too.
            ledger.rewrite_day(session, delivery_point=draft.delivery_point, gas_day=nomination.gas_day)
            _tell(session, actor=actor, nomination=nomination, now=now)
            if not commit_in_time(reviewed.terms.window, reviewed.gas_day, clock()):
                raise Rejected(
                    Refusal.TOO_LATE,
                    closed_at=reviewed.closes_at,
                    kind=reviewed.kind,
                    gas_day=reviewed.gas_day,
                )
            return nomination
    except IntegrityError as error:
        if "nomination" in str(error.orig):
            raise Conflict("revision") from error
        raise


_ALIVE = select(SignInSession.id).where(SignInSession.id == bindparam("session_id"), SignInSession.ended_at.is_(None))
# The lock is taken alone: a statement that waited for it would show the joined tables as they were before.
_DRAFT_LOCK = select(NominationDraft.public_id).where(NominationDraft.id == bindparam("draft_id")).with_for_update()


def _locked_draft(session: Session, *, actor: Actor, draft_id: int, now: datetime) -> NominationDraft:
    """Read session, grant and draft again under the lock: any of them may have ended since the page was shown."""
    connection = session.connection()
    if connection.execute(_ALIVE, {"session_id": actor.session_id}).first() is None:
        raise NotFound
    public_id = connection.execute(_DRAFT_LOCK, {"draft_id": draft_id}).scalar()
    if public_id is None:
        raise NotFound
    return load(session, actor=actor, public_id=public_id, now=now)


_MOVE_HEAD = (
    update(NominationHead)
    .where(
        NominationHead.delivery_point_id == bindparam("point_id"),
        NominationHead.gas_day == bindparam("day"),
        NominationHead.revision == bindparam("seen"),
    )
    .values(
        revision=bindparam("new_revision"),
        renominations=bindparam("new_renominations"),
        nomination_id=bindparam("new_nomination_id"),
    )
    .returning(NominationHead.revision)
)


def _insert(session: Session, *, actor: Actor, reviewed: Review, now: datetime) -> Nomination:
    draft, head = reviewed.draft, reviewed.terms.head
    revision = head.revision + 1 if head else 1
    nomination = Nomination(
        public_id=secrets.token_urlsafe(12),
        delivery_point_id=draft.delivery_point_id,
        gas_day=reviewed.gas_day,
        revision=revision,
        kind=reviewed.kind,
        unit=draft.unit,
        quantity_m3=reviewed.gas.m3,
        quantity_mbtu=reviewed.gas.mbtu,
        heating_value=reviewed.heating_value.value,
        heating_value_on=reviewed.heating_value.measured_on,
        effective_at=reviewed.terms.effective_at,
        received_at=now,
        channel=Channel.WEB,
        signed_by_id=actor.user_id,
        filing_number=filing.next_number(session, series=SERIES, year=now.astimezone(BOGOTA).year),
        submission_id=draft.submission_id,
        content_hash=bytes.fromhex(reviewed.digest),
    )
    session.add(nomination)
    session.flush()
    renominations = (head.renominations if head else 0) + (reviewed.kind is RequestKind.RENOMINATION)
    if head is None:
        session.add(
            NominationHead(
                delivery_point_id=draft.delivery_point_id,
                gas_day=reviewed.gas_day,
                revision=revision,
                renominations=renominations,
                nomination_id=nomination.id,
            )
        )
        session.flush()
        return nomination
    moved = session.connection().execute(
        _MOVE_HEAD,
        {
            "point_id": draft.delivery_point_id,
            "day": reviewed.gas_day,
            "seen": head.revision,
            "new_revision": revision,
            "new_renominations": renominations,
            "new_nomination_id": nomination.id,
        },
    )
    if moved.first() is None:
        raise Conflict("revision")
    session.expire(head)
    return nomination


def _tell(session: Session, *, actor: Actor, nomination: Nomination, now: datetime) -> None:
    """Write down what happened and the mail that acknowledges it, with the change itself."""
    point = nomination.delivery_point
    audit.record(
        session,
        event=f"{'renomination' if nomination.kind is RequestKind.RENOMINATION else 'nomination'}:signed",
        actor=actor,
        now=now,
        subject=nomination.public_id,
        company_id=point.contract.company_id,
        details={
            "point": point.public_id,
            "gas_day": nomination.gas_day.isoformat(),
            "revision": nomination.revision,
            "quantity": str(nomination.quantity.amount),
            "unit": nomination.unit.value,
            "filing_number": nomination.filing_number,
        },
    )
    outbox.post(
        session,
        kind="receipt",
        recipient=actor.email,
        subject=mails.receipt_subject(nomination),
        body=mails.receipt_body(nomination, signed_by=actor.name),
        now=now,
    )


def _replay(nomination: Nomination, shown: str) -> Nomination:
    """The same submission again: the same receipt; the same submission with other content: a conflict."""
    if nomination.content_hash is None or not _same(nomination.content_hash.hex(), shown):
        raise Conflict("submission", nomination=nomination)
    return nomination


def _same(digest: str, shown: str) -> bool:
    """Compare as bytes: what a page carries back may be any text."""
    return hmac.compare_digest(digest.encode(), shown.encode())
