"""Disabling and enabling of an account: what ends at once, and what comes back."""

from __future__ import annotations

from portal.domain.accounts import LinkPurpose
from portal.domain.audit_events import AuditEvent
from portal.models import User
from portal.services.mail import push_subscriptions
from portal.services.people import sessions, staff_tokens
from portal.services.store.acts import Act
from portal.services.trace import audit

from . import links, trusted_devices


def disable(act: Act, *, user: User) -> None:
    """Disable a locked account inside the caller's transaction: its sessions, links and devices end."""
    user.disabled_at = act.now
    ended = sessions.end_all(act.session, user_id=user.id, now=act.now)
    trusted_devices.end_all(act.session, user_id=user.id, now=act.now)
    staff_tokens.end_all(act, user_id=user.id)
    push_subscriptions.end_all(act, user_id=user.id)
    for purpose in LinkPurpose:
        links.kill(act, user_id=user.id, purpose=purpose)
    audit.record(act, event=AuditEvent.ACCOUNT_DISABLED, subject=user.public_id, details={"sessions_ended": ended})


def enable(act: Act, *, user: User) -> None:
    """Let a locked, disabled account sign in again inside the caller's transaction."""
    user.disabled_at = None
    audit.record(act, event=AuditEvent.ACCOUNT_ENABLED, subject=user.public_id)
