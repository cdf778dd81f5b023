"""`portal worker` as a process: what hangs, breaks or dies in it ends nothing else of it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cli import worker_rounds
from portal.domain.jobs import JobKind, JobState
from portal.domain.ports import Port
from portal.migrations import runner
from portal.models import DayClose, Job, JobLease, OutboxMessage, WorkerHeartbeat
from portal.models.engine import make_engine
from portal.services.mail import delivery, outbox
from portal.services.ops import duties, heartbeats
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests import factories
from tests.factories import NOW
from tests.processes import without_portal_settings

ROOT = Path(__file__).parents[2]
# Long after the close of noon; a process under load may take its time.
AFTER_CLOSE = (NOW + timedelta(hours=4)).isoformat()
# The promise for the end is three seconds; an end that hangs takes the mail server's eight, or for ever.
PATIENCE_SECONDS, END_SECONDS = 90, 7
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class HangingSink:
    """A mail server that takes connections and says nothing."""

    def __enter__(self) -> HangingSink:
        self._server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.met: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for connection in self.met:
            connection.close()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._server.getsockname()[1]}"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self.met.append(self._server.accept()[0])


class Process:
    """A running `portal worker` and what it said."""

    def __init__(self, environment: dict[str, str], log: Path, **settings: str) -> None:
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "portal.cli", "worker"],
                cwd=ROOT,
                env=without_portal_settings() | environment | settings,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def lines(self) -> list[dict[str, Any]]:
        """Everything it said: each line is JSON."""
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]

    def end(self, number: int = signal.SIGTERM) -> float:
        """Tell it to stop; return after how many seconds it did."""
        began = time.monotonic()
        self.process.send_signal(number)
        assert self.process.wait(30) == 0, self.log.read_text(encoding="utf-8")
        return time.monotonic() - began

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


Start = Callable[..., Process]


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    started: list[Process] = []

    def begin(**settings: str) -> Process:
        started.append(Process(environment, tmp_path / f"worker{len(started)}.log", **settings))
        return started[-1]

    yield begin
    for process in started:
        process.kill()


def until(found: Callable[[], Any], process: Process) -> Any:
    """Wait until something is there."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not (what := found()):
        assert process.process.poll() is None, process.log.read_text(encoding="utf-8")
        assert time.monotonic() < give_up, process.log.read_text(encoding="utf-8")
        time.sleep(0.1)
    return what


def post(database: Session, count: int) -> None:
    with transaction(database):
        for number in range(count):
            recipient = f"persona{number}@example.com"
            outbox.post(Act.of_system(database, NOW), kind="test", recipient=recipient, subject="Aviso", body="Hola.\n")


def ask_for_a_job(database: Session, *, parameters: str = "{}") -> str:
    """A job that asks for what is not there: the worker tries it, and tells that it failed."""
    with transaction(database):
        person = factories.user(database)
        job = Job(
            public_id=f"job-{person.id}",
            kind=JobKind.CERTIFY_READINGS,
            parameters=parameters,
            requested_at=NOW,
            requested_by_id=person.id,
            state=JobState.WAITING,
        )
        database.add(job)
    return job.public_id


def state_of(database: Session, job: str) -> JobState:
    database.rollback()
    database.expire_all()
    return database.scalars(select(Job.state).where(Job.public_id == job)).one()


def fresh(database: Session, model: type[Any]) -> list[Any]:
    database.rollback()
    database.expire_all()
    return list(database.scalars(select(model)))


def test_a_mail_server_that_hangs_holds_neither_the_close_nor_jobs_nor_the_end(start: Start, point, database: Session):
    post(database, 12)
    job = ask_for_a_job(database)
    with HangingSink() as sink:
        process = start(PORTAL_SMTP_URL=sink.url, PORTAL_NOW=AFTER_CLOSE)
        until(lambda: sink.met, process)
        assert until(lambda: fresh(database, DayClose), process)
        until(lambda: state_of(database, job) is JobState.FAILED, process)
        (seen,) = until(lambda: fresh(database, WorkerHeartbeat), process)
        assert (seen.host, seen.pid) == (socket.gethostname(), process.process.pid)
        assert process.end() < END_SECONDS
        tried = [mail for mail in fresh(database, OutboxMessage) if mail.kind == "test" and mail.attempts]
        assert len(tried) <= 2, "the mails behind the first are not spent on a server that hangs"
    assert all(line["pid"] and line["host"] for line in process.lines())


@ON_SQLITE
def test_anchors_that_cannot_be_written_end_no_other_duty(start: Start, point, instance: Path, database: Session):
    (instance / "audit-anchors.log").mkdir(parents=True)
    process = start(PORTAL_NOW=AFTER_CLOSE)
    assert until(lambda: fresh(database, DayClose), process)
    until(
        lambda: [line for line in process.lines() if line["event"].startswith("the anchor could not be kept")], process
    )
    assert process.end(signal.SIGINT) < END_SECONDS


