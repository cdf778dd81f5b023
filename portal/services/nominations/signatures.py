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

from . import hot
from .drafts import load, review
from .entry import put_in_force
from .requests import NumericKey, StaffCode, run_with_code, run_with_staff_code


def sign(act: Act, *, draft: str | NominationDraft, shown: str, typed: str) -> Nomination:
    """Sign a draft and put it in force (guide steps 22 and 23); commits.

    ``draft`` is its public id, or the draft as ``load`` gave it in this request. ``shown`` is the digest of the page
    the person read, ``now`` the moment of arrival, which counts for the timetable; ``clock`` is read once more before
    the commit. The same submission sent again returns the same nomination. Refuses (``Rejected``) a wrong code and as
    the rules do; ``Conflict`` when the content differs from the one shown; ``TooManyAttempts`` when
    throttled.
    """
    found = load(act, public_id=draft) if isinstance(draft, str) else draft
    if caller_grants.is_by_agent(act):
        # An agent never types a customer's key.
        raise NotAllowed
    if found.nomination is not None:
        return replay(found.nomination, shown)
    draft_id = found.id
    return run_with_code(
        act,
        delivery_point=found.delivery_point,
        typed=typed,
        channel=Channel.WEB,
        put_in_force=lambda proof: _put_in_force(act, draft_id=draft_id, shown=shown, proof=proof),
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
        put_in_force=lambda proof: _write(act, draft_id=draft_id, shown=shown, proof=proof),
    )


def _put_in_force(act: Act, *, draft_id: int, shown: str, proof: NumericKey) -> Nomination:
    with meaning_of_constraints(), transaction(act.session):
        return _write(act, draft_id=draft_id, shown=shown, proof=proof)


def _write(act: Act, *, draft_id: int, shown: str, proof: NumericKey | StaffCode) -> Nomination:
    """Put a draft in force inside the transaction of its proof."""
    session = act.session
    draft = _locked_draft(act, draft_id=draft_id)
    if draft.nomination is not None:
        proof.release(act)
        return replay(draft.nomination, shown)
    reviewed = review(act, draft=draft, hold=True)
    if not is_same(reviewed.digest, shown):
        raise Conflict("shown", review=reviewed)
    (nomination,) = put_in_force(
        act, [reviewed.weighed], proof=proof, digest=reviewed.digest, prepared_in=draft.prepared_in
    )
    hot.SIGNED.run(session, draft=draft_id, nomination=nomination.id)
    session.expire(draft, ["nomination_id", "nomination"])
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
    if nomination.content_hash is None or not is_same(nomination.content_hash.hex(), shown):
        raise Conflict("submission", nomination=nomination)
    return nomination


def is_same(digest: str, shown: str) -> bool:
    """Compare as bytes: a form may send any text."""
    return hmac.compare_digest(digest.encode(), shown.encode())
