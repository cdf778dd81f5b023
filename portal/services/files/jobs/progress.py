"""Progress of a job, written by a connection of its own: the job's transaction shows nothing until it commits.

On PostgreSQL it is stored in the job's lease, so that every host shows it. SQLite has one writer, which the job is:
there a small file beside the database holds it, readable for every process that can open the database.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import structlog
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.models import Job, JobLease

log = structlog.get_logger(__name__)
# A page asks every second.
EVERY_SECONDS = 0.3
# Suffix of the file beside a SQLite database.
FOLDER = "jobs"


class Stage(NamedTuple):
    """Stage of a job, and its progress as (done, total)."""

    name: str
    done: int
    total: int


class Progress:
    """Writes the progress of a job, a few times a second at most. ``claim`` names the attempt that writes it."""

    def __init__(self, engine: Engine, *, job_id: int, claim: str) -> None:
        self._engine = engine
        self._job_id = job_id
        self._claim = claim
        self._path = _path(engine, job_id)
        self._told = 0.0

    def stage(self, name: str) -> Callable[[int, int], None]:
        """Return the counter of one stage."""

        def tell(done: int, total: int) -> None:
            if done >= total or time.monotonic() - self._told >= EVERY_SECONDS:
                self._told = time.monotonic()
                self._tell(Stage(name, done, total))

        return tell

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _tell(self, stage: Stage) -> None:
        try:
            if self._path is None:
                self._write(stage)
            else:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                draft = self._path.with_suffix(f".{os.getpid()}")
                draft.write_text(json.dumps(stage), encoding="utf-8")
                draft.replace(self._path)
        except (OSError, SQLAlchemyError) as error:
            # The job goes on even if its progress cannot be shown.
            log.warning("job progress not told", job_id=self._job_id, error=type(error).__name__)

    def _write(self, stage: Stage) -> None:
        row = update(JobLease).where(JobLease.job_id == self._job_id, JobLease.claimed_by == self._claim)
        with self._engine.begin() as connection:
            connection.execute(row.values(stage=stage.name, stage_done=stage.done, stage_total=stage.total))


def read(session: Session, public_id: str) -> Stage | None:
    """Return the progress of a job; None if nothing was written yet, or the job is over."""
    row = session.execute(
        select(Job.id, JobLease.stage, JobLease.stage_done, JobLease.stage_total)
        .outerjoin(JobLease, JobLease.job_id == Job.id)
        .where(Job.public_id == public_id)
    ).one_or_none()
    if row is None:
        return None
    path = _path(engine_of(session), row.id)
    if path is None:
        return None if row.stage is None else Stage(row.stage, row.stage_done, row.stage_total)
    try:
        name, done, total = json.loads(path.read_text(encoding="utf-8"))
        return Stage(str(name), int(done), int(total))
    except (OSError, ValueError, TypeError):
        return None


def engine_of(session: Session) -> Engine:
    """Return the engine of a session, for a separate connection."""
    bind = session.get_bind()
    return bind if isinstance(bind, Engine) else bind.engine


def _path(engine: Engine, job_id: int) -> Path | None:
    """Return the progress file of a SQLite database's job; None on other databases."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return None
    return Path(engine.url.database).parent / FOLDER / f"{job_id}.json"
