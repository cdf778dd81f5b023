"""`portal run` and `portal routes`."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import create_app
from portal.cli import serve
from portal.domain.accounts import Function, Scope, StaffScope
from portal.migrations import revisions
from portal.models import Company
from portal.server import main
from portal.services import demo
from tests.cli.conftest import Run
from tests.factories import TODAY
from tests.processes import free_port, without_portal_settings

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ROOT = Path(__file__).parents[2]
START_SECONDS = 120


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The command lines of the servers that were started, without starting one."""
    started: list[list[str]] = []
    monkeypatch.setattr(serve.os, "execv", lambda _program, arguments: started.append(arguments))
    monkeypatch.setattr(main, "run", lambda asked: started.append(asked.command()))
    monkeypatch.setattr(demo, "load", partial(demo.load, first=TODAY.plus(-3), points_per_contract=1))
    return started


def serving(port: int, workers: str, *more: str) -> list[str]:
    """The words of the server's command line behind the interpreter."""
    asked = ["127.0.0.1", str(port), "--workers", workers, "--target", "portal.rsgi:app"]
    return ["-m", "portal.server.main", *asked, *more]


def companies(database: Session) -> int:
    database.rollback()
    return database.scalar(select(func.count()).select_from(Company)) or 0


def test_the_first_start_migrates_loads_and_tells_address_and_accounts(
    portal: Run, served: list[list[str]], database: Session, instance: Path
):
    portal("db", "downgrade", "base", "--yes")
    port = free_port()
    result = portal("run", PORT=str(port))
    assert result.exit_code == 0
    assert f"http://127.0.0.1:{port}" in result.stdout
    for account in json.loads((instance / "demo.json").read_text(encoding="utf-8"))["accounts"]:
        assert account["email"] in result.stdout
        assert account["password"] in result.stdout
    assert companies(database) == 9
    assert [command[1:] for command in served] == [serving(port, "2", "--worker")]


def test_a_later_start_leaves_what_is_there_alone(portal: Run, served: list[list[str]], point, database: Session):
    assert portal("run", PORT=str(free_port())).exit_code == 0
    assert companies(database) == 1


@pytest.mark.parametrize("command", ["run", "serve"])
def test_a_port_that_is_taken_is_one_line_before_anything_is_done(
    portal: Run, served: list[list[str]], database: Session, command: str
):
    with socket.socket() as taken:
        # As granian does: another of its kind would be let in beside it.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = portal(command, PORT=str(taken.getsockname()[1]))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: Nothing can listen on 127.0.0.1:")
    assert served == []
    assert companies(database) == 0


@pytest.mark.parametrize("command", ["run", "serve"])
@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_that_is_none_is_a_wrong_command_line(portal: Run, served: list[list[str]], command: str, port: str):
    assert portal(command, PORT=port).exit_code == 2
    assert served == []


def test_serving_alone_starts_no_worker(portal: Run, served: list[list[str]]):
    port = free_port()
    assert portal("serve", "--workers", "3", PORT=str(port)).exit_code == 0
    assert [command[1:] for command in served] == [serving(port, "3")]


def test_a_worker_beside_the_server_is_asked_for_in_production(portal: Run, served: list[list[str]]):
    assert portal("serve", "--worker", PORT=str(port := free_port())).exit_code == 0
    assert [command[1:] for command in served] == [serving(port, "2", "--worker")]


def test_serving_refuses_a_database_that_is_behind(portal: Run, served: list[list[str]]):
    portal("db", "downgrade", "base", "--yes")
    result = portal("serve", PORT=str(free_port()))
    assert result.exit_code == 1
    assert "portal db upgrade" in result.stderr
    assert served == []


@pytest.mark.parametrize("seconds", ["0", "61", "nan", "veinte"])
def test_a_patience_that_is_none_is_one_line(portal: Run, served: list[list[str]], seconds: str):
    result = portal("serve", PORT=str(free_port()), PORTAL_BODY_SECONDS=seconds)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"Error: PORTAL_BODY_SECONDS must be a number of seconds from 1 to 60, not {seconds!r}."
    ]


def test_the_version_is_told(portal: Run):
    told = re.fullmatch(
        r"portal 0\.1\.0 \(schema (\w+)(?:, commit ([0-9a-f]+(?:-dirty)?))?\)\n", portal("--version").stdout
    )
    assert told
    assert told[1] == revisions.head()
    if (ROOT / ".git").exists():
        assert told[2]


def test_a_program_that_is_no_working_copy_tells_no_commit(
    portal: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr("portal.cli.commands.ROOT", tmp_path)
    assert portal("--version").stdout == f"portal 0.1.0 (schema {revisions.head()})\n"


@pytest.fixture
def running(environment: dict[str, str], point, tmp_path: Path) -> Iterator[Running]:
    """`portal run`, as typed, with its server and its worker."""
    with Running(environment, tmp_path / "log") as started:
        yield started


@pytest.mark.parametrize("how", ["SIGTERM to the parent", "Ctrl+C"])
def test_the_portal_answers_and_ends_with_all_it_started(running: Running, how: str):
    running.stop(how)
    assert running.process.wait(30) == 0, running.log.read_text()
    assert _ended(running, within=10), "server and worker end with it"
    assert "Traceback" not in running.log.read_text()
    lines = [json.loads(line) for line in running.log.read_text().splitlines() if line.startswith("{")]
    assert {line["process"] for line in lines} >= {"server", "web"}, "all write lines of one form"
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"http://127.0.0.1:{running.port}/salud", timeout=2)


