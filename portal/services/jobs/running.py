"""Jobs done: what a job changes and that it is done are one transaction, so that no crash does half or twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from portal.domain.jobs import JobKind, JobState
from portal.models import Job, Upload, User
from portal.services import audit
from portal.services.actors import Actor
from portal.services.file_problems import BadFile
from portal.services.refusals import Conflict, NotAllowed, Rejected
from portal.services.transactions import transaction

from .progress import Progress

log = structlog.get_logger(__name__)
OPEN = (JobState.WAITING, JobState.RUNNING)
# Whoever mends so many of a file sees the others in its next preview.
MOST_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Work:
    """What a job is given: who asked for it, the file, the parameters, the moment, and whom it tells how far it is."""

    actor: Actor
    name: str
    content: bytes
    parameters: Mapping[str, Any]
    now: datetime
    progress: Progress


# What came of a job: kept as JSON.
Outcome = Mapping[str, Any]
Do = Callable[[Session], Outcome]
# Does what needs no lock, such as reading the file, and returns what runs inside the job's transaction.
Runner = Callable[[Work], Do]


class Ran(NamedTuple):
    """Which job was done, and how it ended."""

    public_id: str
    kind: JobKind
    state: JobState


def run_next(
    session: Session, *, runners: Mapping[JobKind, Runner], folder: Path, clock: Callable[[], datetime]
) -> Ran | None:
    """Do the oldest job that waits, or that a worker began and did not live to end; None when there is none. Commits.

    ``folder`` takes the file that says how far it is. A job that is refused fails and is not tried again; one that the
    database could not take now is left for the next round.
    """
    job_id = _claim(session, runners, clock())
    if job_id is None:
        return None
    job = session.get_one(Job, job_id)
    public_id, kind = job.public_id, job.kind
    actor = Actor.system("worker")
    with Progress(folder, public_id) as progress:
        try:
            work = _work(session, job, clock(), progress)
            actor = work.actor
            do = runners[kind](work)
            with transaction(session):
                found = _held(session, job_id)
                if found is None:
                    return None
                _end(session, found, actor, clock(), outcome=do(session), failure=None)
            return Ran(public_id, kind, JobState.DONE)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            failure, outcome = _why(error, public_id)
        with transaction(session):
            found = _held(session, job_id)
            if found is not None:
                _end(session, found, actor, clock(), outcome=outcome, failure=failure)
    return Ran(public_id, kind, JobState.FAILED)


def _why(error: Exception, public_id: str) -> tuple[str, Outcome]:
    """Return the name of what ended a job, and of a file its problems."""
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


def _claim(session: Session, runners: Mapping[JobKind, Runner], now: datetime) -> int | None:
    """Mark the oldest open job as begun; it is looked for without a lock first, for mostly there is none."""
    oldest = select(Job.id).where(Job.state.in_(OPEN), Job.kind.in_(runners)).order_by(Job.id).limit(1)
    if session.scalars(oldest).first() is None:
        session.rollback()
        return None
    with transaction(session):
        # Who is at work on a job holds its row.
        job_id = session.scalars(oldest.with_for_update(skip_locked=True)).first()
        if job_id is not None:
            job = session.get_one(Job, job_id)
            job.state, job.started_at = JobState.RUNNING, now
        return job_id


def _held(session: Session, job_id: int) -> Job | None:
    """Return the job under its lock; None when another worker ended it in the meantime."""
    job = session.scalars(select(Job).where(Job.id == job_id).with_for_update()).one()
    return job if job.state is JobState.RUNNING else None


def _work(session: Session, job: Job, now: datetime, progress: Progress) -> Work:
    person = session.get_one(User, job.requested_by_id)
    if person.disabled_at is not None:
        raise NotAllowed
    actor = Actor(person.id, person.email, person.name, person.role, None, "", "worker")
    name, content = "", b""
    if job.upload_id is not None:
        name, content = session.execute(
            select(Upload.file_name, Upload.content).where(Upload.id == job.upload_id)
        ).one()
    return Work(actor, name, content, json.loads(job.parameters), now, progress)


def _end(
    session: Session, job: Job, actor: Actor, now: datetime, *, outcome: Mapping[str, Any], failure: str | None
) -> None:
    job.state = JobState.DONE if failure is None else JobState.FAILED
    job.finished_at, job.failure = now, failure
    job.outcome = json.dumps(dict(outcome), ensure_ascii=False)
    audit.record(
        session,
        event="job:done" if failure is None else "job:failed",
        actor=actor,
        now=now,
        subject=job.public_id,
        details={"kind": job.kind.value, "failure": failure},
    )
