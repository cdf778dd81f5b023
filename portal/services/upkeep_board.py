"""How the portal itself does, for who administers it: its workers, and what waits for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.jobs import JobState
from portal.domain.roles import Function, may
from portal.models import Job, OutboxMessage

from . import worker_heartbeats
from .actors import Actor
from .mail_delivery import MOST_ATTEMPTS
from .refusals import NotAllowed
from .worker_heartbeats import Seen


@dataclass(frozen=True, slots=True)
class Upkeep:
    """The workers of late, the one seen last first; how many mails and jobs wait, and since when the oldest does.

    ``mails_given_up`` of the mails that wait are tried no more.
    """

    workers: list[Seen]
    mails: int
    oldest_mail_at: datetime | None
    mails_given_up: int
    jobs: int
    oldest_job_at: datetime | None


def load(session: Session, *, actor: Actor) -> Upkeep:
    """Return how the portal does; two queries. ``NotAllowed`` without the function."""
    if not may(actor.role, Function.ADMINISTER):
        raise NotAllowed
    unsent = OutboxMessage.sent_at.is_(None)
    waiting = Job.state == JobState.WAITING
    row = session.execute(
        select(
            select(func.count(OutboxMessage.id)).where(unsent).scalar_subquery().label("mails"),
            select(func.min(OutboxMessage.created_at)).where(unsent).scalar_subquery().label("oldest_mail_at"),
            select(func.count(OutboxMessage.id))
            .where(unsent, OutboxMessage.attempts >= MOST_ATTEMPTS)
            .scalar_subquery()
            .label("given_up"),
            select(func.count(Job.id)).where(waiting).scalar_subquery().label("jobs"),
            select(func.min(Job.requested_at)).where(waiting).scalar_subquery().label("oldest_job_at"),
        )
    ).one()
    return Upkeep(
        worker_heartbeats.seen(session), row.mails, row.oldest_mail_at, row.given_up, row.jobs, row.oldest_job_at
    )
