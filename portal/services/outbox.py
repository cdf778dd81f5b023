"""Mail to send, written in the transaction that causes it and sent later by the worker."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from portal.models import OutboxMessage


def post(session: Session, *, kind: str, recipient: str, subject: str, body: str, now: datetime) -> OutboxMessage:
    """Put one plain-text mail in the outbox, inside the caller's transaction."""
    message = OutboxMessage(
        created_at=now, kind=kind, recipient=recipient, subject=subject, body=body, next_attempt_at=now
    )
    session.add(message)
    return message
