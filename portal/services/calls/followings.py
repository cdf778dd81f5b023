"""Following: the agent of a call sees which page its customer has open, and prepares what the customer signs.

Only while the grant of a call that a code of the customer's page verified is live, and until the customer ends it.
Source: docs/security.md, "On behalf".
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import joinedload

from portal.domain.audit_events import AuditEvent
from portal.domain.calls import GRANT_FOR
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity
from portal.domain.timetable import RequestKind
from portal.models import Call, Following, NominationDraft, SignInSession
from portal.services import nominations
from portal.services.keys import caller_grants
from portal.services.nominations import DRAFT_LIFE, Filled
from portal.services.people import sessions
from portal.services.store.acts import Act
from portal.services.store.permissions import require_account
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction

from . import desk


@dataclass(frozen=True, slots=True)
class Followee:
    """Followed customer as they read it: the call, and the newest unsigned draft that its agent prepared."""

    call: Call
    draft: NominationDraft | None

    @property
    def digest(self) -> str:
        """Call and draft: a different one means that an open page is stale."""
        return "-".join([self.call.public_id, self.draft.public_id if self.draft else ""])


@dataclass(frozen=True, slots=True)
class Followed:
    """Followed customer as the agent sees them; ``drafts`` are those prepared in the call, the newest first.

    ``is_there`` is false once every browser that was signed in with the code is signed out.
    """

    page: Following
    is_live: bool
    is_there: bool
    drafts: Sequence[NominationDraft]

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of all of it: a different one means that an open page is stale."""
        page = self.page
        seen = [page.path, page.title, page.state, page.opened_at, page.ended_at, page.discarded_at]
        drafts = [(each.public_id, each.nomination_id is not None) for each in self.drafts]
        return hashlib.sha256(repr((seen, drafts, self.is_live, self.is_there)).encode()).hexdigest()


def begin(act: Act, *, call: Call, user_id: int) -> None:
    """Begin to follow the account whose code verified a call, inside the caller's transaction, under the call's lock.

    One agent follows an account: what another call began ends.
    """
    session = act.session
    session.execute(
        update(Following)
        .where(Following.user_id == user_id, Following.call_id != call.id, Following.ended_at.is_(None))
        .values(ended_at=act.now)
    )
    session.execute(delete(Following).where(Following.call_id == call.id))
    session.add(Following(call_id=call.id, user_id=user_id, begun_at=act.now))
    session.flush()


def find_followee(act: Act) -> Followee | None:
    """Return by whom this customer is followed now, None by nobody; two queries."""
    call = act.session.scalars(
        select(Call)
        .options(joinedload(Call.agent))
        .join(Following, Following.call_id == Call.id)
        .where(
            Following.user_id == act.actor.user_id,
            Following.ended_at.is_(None),
            Call.granted_until > act.now,
            Call.closed_at.is_(None),
            Call.stopped_at.is_(None),
        )
        .order_by(Call.verified_at.desc(), Call.id.desc())
        .limit(1)
    ).first()
    if call is None:
        return None
    draft = next(iter(_drafts(act, call_id=call.id)), None)
    return Followee(call, None if draft is None or draft.nomination_id is not None else draft)


def note_page(act: Act, *, call_id: int, path: str, title: str, state: str | None) -> None:
    """Overwrite the page that a followed customer has open, unless they ended it meanwhile; commits."""
    with transaction(act.session):
        act.session.execute(
            update(Following)
            .where(Following.call_id == call_id, Following.user_id == act.actor.user_id, Following.ended_at.is_(None))
            .values(path=path, title=title, state=state, opened_at=act.now)
        )


def forget_pages(act: Act) -> int:
    """Erase the pages of those whom nobody follows any more; return how many; commits."""
    over = or_(Following.ended_at.is_not(None), Following.begun_at <= act.now - GRANT_FOR)
    with transaction(act.session):
        erased = act.session.execute(
            update(Following)
            .where(Following.path.is_not(None), over)
            .values(path=None, title=None, state=None, opened_at=None)
            .returning(Following.call_id)
        )
        return len(erased.all())


def end(act: Act) -> None:
    """End, for the customer, that anybody follows them; commits. A second time changes nothing."""
    user_id = require_account(act)
    with transaction(act.session):
        found = _locked(act, user_id=user_id)
        if found is None:
            return
        found.ended_at = act.now
        found.path = found.title = found.state = found.opened_at = None
        act.session.flush()
        sessions.let_follow(act.session, user_id=user_id, until=None, now=act.now)
        desk.record(act, AuditEvent.CALL_FOLLOWING_ENDED, call=act.session.get_one(Call, found.call_id))


