"""Signature: charge, verify, then one transaction that puts the nomination in force.

Source: docs/security.md, "Signatures".
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime

from portal.domain.nominations import Channel
from portal.models import Nomination, NominationDraft
from portal.services.keys import caller_grants
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.refusals import Conflict, NotAllowed, NotFound
from portal.services.store.transactions import transaction

from . import hot, open_drafts, signing_facts
from .drafts import load, review
from .entry import put_in_force
from .open_drafts import OpenDraft
from .requests import NumericKey, StaffCode, run_with_code, run_with_staff_code
from .signing_facts import SigningFacts


def find_open_draft(act: Act, *, public_id: str) -> OpenDraft:
    """Return a customer's own draft, to be signed; refuses as ``load``, which finds an agent's."""
    found = open_drafts.find(act, public_id=public_id)
    if found is None:
        # Names the missing step.
        load(act, public_id=public_id)
        raise NotFound
    return found


def sign(act: Act, *, draft: str | OpenDraft, shown: str, typed: str) -> Nomination:
    """Sign a draft and put it in force (guide steps 22 and 23); commits.

    ``draft`` is its public id, or the draft as ``find_open_draft`` gave it in this request. ``shown`` is the digest of
    the page the person read, ``now`` the moment of arrival, which counts for the timetable; ``clock`` is read once more
    before the commit. The same submission sent again returns the same nomination. Refuses (``Rejected``) a wrong code
    and as the rules do; ``Conflict`` when the content differs from the one shown; ``TooManyAttempts`` when throttled.
    """
    if caller_grants.is_by_agent(act):
        # An agent never types a customer's key.
        raise NotAllowed
    found = find_open_draft(act, public_id=draft) if isinstance(draft, str) else draft
    if found.nomination_id is not None:
        return replay(act.session.get_one(Nomination, found.nomination_id), shown)
    return run_with_code(
        act,
        delivery_point=found.keys,
        typed=typed,
        channel=Channel.WEB,
        put_in_force=lambda proof: _put_in_force(act, found=found, shown=shown, proof=proof),
    )


def sign_for_caller(
    act: Act, *, draft: NominationDraft, shown: str, typed: str, moments: Sequence[datetime]
) -> Nomination:
    """Sign an agent's draft for the caller with the code of the agent's authenticator; as ``sign``; commits.

    ``draft`` is as ``load`` gave it in this request, ``moments`` what the authenticator's clock may show.
    """
    if draft.nomination is not None:
        return replay(draft.nomination, shown)
    draft_id = draft.id
    return run_with_staff_code(
        act,
        delivery_point_id=draft.delivery_point_id,
        typed=typed,
        moments=moments,
        put_in_force=lambda proof: _write(act, draft=_locked_draft(act, draft_id=draft_id), shown=shown, proof=proof),
    )


def _put_in_force(act: Act, *, found: OpenDraft, shown: str, proof: NumericKey) -> Nomination:
    with meaning_of_constraints(), transaction(act.session):
        draft, head = open_drafts.hold(act, draft=found)
        if found.gas_day is None or found.gas_day != draft.gas_day:
            # Changed in another window meanwhile: what is held is not that day's head.
            require_signed_in(act)
            return _write(act, draft=draft, shown=shown, proof=proof)
        read = signing_facts.read(act, draft=found, gas_day=found.gas_day, head=head)
        if not read.is_signed_in:
            raise NotFound
        return _write(act, draft=draft, shown=shown, proof=proof, read=read)


def _write(
    act: Act,
    *,
    draft: NominationDraft,
    shown: str,
    proof: NumericKey | StaffCode,
    read: SigningFacts | None = None,
) -> Nomination:
    """Put a locked draft in force inside the transaction of its proof."""
    if draft.nomination_id is not None and draft.nomination is not None:
        proof.release(act)
        return replay(draft.nomination, shown)
    reviewed = review(act, draft=draft, hold=True, read=read)
    if not is_same(reviewed.digest, shown):
        raise Conflict("shown", review=reviewed)
    (nomination,) = put_in_force(act, [reviewed.weighed], proof=proof, digest=reviewed.digest, draft=draft)
    act.session.expire(draft, ["nomination_id", "nomination"])
    return nomination


def require_signed_in(act: Act) -> None:
    """Raise ``NotFound`` when the session ended since the request began; for the transaction of a signature."""
    if hot.ALIVE.first(act.session, session_id=act.actor.session_id) is None:
        raise NotFound


def _locked_draft(act: Act, *, draft_id: int) -> NominationDraft:
    """Read session, grant and draft again under the lock: any of them may have ended since the page was shown."""
    require_signed_in(act)
    locked = hot.DRAFT_LOCK.first(act.session, draft=draft_id)
    if locked is None:
        raise NotFound
    return load(act, public_id=locked.public_id)


def replay(nomination: Nomination, shown: str) -> Nomination:
    """Return the nomination of a repeated submission; ``Conflict`` when its content differs."""
    require_same_content(nomination.content_hash, shown, nomination=nomination)
    return nomination


def require_same_content(content_hash: bytes | None, shown: str, **facts: object) -> None:
    """Raise ``Conflict`` with the facts when what was signed is not the content that was shown."""
    if content_hash is None or not is_same(content_hash.hex(), shown):
        raise Conflict("submission", **facts)


def is_same(digest: str, shown: str) -> bool:
    """Compare as bytes: a form may send any text."""
    return hmac.compare_digest(digest.encode(), shown.encode())