def test_whatever_breaks_in_one_duty_the_others_are_done(
    point, database: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def breaks(*_arguments: object, **_options: object) -> int:
        raise ZeroDivisionError

    for module, name in (("reminders", "post_due"), ("uploads", "expire"), ("daily_anchors", "anchor_due")):
        monkeypatch.setattr(f"portal.services.ops.duties.{module}.{name}", breaks)
    done = duties.perform(Act.of_system(database, NOW + timedelta(hours=4)), anchors=tmp_path / "anchors")
    assert done.closes > 0
    assert done.failed == ("reminders", "old-files", "anchor")


@ON_SQLITE
def test_a_database_that_is_away_at_the_start_is_waited_for(start: Start, environment: dict[str, str], tmp_path: Path):
    later = tmp_path / "later"
    url = f"sqlite:///{later / 'portal.db'}"
    process = start(PORTAL_DATABASE_URL=url)
    until(lambda: [line for line in process.lines() if line["event"] == "waiting for the database"], process)
    made = make_engine(f"sqlite:///{tmp_path / 'made.db'}")
    runner.upgrade(made)
    made.dispose()
    (tmp_path / "ready").mkdir()
    for part in tmp_path.glob("made.db*"):
        part.rename(tmp_path / "ready" / part.name.replace("made", "portal"))
    (tmp_path / "ready").rename(later)
    until(lambda: [line for line in process.lines() if line["event"] == "worker started"], process)
    assert process.end() < END_SECONDS


@ON_SQLITE
def test_a_job_that_kills_its_process_is_given_up_and_takes_nothing_else_with_it(
    start: Start, environment: dict[str, str], point, database: Session, tmp_path: Path
):
    job = ask_for_a_job(database)
    # Loaded by every Python that starts with it: the runner of this kind of job ends its process.
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "if '--jobs-only' in sys.argv:\n"
        "    import os\n"
        "    from portal.domain.jobs import JobKind\n"
        "    from portal.services.ops import job_runners\n"
        "    job_runners.RUNNERS = {JobKind.CERTIFY_READINGS: lambda _work: os.kill(os.getpid(), 9)}\n",
        encoding="utf-8",
    )
    process = start(PYTHONPATH=str(tmp_path), PORTAL_NOW=AFTER_CLOSE)
    assert until(lambda: fresh(database, DayClose), process)
    until(lambda: state_of(database, job) is JobState.FAILED, process)
    (found,) = fresh(database, Job)
    assert found.failure == "worker-died"
    assert fresh(database, JobLease)[0].attempts == 3
    died = [line for line in process.lines() if line["event"] == "job process died"]
    assert [line["status"] for line in died] == [-9, -9, -9]
    assert process.end() < END_SECONDS


def test_a_round_of_mail_rests_after_the_server_was_away(point, database: Session, monkeypatch: pytest.MonkeyPatch):
    post(database, 5)
    tried: list[int] = []

    class Away:
        port = Port.MAIL

        def carry(self, mail: delivery.Mail) -> None:
            tried.append(mail.number)
            raise delivery.ServerAway("TimeoutError: timed out")

    class Installation:
        class settings:  # noqa: N801
            clock = staticmethod(lambda: NOW)

        now = staticmethod(lambda: NOW)

    breaker = worker_rounds.Breaker()
    for _ in range(3):
        worker_rounds.send_round(database, Installation, Away(), breaker, stopping=lambda: False)  # type: ignore[arg-type]
    assert len(tried) == 1, "one mail a round, and the next round waits"
    monkeypatch.setattr("portal.cli.worker_rounds.time.monotonic", lambda: 10.0**9)
    worker_rounds.send_round(database, Installation, Away(), breaker, stopping=lambda: False)  # type: ignore[arg-type]
    assert len(tried) == 2
    assert len(set(tried)) == 2, "and it is another mail's turn"


def test_a_mail_that_breaks_puts_off_itself_only(point, database: Session):
    post(database, 2)
    sent: list[str] = []

    def carry(mail: delivery.Mail) -> None:
        if not sent:
            sent.append("")
            raise UnicodeError("no such letter")
        sent.append(mail.recipient)

    assert delivery.send_next(database, carry=carry, clock=lambda: NOW) is False
    assert delivery.send_next(database, carry=carry, clock=lambda: NOW) is True
    assert sent == ["", "persona1@example.com"]


def test_workers_say_when_they_were_last_seen(point, database: Session):
    heartbeats.beat(Act.of_system(database, NOW), started_at=NOW, last={})
    later = NOW + timedelta(seconds=30)
    heartbeats.beat(Act.of_system(database, later), started_at=NOW, last={"duty": later})
    (seen,) = heartbeats.list_seen(database)
    assert (seen.seen_at, seen.last_duty_at, seen.last_mail_at) == (later, later, None)
