"""State of the portal for its administrators: its workers, and the mails and jobs that wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, func, select

from portal.domain.accounts import Function
from portal.domain.jobs import JobState
from portal.models import Holiday, Job, OutboxMessage
from portal.services.mail.delivery import MOST_ATTEMPTS, may_leave
from portal.services.store.acts import Act
from portal.services.store.permissions import require

from . import heartbeats
from .backups import runs
from .backups.runs import Newest
from .heartbeats import Seen

# The board shows holidays that the portal added by itself for this long.
NEWS = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Upkeep:
    """The recent workers, last seen first; the number of waiting mails and jobs, and the time of the oldest.

    ``mails_given_up`` of the waiting mails are not retried; messages without a gateway are none of them.
    ``new_holidays`` were added within ``NEWS``, the first of them is ``first_new_holiday``. ``copies`` are the
    last copy of the database that succeeded, and that failed.
    """

    workers: list[Seen]
    mails: int
    oldest_mail_at: datetime | None
    mails_given_up: int
    jobs: int
    oldest_job_at: datetime | None
    new_holidays: int
    first_new_holiday: date | None
    copies: Newest


def load(act: Act) -> Upkeep:
    """Return the state of the portal; four queries. ``NotAllowed`` without the function."""
    require(act, Function.ADMINISTER)
    unsent = and_(OutboxMessage.sent_at.is_(None), may_leave())
    waiting = Job.state == JobState.WAITING
    learnt = Holiday.is_observed & (Holiday.learnt_at > act.now - NEWS)
    row = act.session.execute(
        select(
            select(func.count(OutboxMessage.id)).where(unsent).scalar_subquery().label("mails"),
            select(func.min(OutboxMessage.created_at)).where(unsent).scalar_subquery().label("oldest_mail_at"),
            select(func.count(OutboxMessage.id))
            .where(unsent, OutboxMessage.attempts >= MOST_ATTEMPTS)
            .scalar_subquery()
            .label("given_up"),
            select(func.count(Job.id)).where(waiting).scalar_subquery().label("jobs"),
            select(func.min(Job.requested_at)).where(waiting).scalar_subquery().label("oldest_job_at"),
            select(func.count(Holiday.day)).where(learnt).scalar_subquery().label("new_holidays"),
            select(func.min(Holiday.day)).where(learnt).scalar_subquery().label("first_new_holiday"),
        )
    ).one()
    return Upkeep(
        heartbeats.list_seen(act.session),
        row.mails,
        row.oldest_mail_at,
        row.given_up,
        row.jobs,
        row.oldest_job_at,
        row.new_holidays,
        row.first_new_holiday,
        runs.find_newest(act.session),
    )