def discard(act: Act) -> None:
    """Throw away, for the customer, what the agent prepared and nobody signed; commits."""
    user_id = require_account(act)
    with transaction(act.session):
        draft = find_prepared(act)
        if draft is None or draft.prepared_in_id is None:
            return
        call_id = draft.prepared_in_id
        act.session.execute(update(Following).where(Following.call_id == call_id).values(discarded_at=act.now))
        # The older ones of the call too: only the newest was ever shown.
        act.session.execute(
            delete(NominationDraft).where(
                NominationDraft.prepared_in_id == call_id,
                NominationDraft.user_id == user_id,
                NominationDraft.nomination_id.is_(None),
            )
        )
        desk.record(act, AuditEvent.CALL_DRAFT_DISCARDED, call=act.session.get_one(Call, call_id))


def find_prepared(act: Act) -> NominationDraft | None:
    """Return the newest unsigned draft that an agent prepared for this customer, None without one."""
    return (
        act.session.scalars(
            select(NominationDraft)
            .where(
                NominationDraft.user_id == require_account(act),
                NominationDraft.prepared_in_id.is_not(None),
                NominationDraft.nomination_id.is_(None),
                NominationDraft.created_at > act.now - DRAFT_LIFE,
            )
            .order_by(NominationDraft.id.desc())
            .limit(1)
        )
        .unique()
        .first()
    )


def load(act: Act, *, call: Call) -> Followed | None:
    """Return what the agent of a call sees of its customer, None when nobody was followed in it.

    Only for the agent in the session that took the call: None for anybody else.
    """
    if call.agent_id != act.actor.user_id or call.session_id != act.actor.session_id:
        return None
    page = act.session.scalars(select(Following).where(Following.call_id == call.id)).one_or_none()
    if page is None:
        return None
    is_live = page.ended_at is None and call.is_live_at(act.now)
    signed_in = select(SignInSession.id).where(
        SignInSession.user_id == page.user_id,
        SignInSession.followed_until > act.now,
        SignInSession.ended_at.is_(None),
        SignInSession.expires_at > act.now,
    )
    is_there = act.session.scalar(signed_in.limit(1)) is not None
    return Followed(page, is_live, is_there, _drafts(act, call_id=call.id))


def prepare(act: Act, *, public_id: str, kind: RequestKind, gas_day: GasDay, quantity: Quantity) -> Filled:
    """Prepare a nomination of a call's point for its followed customer, who alone may sign it; commits.

    Weighed by the rules as if the customer asked. Refuses (``Rejected``) as they do, and where nobody is followed;
    ``CallNeeded`` when the grant is over.
    """
    found = desk.get_call_to_verify(act, public_id=public_id)
    call_id, point_id = found.id, found.delivery_point_id
    with transaction(act.session):
        call = desk.lock_call(act.session, call_id=call_id)
        page = act.session.scalars(
            select(Following).where(Following.call_id == call_id).with_for_update(key_share=True)
        ).one_or_none()
        if not call.is_live_at(act.now):
            caller_grants.require_held(act, point_id=point_id)
            raise NotFound
        if page is None or page.ended_at is not None:
            raise Rejected(Refusal.NOBODY_FOLLOWED)
        filled = nominations.prepare(
            act.for_account(page.user_id),
            point=call.delivery_point,
            kind=kind,
            gas_day=gas_day,
            quantity=quantity,
            call_id=call_id,
        )
        page.discarded_at = None
        act.session.flush()
        desk.record(
            act,
            AuditEvent.CALL_DRAFT_PREPARED,
            call=call,
            gas_day=gas_day.isoformat(),
            quantity=str(quantity.amount),
            unit=quantity.unit.value,
        )
        return filled


def _drafts(act: Act, *, call_id: int) -> Sequence[NominationDraft]:
    return (
        act.session.scalars(
            select(NominationDraft)
            .options(joinedload(NominationDraft.nomination))
            .where(NominationDraft.prepared_in_id == call_id)
            .order_by(NominationDraft.id.desc())
        )
        .unique()
        .all()
    )


def _locked(act: Act, *, user_id: int) -> Following | None:
    """Return the newest following of a customer that they did not end, locked until the transaction ends."""
    return act.session.scalars(
        select(Following)
        .where(Following.user_id == user_id, Following.ended_at.is_(None))
        .order_by(Following.begun_at.desc(), Following.call_id.desc())
        .limit(1)
        .with_for_update(key_share=True)
    ).one_or_none()
