"""Runs of jobs: a job's changes and its end are one transaction, so that no crash leaves half or double work."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.jobs import JobKind, JobState
from portal.models import Job, JobLease, Upload, User
from portal.services.files.problems import BadFile
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Conflict, NotAllowed, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import leases
from .leases import Renewal
from .progress import Progress, engine_of

log = structlog.get_logger(__name__)
OPEN = (JobState.WAITING, JobState.RUNNING)
# Reason for giving up a job whose workers died.
WORKER_DIED = "worker-died"
MOST_LOOKED_AT = 50
# Store so many problems of a file at most: its next preview shows the others.
MOST_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Work:
    """Input of a job: the requesting person, the file, the parameters, the moment, and the progress."""

    actor: Actor
    name: str
    content: bytes
    parameters: Mapping[str, Any]
    now: datetime
    progress: Progress
    # Row of the job, for what it leaves behind.
    job_id: int


# Result of a job, stored as JSON.
Outcome = Mapping[str, Any]
Do = Callable[[Session], Outcome]
# Does the part that needs no lock, such as reading the file; returns the part for the job's transaction.
Runner = Callable[[Work], Do]


class Ran(NamedTuple):
    """A job that was run, and its outcome."""

    public_id: str
    kind: JobKind
    state: JobState


def run_next(
    session: Session,
    *,
    runners: Mapping[JobKind, Runner],
    clock: Callable[[], datetime],
    system_clock: leases.Clock = lambda: datetime.now(UTC),
) -> Ran | None:
    """Run the oldest job that waits, or whose worker died; return None if there is none. Commits.

    Claims the job first, so that no two workers run it at once. A refused job fails and is not tried again; one that
    the database could not take now, or whose worker was stopped, waits as before; one whose worker died three times
    fails for that reason.
    """
    claimed = _claim(session, runners, clock, system_clock())
    if claimed is None or isinstance(claimed, Ran):
        return claimed
    job_id, claim = claimed
    engine = engine_of(session)
    try:
        with Renewal(engine, job_id=job_id, claim=claim, clock=system_clock):
            return _run(session, runners, clock, job_id=job_id, claim=claim)
    except (OperationalError, InterfaceError, KeyboardInterrupt, SystemExit):
        session.rollback()
        leases.give_back(session, job_id=job_id, claim=claim)
        raise


def _run(
    session: Session, runners: Mapping[JobKind, Runner], clock: Callable[[], datetime], *, job_id: int, claim: str
) -> Ran | None:
    job = session.get_one(Job, job_id)
    public_id, kind = job.public_id, job.kind
    actor = Actor.system("worker")
    with Progress(engine_of(session), job_id=job_id, claim=claim) as progress:
        try:
            work = _work(Act.of_system(session, clock()), job, progress)
            actor = work.actor
            do = runners[kind](work)
            with transaction(session):
                found = _held(session, job_id, claim)
                if found is None:
                    return None
                outcome = do(session)
                _end(Act.at(session, actor, clock()), found, outcome=outcome, failure=None)
            return Ran(public_id, kind, JobState.DONE)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            failure, outcome = _why(error, public_id)
        with transaction(session):
            found = _held(session, job_id, claim)
            if found is None:
                return None
            _end(Act.at(session, actor, clock()), found, outcome=outcome, failure=failure)
    return Ran(public_id, kind, JobState.FAILED)


def _why(error: Exception, public_id: str) -> tuple[str, Outcome]:
    """Return the name of the error that ended a job, and for a file its problems."""
    match error:
        case BadFile():
            problems = [asdict(each) for each in error.problems[:MOST_PROBLEMS]]
            return "bad-file", {"problems": problems, "count": len(error.problems)}
        case Conflict():
            return error.reason, {}
        case Rejected():
            return error.refusal.value, {}
        case NotAllowed():
            return "not-allowed", {}
        case IntegrityError():
            return "changed-meanwhile", {}
    # One bad job must stop neither the worker nor the jobs behind it.
    log.error("a job failed", job=public_id, exc_info=error)
    return "unexpected", {}


def is_waiting(session: Session, *, kinds: Collection[JobKind], at: datetime) -> bool:
    """Tell whether there is an unclaimed job of these kinds; ``at`` is a moment of the system's clock."""
    try:
        return bool(_free(session, kinds, at))
    finally:
        session.rollback()


