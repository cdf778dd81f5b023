"""Requests for jobs, and the jobs as pages show them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function, may
from portal.domain.audit_events import AuditEvent
from portal.domain.jobs import JobKind, JobState
from portal.models import Job, Upload, User
from portal.services.store.acts import Act, Actor
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, NotFound
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import leases

FUNCTIONS: Mapping[JobKind, Function] = {
    JobKind.IMPORT_READINGS: Function.LOAD_READINGS,
    JobKind.IMPORT_HEATING_VALUES: Function.LOAD_READINGS,
    JobKind.CERTIFY_READINGS: Function.LOAD_READINGS,
    JobKind.IMPORT_REGISTRY: Function.KEEP_REGISTRY,
    JobKind.PACK_STATEMENTS: Function.SEE_OVERVIEW,
}


class JobView(NamedTuple):
    """State of a job; ``outcome`` is its result, or the problems for which it gave up."""

    public_id: str
    kind: JobKind
    state: JobState
    file_name: str | None
    requested_at: datetime
    requested_by: str
    started_at: datetime | None
    finished_at: datetime | None
    outcome: Mapping[str, Any]
    failure: str | None

    @property
    def is_over(self) -> bool:
        """True if the job has ended."""
        return self.state in (JobState.DONE, JobState.FAILED)


def add(act: Act, *, kind: JobKind, upload_id: int | None = None, parameters: Mapping[str, Any] | None = None) -> str:
    """Request a job inside the caller's transaction, and return its public id."""
    actor = act.actor
    require(act, FUNCTIONS[kind])
    job = Job(
        public_id=secrets.token_urlsafe(12),
        kind=kind,
        upload_id=upload_id,
        parameters=json.dumps(dict(parameters or {}), ensure_ascii=False, sort_keys=True),
        requested_at=act.now,
        requested_by_id=actor.user_id,
        state=JobState.WAITING,
    )
    act.session.add(job)
    act.session.flush()
    audit.record(act, event=AuditEvent.JOB_REQUESTED, subject=job.public_id, details={"kind": kind.value})
    return job.public_id


def load(act: Act, *, public_id: str) -> JobView:
    """Return a job; ``NotFound`` for an unknown one, and for a kind that this role does not handle."""
    row = act.session.execute(_asked(act.actor).where(Job.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound
    return _view(row.Job, row.requested_by, row.file_name)


def list_jobs(act: Act, *, most: int = 20, before: int = 0) -> list[JobView]:
    """Return the jobs of this role's kinds, newest first, after the first ``before`` of them."""
    return _views(act.session, _asked(act.actor).offset(before).limit(most))


def list_all_jobs(act: Act, *, most: int = 50) -> list[JobView]:
    """Return the last jobs of everybody, newest first, for the administrator."""
    require(act, Function.ADMINISTER)
    return list_recent(act.session, most=most)


def list_recent(
    session: Session, *, state: JobState | None = None, kind: JobKind | None = None, most: int
) -> list[JobView]:
    """Return the newest jobs, of one state and one kind or all; for commands, without a permission."""
    rows = _JOBS.limit(most)
    if state is not None:
        rows = rows.where(Job.state == state)
    if kind is not None:
        rows = rows.where(Job.kind == kind)
    return _views(session, rows)


def retry(act: Act, *, public_id: str) -> JobKind:
    """Let a failed job wait again, with all its tries, for the person who asked for it; commits. Return its kind.

    ``NotFound`` for an unknown job, ``Conflict`` for one that did not fail, ``NotAllowed`` without the function.
    """
    session = act.session
    require(act, Function.ADMINISTER)
    with transaction(session):
        job = session.scalars(
            select(Job).where(Job.public_id == public_id).with_for_update(key_share=True)
        ).one_or_none()
        if job is None:
            raise NotFound
        if job.state is not JobState.FAILED:
            raise Conflict("job-not-failed", state=job.state)
        failure, job.failure, job.outcome = job.failure, None, None
        job.state, job.started_at, job.finished_at = JobState.WAITING, None, None
        leases.begin_anew(session, job_id=job.id)
        session.flush()
        audit.record(
            act,
            event=AuditEvent.JOB_RETRIED,
            subject=job.public_id,
            details={"kind": job.kind.value, "failure": failure},
        )
        return job.kind


# Jobs newest first, who asked for each, and its file.
_JOBS = (
    select(Job, User.name.label("requested_by"), Upload.file_name)
    .join(User, User.id == Job.requested_by_id)
    .outerjoin(Upload, Upload.id == Job.upload_id)
    .order_by(Job.id.desc())
)


def _asked(actor: Actor) -> Select[Job, str, str]:
    return _JOBS.where(Job.kind.in_([kind for kind, function in FUNCTIONS.items() if may(actor.role, function)]))


def _views(session: Session, rows: Select[Job, str, str]) -> list[JobView]:
    return [_view(row.Job, row.requested_by, row.file_name) for row in session.execute(rows)]


def _view(job: Job, name: str, file_name: str | None) -> JobView:
    return JobView(
        job.public_id,
        job.kind,
        job.state,
        file_name,
        job.requested_at,
        name,
        job.started_at,
        job.finished_at,
        json.loads(job.outcome or "{}"),
        job.failure,
    )
