"""Tokens of the distributor's own systems: read-only, given once, kept as a hash, always with an end (adr/0137)."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.domain.accounts import NEEDED, Function, StaffScope, may
from portal.domain.audit_events import AuditEvent
from portal.models import StaffToken, User
from portal.services.mail import outbox
from portal.services.store import identity
from portal.services.store.acts import Act, Actor
from portal.services.store.permissions import require
from portal.services.store.refusals import NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction

from . import tokens
from .sessions import hash_token

LIVE_TOKENS = 5
LONGEST_DAYS = 365


@dataclass(frozen=True, slots=True)
class StaffCaller:
    """A calling system of the distributor; ``actor`` is the account that made its token, with its present role."""

    token_id: int
    scopes: frozenset[StaffScope]
    last_used_at: datetime | None
    actor: Actor


def list_offered(act: Act) -> list[StaffScope]:
    """Return the scopes that the account may give to a token."""
    return [scope for scope, function in NEEDED.items() if may(act.actor.role, function)]


def list_own(act: Act) -> list[StaffToken]:
    """Return every token that the account ever made, newest first."""
    own = select(StaffToken).where(StaffToken.user_id == act.actor.user_id).order_by(StaffToken.id.desc())
    return list(act.session.scalars(own))


def create(act: Act, *, name: str, scopes: Collection[StaffScope], days: int) -> str:
    """Create a token that lives for ``days``, 1 to 365, and return its plain text, which cannot be read again.

    ``NotAllowed`` for a role without the function, or without the one of a scope. Refuses (``Rejected``) more than five
    live tokens of an account. Tells the account by mail. Commits.
    """
    require(act, Function.MAKE_TOKENS)
    if not scopes or not set(scopes) <= set(list_offered(act)) or not 1 <= days <= LONGEST_DAYS:
        raise NotAllowed
    session, user_id = act.session, act.actor.user_id or 0
    plain = act.distributor.token_prefix + secrets.token_urlsafe(32)
    with transaction(session):
        # Locked, so that two requests at once cannot exceed the limit.
        identity.lock(session, user_id=user_id)
        if sum(tokens.is_live(token, act.now) for token in list_own(act)) >= LIVE_TOKENS:
            raise Rejected(Refusal.TOKENS_SPENT, most=LIVE_TOKENS)
        token = StaffToken(
            public_id=secrets.token_urlsafe(12),
            user_id=user_id,
            name=name,
            token_hash=hash_token(plain),
            scopes=" ".join(scope.value for scope in StaffScope if scope in scopes),
            created_at=act.now,
            expires_at=act.now + timedelta(days=days),
        )
        session.add(token)
        session.flush()
        tokens.leave_trace(act, token=token, event=AuditEvent.API_TOKEN_CREATED)
        _tell(act, token=token)
    return plain


def revoke(act: Act, *, public_id: str) -> StaffToken:
    """End a token of the account at once; an ended one stays unchanged. ``NotFound`` for another's. Commits."""
    with transaction(act.session):
        token = act.session.scalars(
            select(StaffToken)
            .where(StaffToken.public_id == public_id, StaffToken.user_id == act.actor.user_id)
            .with_for_update(key_share=True)
        ).one_or_none()
        if token is None:
            raise NotFound
        if token.revoked_at is None:
            tokens.end(act, token)
        return token


def end_all(act: Act, *, user_id: int) -> int:
    """End every token of an account, inside the caller's transaction; return how many.

    When it is disabled, gets another role or another second factor, and after a reset.
    """
    mine = select(StaffToken).where(StaffToken.user_id == user_id, StaffToken.revoked_at.is_(None))
    return tokens.end_live(act, act.session.scalars(mine.order_by(StaffToken.id).with_for_update(key_share=True)))


def look_up(session: Session, *, token: str, address: str, now: datetime) -> StaffCaller | None:
    """Return the caller with this token; None if it is unknown, revoked or expired.

    It reaches no further than its maker: it is nothing without the account, its second factor and its function.
    """
    row = session.execute(_LIVE, {"hash": hash_token(token), "now": now}).first()
    if row is None or not may(row.role, Function.MAKE_TOKENS):
        return None
    return StaffCaller(
        token_id=row.id,
        scopes=scopes_of(row.scopes),
        last_used_at=row.last_used_at,
        actor=Actor(row.user_id, row.email, row.name, row.role, None, address, "api"),
    )


def charge(session: Session, *, caller: StaffCaller, now: datetime) -> None:
    """Count a request of the token, and record its use at most once a minute; commits.

    Refuses (``TooManyAttempts``) beyond 120 a minute.
    """
    tokens.count_use(session, model=StaffToken, caller=caller, now=now)


def scopes_of(words: str) -> frozenset[StaffScope]:
    """Return the scopes from their stored words."""
    return frozenset(StaffScope(word) for word in words.split())


_LIVE = (
    select(
        StaffToken.id,
        StaffToken.scopes,
        StaffToken.last_used_at,
        User.id.label("user_id"),
        User.email,
        User.name,
        User.role,
    )
    .join(User, User.id == StaffToken.user_id)
    .where(
        StaffToken.token_hash == bindparam("hash"),
        StaffToken.revoked_at.is_(None),
        StaffToken.expires_at > bindparam("now"),
        User.disabled_at.is_(None),
        User.totp_sealed.is_not(None),
    )
)


def _tell(act: Act, *, token: StaffToken) -> None:
    outbox.post(
        act,
        kind="staff-token-created",
        recipient=act.actor.email,
        subject="Se creó un token de la API con su cuenta de la consola",
        body=f"Con su cuenta se creó el token «{token.name}». Con él, un sistema lee de la consola lo que usted puede "
        "leer; no cambia nada.\n\n"
        "Si usted no lo creó, avise al administrador del portal y revóquelo en «Su acceso», «Tokens de la API».\n",
    )
