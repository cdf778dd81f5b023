"""Codes for a lost telephone: ten at a time, shown once, each good once (NIST SP 800-63B-4, look-up secrets)."""

from __future__ import annotations

import secrets

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.keys import WEB_ALPHABET, BadKeyFormat, normalise_code
from portal.models import RecoveryCode, User
from portal.services.store import identity
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import mails, second_factor
from .sign_in import Tokens

CODES, LENGTH = 10, 10


def issue(act: Act, *, user: User) -> tuple[str, ...]:
    """Replace the account's codes by ten new ones, inside the caller's transaction.

    Returned in printed form, ``K7QF2-M9XTB``; they cannot be read again.
    """
    forget(act.session, user=user)
    codes = ["".join(secrets.choice(WEB_ALPHABET) for _ in range(LENGTH)) for _ in range(CODES)]
    act.session.add_all(
        RecoveryCode(
            user_id=user.id, code_hash=act.vault.recovery_hash(code, user.public_id, at=act.now), created_at=act.now
        )
        for code in codes
    )
    return tuple(f"{code[:5]}-{code[5:]}" for code in codes)


def renew(act: Act) -> tuple[str, ...]:
    """Replace the signed-in account's codes by ten new ones. Commits."""
    if act.actor.user_id is None:
        raise ValueError("codes belong to an account")
    with transaction(act.session):
        user = identity.lock(act.session, user_id=act.actor.user_id)
        codes = issue(act, user=user)
        audit.record(act, event=AuditEvent.RECOVERY_CODES_RENEWED, subject=user.public_id)
        return codes


def forget(session: Session, *, user: User) -> None:
    """Revoke every code of the account, inside the caller's transaction."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def count_left(session: Session, *, user_id: int) -> int:
    """Return how many codes of the account are unused."""
    unused = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return session.scalar(unused) or 0


def finish(act: Act, *, awaiting: Actor, typed: str, device: str | None, user_agent: str) -> Tokens:
    """Turn a session that owes its second factor into a full one with a recovery code; commits.

    Spends the code and sends its owner a mail. Refuses (``Rejected``) a malformed code, which spends nothing, and a
    wrong or used one; ``TooManyAttempts`` while throttled: it counts together with the authenticator's codes.
    """
    session_id = awaiting.session_id
    if session_id is None:
        raise ValueError("only a session that has its password can use a recovery code")
    code = _normalised(typed)

    def verify(user: User) -> bool | None:
        second_factor.refuse_ended(act, session_id=session_id)
        fits = user.disabled_at is None and _spend(act, user=user, code=code)
        return fits or None

    def begin(user: User, _right: bool) -> Tokens:
        tokens = second_factor.begin_full(act, user=user, awaiting=awaiting, device=device, user_agent=user_agent)
        unused = count_left(act.session, user_id=user.id)
        mails.post_recovery_used(act, to=user.email, left=unused)
        return tokens

    ends = second_factor.RECOVERED
    return second_factor.prove(act.by(awaiting), ends=ends, verify=verify, then=begin)


def _normalised(typed: str) -> str:
    try:
        return normalise_code(typed, LENGTH)
    except BadKeyFormat:
        raise Rejected(Refusal.RECOVERY_CODE_FORMAT, "code") from None


def _spend(act: Act, *, user: User, code: str) -> bool:
    spent = act.session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user.id,
            RecoveryCode.code_hash.in_(act.vault.recovery_hashes(code, user.public_id)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=act.now)
        .returning(RecoveryCode.id)
    )
    return spent.one_or_none() is not None