def _free(session: Session, kinds: Collection[JobKind], at: datetime) -> list[int]:
    """Return the ids of the unclaimed jobs: those that killed no worker first, each group by age."""
    rows = session.execute(
        select(Job.id, JobLease)
        .outerjoin(JobLease, JobLease.job_id == Job.id)
        .where(Job.state.in_(OPEN), Job.kind.in_(list(kinds)))
        .order_by(func.coalesce(JobLease.attempts, 0), Job.id)
        .limit(MOST_LOOKED_AT)
        .execution_options(populate_existing=True)
    )
    return [row.id for row in rows if leases.is_free(row.JobLease, at=at)]


def _claim(
    session: Session, runners: Mapping[JobKind, Runner], clock: Callable[[], datetime], at: datetime
) -> tuple[int, str] | Ran | None:
    """Claim a job, after a look without a lock, since mostly there is none.

    Returns the outcome of a job that was given up instead of being tried once more.
    """
    free = _free(session, runners, at)
    session.rollback()
    for job_id in free:
        claim = leases.make_claim()
        with transaction(session):
            # A worker that is claiming or ending a job holds its row.
            job = session.scalars(
                select(Job).where(Job.id == job_id, Job.state.in_(OPEN)).with_for_update(skip_locked=True)
            ).one_or_none()
            lease = None if job is None else leases.take(session, job_id=job_id, claim=claim, at=at)
            if job is None or lease is None:
                continue
            if lease.attempts > leases.MOST_ATTEMPTS:
                lease.attempts = leases.MOST_ATTEMPTS
                _end(Act.at(session, Actor.system("worker"), clock()), job, outcome={}, failure=WORKER_DIED)
                log.error("job given up", job=job.public_id, kind=job.kind.value, attempts=lease.attempts)
                return Ran(job.public_id, job.kind, JobState.FAILED)
            job.state, job.started_at = JobState.RUNNING, clock()
            return job_id, claim
    return None


def _held(session: Session, job_id: int, claim: str) -> Job | None:
    """Return the job under its lock; None if another worker ended or claimed it in the meantime."""
    job = session.scalars(select(Job).where(Job.id == job_id).with_for_update(key_share=True)).one()
    return job if job.state is JobState.RUNNING and leases.is_held(session, job_id=job_id, claim=claim) else None


def _work(act: Act, job: Job, progress: Progress) -> Work:
    person = act.session.get_one(User, job.requested_by_id)
    if person.disabled_at is not None:
        raise NotAllowed
    actor = Actor(person.id, person.email, person.name, person.role, None, "", "worker")
    name, content = "", b""
    if job.upload_id is not None:
        file = act.session.execute(select(Upload.file_name, Upload.content).where(Upload.id == job.upload_id)).one()
        name, content = file.file_name, file.content
    return Work(actor, name, content, json.loads(job.parameters), act.now, progress, job.id)


def _end(act: Act, job: Job, *, outcome: Mapping[str, Any], failure: str | None) -> None:
    job.state = JobState.DONE if failure is None else JobState.FAILED
    job.finished_at, job.failure = act.now, failure
    job.outcome = json.dumps(dict(outcome), ensure_ascii=False)
    leases.end(act.session, job_id=job.id)
    audit.record(
        act,
        event=AuditEvent.JOB_DONE if failure is None else AuditEvent.JOB_FAILED,
        subject=job.public_id,
        details={"kind": job.kind.value, "failure": failure},
    )
