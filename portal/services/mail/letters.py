"""A letter to several people: one row of the outbox for each, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import OutboxMessage
from portal.services.mail import outbox
from portal.services.store.distributors import distributor_of

from .layout import Letter


def post(
    session: Session,
    *,
    letter: Letter,
    kind: str,
    recipients: Iterable[str],
    now: datetime,
    attaches_nomination_id: int | None = None,
) -> None:
    """Put a letter in the outbox for each of these addresses."""
    ours = distributor_of(session)
    text, html = letter.as_text(ours), letter.as_html(ours)
    for recipient in recipients:
        outbox.post(
            session,
            kind=kind,
            recipient=recipient,
            subject=letter.subject,
            body=text,
            html=html,
            attaches_nomination_id=attaches_nomination_id,
            now=now,
        )


def post_once(session: Session, *, letter: Letter, kind: str, recipient: str, dedup_key: str, now: datetime) -> bool:
    """Put a letter in the outbox unless its key was used before; tell whether it was put there."""
    known = session.scalar(select(OutboxMessage.id).where(OutboxMessage.dedup_key == dedup_key))
    if known is not None:
        return False
    outbox.post(
        session,
        kind=kind,
        recipient=recipient,
        subject=letter.subject,
        body=letter.as_text(distributor_of(session)),
        html=letter.as_html(distributor_of(session)),
        dedup_key=dedup_key,
        now=now,
    )
    return True
