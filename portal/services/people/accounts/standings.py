"""Whether an account may sign in: what disabling takes away at once, and what enabling gives back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.accounts import LinkPurpose
from portal.domain.audit_events import AuditEvent
from portal.models import User
from portal.services.people import sessions
from portal.services.store.actors import Actor
from portal.services.trace import audit

from . import links


def disable(session: Session, *, user: User, actor: Actor, now: datetime) -> None:
    """Disable a locked account inside the caller's transaction: its sessions and links end with it."""
    user.disabled_at = now
    ended = sessions.end_all(session, user_id=user.id, now=now)
    for purpose in LinkPurpose:
        links.kill(session, user_id=user.id, purpose=purpose, now=now)
    audit.record(
        session,
        event=AuditEvent.ACCOUNT_DISABLED,
        actor=actor,
        now=now,
        subject=user.public_id,
        details={"sessions_ended": ended},
    )


def enable(session: Session, *, user: User, actor: Actor, now: datetime) -> None:
    """Let a locked, disabled account sign in again inside the caller's transaction."""
    user.disabled_at = None
    audit.record(session, event=AuditEvent.ACCOUNT_ENABLED, actor=actor, now=now, subject=user.public_id)
