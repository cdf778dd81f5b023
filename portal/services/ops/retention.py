"""Rows that nobody needs after their days: counted first, then removed in batches (``docs/adr/0156``).

Never of an append-only table, nor what a term of law, an open case or a key in force needs: what those refer to stays
whatever the setting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, not_, or_, select, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.domain.jobs import JobState, UploadState
from portal.domain.settings import FOR_EVER, SettingName
from portal.models import (
    AccessKey,
    AccountView,
    AttemptCounter,
    Call,
    Grant,
    Job,
    KeyAttempt,
    Nomination,
    NominationBatch,
    NominationBatchLine,
    NominationDraft,
    NominationGroup,
    OpenCharge,
    OutboxMessage,
    SignInSession,
    Upload,
)
from portal.services.mail import outbox
from portal.services.points import settings
from portal.services.store import duty_runs
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.trace import audit

BATCH = 500
# Counters that end with the version of a key, or with the block of an account, never by their days.
_OF_KEYS = ("pair", "point-version", "second-factor")
Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a table under a retention: since when they count, which may go at all, and how they go.

    ``keys`` identify a row; ``blanks`` are the values that take the place of what is removed, None for a whole row;
    ``first`` names what refers to a row and goes before it.
    """

    name: str
    setting: SettingName
    keys: tuple[InstrumentedAttribute[Any], ...]
    since: ColumnElement[datetime | None] | InstrumentedAttribute[Any]
    removable: Callable[[datetime], Condition]
    blanks: dict[str, Any] | None = None
    first: InstrumentedAttribute[Any] | None = None

    @property
    def model(self) -> Any:
        """The table of its rows."""
        return self.keys[0].class_


@dataclass(frozen=True, slots=True)
class Due:
    """Outcome for a part: its days (0: kept for ever), how many rows are due, since when the oldest that stays is."""

    part: str
    days: int
    count: int
    oldest_kept: datetime | None


def _ended_sessions(_now: datetime) -> Condition:
    return and_(
        not_(exists().where(Call.session_id == SignInSession.id)),
        not_(exists().where(AccountView.session_id == SignInSession.id)),
    )


def _spent_counters(now: datetime) -> Condition:
    return and_(
        AttemptCounter.scope.not_in(_OF_KEYS),
        AttemptCounter.opened_at.is_(None),
        or_(AttemptCounter.blocked_until.is_(None), AttemptCounter.blocked_until < now),
    )


def _spent_attempts(_now: datetime) -> Condition:
    in_force = exists().where(AccessKey.id == KeyAttempt.access_key_id, AccessKey.ended_at.is_(None))
    return and_(not_(in_force), not_(exists().where(OpenCharge.attempt_id == KeyAttempt.id)))


def _sent_mails(_now: datetime) -> Condition:
    # What was told about a case proves a term of law.
    return and_(OutboxMessage.case_id.is_(None), OutboxMessage.body != outbox.REMOVED_WORDS)


def _unsigned_drafts(_now: datetime) -> Condition:
    return NominationDraft.nomination_id.is_(None)


def _unsigned_batches(_now: datetime) -> Condition:
    signed = exists().where(Nomination.batch_id == NominationBatch.id)
    return and_(NominationBatch.signed_at.is_(None), not_(signed))


def _unsigned_groups(_now: datetime) -> Condition:
    return NominationGroup.signed_at.is_(None)


def _decided_files(_now: datetime) -> Condition:
    at_work = exists().where(Job.upload_id == Upload.id, Job.state.in_((JobState.WAITING, JobState.RUNNING)))
    return and_(Upload.state != UploadState.WAITING, func.length(Upload.content) > 0, not_(at_work))


