"""Mail to send, written in the transaction that causes it and sent later by the worker."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from portal.models import OutboxMessage

# As the column has it.
LONGEST_SUBJECT = 200


def post(
    session: Session,
    *,
    kind: str,
    recipient: str,
    subject: str,
    body: str,
    now: datetime,
    html: str | None = None,
    dedup_key: str | None = None,
    attaches_nomination_id: int | None = None,
) -> OutboxMessage:
    """Put one mail in the outbox, inside the caller's transaction.

    ``body`` is its plain text, ``html`` the same with a form. The subject becomes one line of 200 characters at most:
    no mail server takes a header of two. A ``dedup_key`` is taken once for ever: a second mail
    with it is an ``IntegrityError``. The receipt of a nomination may go with it, typeset when it leaves.
    """
    message = OutboxMessage(
        created_at=now,
        kind=kind,
        recipient=recipient,
        subject=_one_line(subject),
        body=body,
        html=html,
        dedup_key=dedup_key,
        attaches_nomination_id=attaches_nomination_id,
        next_attempt_at=now,
    )
    session.add(message)
    return message


def _one_line(subject: str) -> str:
    line = " ".join(subject.split())
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1]}…"
