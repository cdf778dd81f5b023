"""Jobs of the worker, in a process of its own: a crash or leak leaves duties and mail alone."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.domain.jobs import JobKind
from portal.services.account import statement_packs
from portal.services.files import jobs
from portal.services.files.jobs import Runner
from portal.services.ops import job_runners

from .commands import first_line
from .installation import Portal

LOOK_SECONDS = 1.0
# The process waits this long for another job: a start takes about a second.
LINGER_SECONDS = 30.0
# A job that runs longer has hung.
MOST_JOB_SECONDS = 3600.0
# When memory runs out, the kernel ends this process before any other of the portal.
FIRST_TO_GO = "800"
log = structlog.get_logger("portal.worker")


def run_all(session: Session, portal: Portal) -> None:
    """Do every job without a worker."""
    while _run_one(session, portal):
        pass


def run_until_idle(portal: Portal, parent: int | None) -> None:
    """Do jobs until there was none for half a minute: main function of the process.

    When stopped, the job under way is rolled back and waits again.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO, encoding="ascii")
    idle_since = time.monotonic()
    while time.monotonic() - idle_since < LINGER_SECONDS and parent in (None, os.getppid()):
        try:
            with portal.sessions() as session:
                if _run_one(session, portal):
                    idle_since = time.monotonic()
                    continue
        except SQLAlchemyError as error:
            log.warning("jobs wait", reason=first_line(error))
        time.sleep(LOOK_SECONDS)


def _run_one(session: Session, portal: Portal) -> bool:
    began = time.monotonic()
    hung = threading.Timer(MOST_JOB_SECONDS, _end_hung)
    hung.daemon = True
    hung.start()
    try:
        ran = jobs.run_next(session, runners=_runners(portal), clock=portal.settings.clock)
    finally:
        hung.cancel()
    if ran is None:
        return False
    ms = round((time.monotonic() - began) * 1000, 1)
    log.info("job", job=ran.public_id, kind=ran.kind.value, outcome=ran.state.value, ms=ms)
    return True


def _runners(portal: Portal) -> Mapping[JobKind, Runner]:
    # Papers are laid out with the pages' own code: loaded only here.
    from portal.blueprints.balances.files.packs import write_pack

    pack = statement_packs.make_runner(portal.sessions, write_pack)
    return {**job_runners.RUNNERS, JobKind.PACK_STATEMENTS: pack}


def _stop(_number: int, _frame: object) -> None:
    raise SystemExit(0)


def _end_hung() -> None:
    log.error("job hung", seconds=MOST_JOB_SECONDS)
    os._exit(1)


class JobProcess:
    """Starts the process when there is a job, and logs its death."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """True while it runs; a death is logged."""
        if self._process is None:
            return False
        status = self._process.poll()
        if status is None:
            return True
        if status != 0:
            log.error("job process died", process=self._process.pid, status=status)
        self._process = None
        return False

    def look(self, session: Session) -> None:
        """Start the process when a job waits and none is running."""
        if self.is_running or not jobs.is_waiting(session, kinds=list(JobKind), at=datetime.now(UTC)):
            return
        command = [sys.executable, "-m", "portal.cli", "worker", "--jobs-only", "--parent", str(os.getpid())]
        self._process = subprocess.Popen(command)  # noqa: S603

    def tell_to_end(self) -> None:
        """Tell it to stop; it returns its job."""
        if self._process is not None:
            self._process.terminate()

    def end(self, give_up: float) -> None:
        """Wait for its end until ``give_up``, a moment of the monotonic clock; then kill it."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.1, give_up - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