PARTS: Sequence[Part] = (
    Part(
        "contents of files",
        SettingName.KEEP_FILES,
        (Upload.id,),
        Upload.uploaded_at,
        _decided_files,
        blanks={"content": b""},
    ),
    Part(
        "ended sessions",
        SettingName.KEEP_SESSIONS,
        (SignInSession.id,),
        func.coalesce(SignInSession.ended_at, SignInSession.expires_at),
        _ended_sessions,
        first=Grant.session_id,
    ),
    Part(
        "counters of attempts",
        SettingName.KEEP_ATTEMPTS,
        (AttemptCounter.scope, AttemptCounter.subject),
        AttemptCounter.last_at,
        _spent_counters,
    ),
    Part("attempts at keys", SettingName.KEEP_ATTEMPTS, (KeyAttempt.id,), KeyAttempt.at, _spent_attempts),
    Part(
        "texts of sent mails",
        SettingName.KEEP_MAILS,
        (OutboxMessage.id,),
        OutboxMessage.sent_at,
        _sent_mails,
        blanks={"body": outbox.REMOVED_WORDS, "html": None, "letter": None},
    ),
    Part(
        "drafts of a day", SettingName.KEEP_DRAFTS, (NominationDraft.id,), NominationDraft.updated_at, _unsigned_drafts
    ),
    Part(
        "drafts of many days",
        SettingName.KEEP_DRAFTS,
        (NominationBatch.id,),
        NominationBatch.updated_at,
        _unsigned_batches,
        first=NominationBatchLine.batch_id,
    ),
    # After their batches, which refer to them and are changed with them.
    Part(
        "drafts of all points",
        SettingName.KEEP_DRAFTS,
        (NominationGroup.id,),
        NominationGroup.updated_at,
        _unsigned_groups,
    ),
)


def preview(act: Act) -> list[Due]:
    """Return what a purge would remove, part by part; writes nothing."""
    return [_count(act, part) for part in PARTS]


def remove(act: Act, *, progress: Callable[[str, int, int], None] = lambda *_: None) -> list[Due]:
    """Remove what is due, a batch a transaction with its audit event; return what was removed. Commits.

    Stopped, it goes on with the next call.
    """
    removed = []
    for part in PARTS:
        due = _count(act, part)
        done = 0
        while due.count and (batch := _remove_batch(act, part, due.days)):
            done += batch
            progress(part.name, min(done, due.count), due.count)
        removed.append(Due(due.part, due.days, done, due.oldest_kept))
    act.session.rollback()
    return removed


def remove_due(act: Act) -> int:
    """Do the worker's purge of this day where the setting says so; return how many rows went. Commits."""
    session, today = act.session, GasDay.of(act.now)
    is_on = settings.read(session).retention(SettingName.PURGE_DAILY, today) == 1
    name = f"purge:{today.isoformat()}"
    if not is_on or duty_runs.is_done(session, name=name):
        session.rollback()
        return 0
    try:
        with transaction(session):
            duty_runs.take(act, name=name)
    except duty_runs.Taken:
        return 0
    return sum(due.count for due in remove(act))


def _days(act: Act, part: Part) -> int:
    return settings.read(act.session).retention(part.setting, GasDay.of(act.now))


def _is_due(act: Act, part: Part, days: int) -> Condition:
    return and_(part.since < act.now - timedelta(days=days), part.removable(act.now))


def _count(act: Act, part: Part) -> Due:
    session, days = act.session, _days(act, part)
    if days == FOR_EVER:
        return Due(part.name, days, 0, _oldest(session, part, part.since.is_not(None)))
    due = _is_due(act, part, days)
    count = session.scalar(select(func.count()).select_from(part.model).where(due)) or 0
    return Due(part.name, days, count, _oldest(session, part, and_(part.since.is_not(None), not_(due))))


def _oldest(session: Session, part: Part, staying: Condition) -> datetime | None:
    oldest: datetime | None = session.scalar(select(part.since).where(staying).order_by(part.since).limit(1))
    return oldest


def _remove_batch(act: Act, part: Part, days: int) -> int:
    """Remove at most a batch of what is due, inside a transaction of its own; return how many rows."""
    session = act.session
    with transaction(session):
        keys = session.execute(
            select(*part.keys).where(_is_due(act, part, days)).order_by(*part.keys).limit(BATCH).with_for_update()
        ).all()
        if not keys:
            return 0
        if part.first is not None:
            session.execute(
                delete(part.first.class_)
                .where(part.first.in_([key[0] for key in keys]))
                .execution_options(synchronize_session=False)
            )
        these = tuple_(*part.keys).in_([tuple(key) for key in keys])
        change = delete(part.model) if part.blanks is None else update(part.model).values(part.blanks)
        session.execute(change.where(these).execution_options(synchronize_session=False))
        audit.record(
            act,
            event=AuditEvent.RECORDS_PURGED,
            subject=part.setting.value,
            details={"rows": part.name, "count": len(keys), "days": days},
        )
        return len(keys)
