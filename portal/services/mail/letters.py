"""A letter to several people: one row of the outbox for each, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from portal.models import OutboxMessage
from portal.services.mail import outbox
from portal.services.store.acts import Act

from .layout import Letter


def post(
    act: Act, *, letter: Letter, kind: str, recipients: Iterable[str], attaches_nomination_id: int | None = None
) -> None:
    """Put a letter in the outbox for each of these addresses."""
    ours = act.distributor
    text, html = letter.as_text(ours), letter.as_html(ours)
    for recipient in recipients:
        outbox.post(
            act,
            kind=kind,
            recipient=recipient,
            subject=letter.subject,
            body=text,
            html=html,
            attaches_nomination_id=attaches_nomination_id,
        )


def post_once(act: Act, *, letter: Letter, kind: str, recipient: str, dedup_key: str) -> bool:
    """Put a letter in the outbox unless its key was used before; tell whether it was put there."""
    session = act.session
    known = session.scalar(select(OutboxMessage.id).where(OutboxMessage.dedup_key == dedup_key))
    if known is not None:
        return False
    outbox.post(
        act,
        kind=kind,
        recipient=recipient,
        subject=letter.subject,
        body=letter.as_text(act.distributor),
        html=letter.as_html(act.distributor),
        dedup_key=dedup_key,
    )
    return True
