"""Codes for a lost telephone: ten at a time, shown once, each good once (NIST SP 800-63B-4, look-up secrets)."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.keys import WEB_ALPHABET, BadKeyFormat, normalise_code
from portal.models import RecoveryCode, User
from portal.services.store import identity
from portal.services.store.actors import Actor
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit

from . import mails, second_factor
from .tokens import Tokens

CODES, LENGTH = 10, 10


def issue(session: Session, *, vault: Vault, user: User, now: datetime) -> tuple[str, ...]:
    """Give the account ten new codes in place of those before, inside the caller's transaction.

    They come as they are printed, ``K7QF2-M9XTB``; nobody can read them again.
    """
    forget(session, user=user)
    codes = ["".join(secrets.choice(WEB_ALPHABET) for _ in range(LENGTH)) for _ in range(CODES)]
    session.add_all(
        RecoveryCode(user_id=user.id, code_hash=vault.recovery_hash(code, user.public_id), created_at=now)
        for code in codes
    )
    return tuple(f"{code[:5]}-{code[5:]}" for code in codes)


def renew(session: Session, *, vault: Vault, actor: Actor, now: datetime) -> tuple[str, ...]:
    """Give the signed-in account ten new codes; those before are worth nothing any more. Commits."""
    if actor.user_id is None:
        raise ValueError("codes belong to an account")
    with transaction(session):
        user = identity.lock(session, user_id=actor.user_id)
        codes = issue(session, vault=vault, user=user, now=now)
        audit.record(session, event=AuditEvent.RECOVERY_CODES_RENEWED, actor=actor, now=now, subject=user.public_id)
        return codes


def forget(session: Session, *, user: User) -> None:
    """Make every code of the account worth nothing, inside the caller's transaction."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def left(session: Session, *, user_id: int) -> int:
    """Return how many codes of the account were not used yet."""
    unused = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return session.scalar(unused) or 0


def finish(
    session: Session,
    *,
    vault: Vault,
    awaiting: Actor,
    typed: str,
    device: str | None,
    user_agent: str,
    base_url: str,
    now: datetime,
) -> Tokens:
    """Turn a session that owes its second factor into a full one with a recovery code; commits.

    The code is spent and its owner told by mail. Refuses (``Rejected``) another form, which spends nothing, and a wrong
    or used code; ``TooManyAttempts`` while throttled: it counts with the codes of the authenticator.
    """
    session_id = awaiting.session_id
    if session_id is None:
        raise ValueError("only a session that has its password can use a recovery code")
    code = _normalised(typed)

    def verify(user: User) -> bool | None:
        second_factor.refuse_ended(session, session_id=session_id, now=now)
        fits = user.disabled_at is None and _spend(session, vault=vault, user=user, code=code, now=now)
        return fits or None

    def begin(user: User, _right: bool) -> Tokens:
        tokens = second_factor.begin_full(
            session, user=user, awaiting=awaiting, device=device, user_agent=user_agent, now=now
        )
        unused = left(session, user_id=user.id)
        mails.recovery_used(session, to=user.email, left=unused, base_url=base_url, now=now)
        return tokens

    ends = second_factor.RECOVERED
    return second_factor.prove(session, actor=awaiting, now=now, ends=ends, verify=verify, then=begin)


def _normalised(typed: str) -> str:
    try:
        return normalise_code(typed, LENGTH)
    except BadKeyFormat:
        raise Rejected(Refusal.RECOVERY_CODE_FORMAT, "code") from None


def _spend(session: Session, *, vault: Vault, user: User, code: str, now: datetime) -> bool:
    spent = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user.id,
            RecoveryCode.code_hash == vault.recovery_hash(code, user.public_id),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.id)
    )
    return spent.one_or_none() is not None