def test_a_worker_that_was_killed_is_started_again(running: Running):
    running.wait_until(lambda: running.children("portal-worker"))
    killed = running.children("portal-worker")
    assert len(killed) == 1
    os.kill(killed[0], signal.SIGKILL)
    running.wait_until(lambda: running.children("portal-worker") not in ([], killed))
    told = [json.loads(line) for line in running.log.read_text().splitlines() if "child_died" in line]
    assert [(line["child"], line["signal"]) for line in told] == [("worker", "SIGKILL")]
    assert running.answers()


def test_a_server_process_that_was_killed_ends_nothing_and_is_started_again(running: Running):
    (first, second) = running.children("portal-web")
    os.kill(first, signal.SIGKILL)
    running.wait_until(lambda: len(set(running.children("portal-web")) - {first, second}) == 1)
    assert running.process.poll() is None
    # A connection that the dead process had accepted is lost with it; the next one is answered.
    running.wait_until(running.answers)


def test_a_server_that_was_killed_is_started_again(running: Running):
    (server,), before = running.children("portal-server"), running.children("portal-web")
    os.kill(server, signal.SIGKILL)
    running.wait_until(lambda: len(set(running.children("portal-web")) - set(before)) == 2 and running.answers())
    assert not set(before) & set(running.children("portal-web"))


def test_nothing_outlives_a_parent_that_was_killed(running: Running):
    running.process.kill()
    running.process.wait()
    assert _ended(running, within=10)


def test_bad_settings_of_a_server_without_the_command_are_one_line_a_process(environment: dict[str, str]):
    result = subprocess.run(
        [sys.executable, "-c", "from portal.server.main import load; load('portal.rsgi:app')"],
        cwd=ROOT,
        env=without_portal_settings() | environment | {"PORTAL_NOW": "gestern"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("Error: PORTAL_NOW is neither a moment nor a duration")


class Running:
    """A started `portal run` that leads a process group of its own."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.port = free_port()
        self.log = log
        inherited = without_portal_settings()
        inherited.pop("PYTHONDONTWRITEBYTECODE", None)
        self._environment = inherited | environment | {"PORT": str(self.port)}

    def __enter__(self) -> Running:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", "from portal.cli import main; main()", "run"],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self.wait_until(self.answers)
            self.wait_until(lambda: len(self.children("portal-web")) == 2)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        # The whole session it leads: no worker outlives the test.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self, how: str) -> None:
        if how == "Ctrl+C":
            # As a terminal does: everybody in the foreground hears it.
            os.killpg(self.process.pid, signal.SIGINT)
        else:
            self.process.terminate()

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/salud/listo", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def children(self, name: str = "") -> list[int]:
        """The living processes of its session, those of this name if given, the oldest first."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                state, _parent, _group, session = (folder / "stat").read_text().rsplit(")", 1)[1].split()[:4]
                own = (folder / "comm").read_text().strip()
                if int(session) == self.process.pid and state != "Z" and name in ("", own):
                    found.append(int(folder.name))
        return sorted(found)

    def wait_until(self, happened: Callable[[], object]) -> None:
        give_up = time.monotonic() + START_SECONDS
        while not happened():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < give_up, self.log.read_text()
            time.sleep(0.1)


def _ended(running: Running, *, within: float) -> bool:
    """Whether nothing that it started is left after a while."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        if not running.children():
            return True
        time.sleep(0.1)
    return False


def test_what_was_counted_outlives_the_process_that_counted(environment: dict[str, str], point, tmp_path: Path):
    port = free_port()

    def read() -> dict[str, float]:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}

    def answers() -> bool:
        with contextlib.suppress(OSError):
            return any(name.startswith("portal_info") for name in read())
        return False

    with Running(environment | {"PORTAL_METRICS_PORT": str(port)}, tmp_path / "log") as running:
        for _ in range(10):
            urllib.request.urlopen(f"http://127.0.0.1:{running.port}/salud", timeout=10).close()
        running.wait_until(answers)
        count = 'portal_requests_total{method="GET",route="/salud",status="200"}'
        assert read()[count] == 10
        running.wait_until(lambda: sum('process="worker"' in name for name in read()) == 1)
        for pid in running.children("portal-web"):
            os.kill(pid, signal.SIGKILL)
            running.wait_until(answers)
            assert read()[count] == 10
        running.wait_until(running.answers)
        urllib.request.urlopen(f"http://127.0.0.1:{running.port}/salud", timeout=10).close()
        assert read()[count] == 11
        files = {path.name for path in (Path(environment["PORTAL_INSTANCE"]) / "metrics").glob("counter_*.db")}
        assert len(files) <= 5, "the dead leave none behind"


def test_every_route_is_listed_with_methods_and_audience(portal: Run):
    result = portal("routes", "--check")
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["GET", "public", "/salud", "health.live"] in lines
    assert ["POST", "public", "/salir", "login.sign_out"] in lines
    assert ["GET", "staff", "/consola", "staff.home"] in lines
    audiences = {
        "public",
        "signed_in",
        "customer",
        "nominator",
        "staff",
        "files",
        *(f"staff:{each.value}" for each in Function),
    }
    audiences |= {f"api:{scope.value}" for scope in Scope}
    audiences |= {f"api:{scope.value}:{each.value}" for scope in StaffScope for each in Function}
    assert {line[1] for line in lines} <= audiences


def test_a_view_without_an_audience_fails_the_check(portal: Run, monkeypatch: pytest.MonkeyPatch):
    def with_a_hole() -> Flask:
        app = create_app()
        app.add_url_rule("/olvidada", "forgotten", lambda: "")
        return app

    monkeypatch.setattr("portal.create_app", with_a_hole)
    assert portal("routes").exit_code == 0
    result = portal("routes", "--check")
    assert result.exit_code == 1
    assert "forgotten" in result.stderr
