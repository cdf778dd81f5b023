"""`portal run` and `portal routes`."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import create_app
from portal.cli import serve
from portal.domain.api_scopes import Scope
from portal.domain.roles import Function
from portal.models import Company
from portal.services import demo
from tests.cli.conftest import Run
from tests.factories import TODAY

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ROOT = Path(__file__).parents[2]
START_SECONDS = 30


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The command lines of the servers that were started, without starting one."""
    started: list[list[str]] = []
    monkeypatch.setattr(serve.os, "execv", lambda _program, arguments: started.append(arguments))
    monkeypatch.setattr(serve.subprocess, "Popen", started.append)
    monkeypatch.setattr(demo, "load", partial(demo.load, first=TODAY.plus(-3), points_per_contract=1))
    return started


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
    assert served[0][1:4] == ["-m", "portal.cli", "worker"]
    command = " ".join(served[-1])
    assert "granian --interface wsgi --host 127.0.0.1" in command
    assert f"--port {port} --workers 2 --blocking-threads 2 --no-ws" in command
    assert command.endswith("portal.wsgi:app")


def test_a_later_start_leaves_what_is_there_alone(portal: Run, served: list[list[str]], point, database: Session):
    assert portal("run", PORT=str(free_port())).exit_code == 0
    assert companies(database) == 1


def test_a_port_that_is_taken_is_one_line_before_anything_is_done(
    portal: Run, served: list[list[str]], database: Session
):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = portal("run", PORT=str(taken.getsockname()[1]))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: Nothing can listen on 127.0.0.1:")
    assert served == []
    assert companies(database) == 0


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_that_is_none_is_a_wrong_command_line(portal: Run, served: list[list[str]], port: str):
    assert portal("run", PORT=port).exit_code == 2
    assert served == []


def test_the_portal_answers_and_ends_cleanly_at_sigterm(environment: dict[str, str], point, tmp_path: Path):
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", "from portal.cli import main; main()", "run"],
            cwd=ROOT,
            env=inherited | environment | {"PORT": str(port)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait(f"http://127.0.0.1:{port}/salud/listo", process)
        # The second worker may still be starting; then the end takes longer.
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, (tmp_path / "log").read_text()
        assert _ended(process.pid, within=10), "the worker ends with the server"
    finally:
        # The whole session it leads: no worker outlives the test.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/salud", timeout=2)


def _ended(group: int, *, within: float) -> bool:
    """Whether no process of the group is left after a while."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_every_route_is_listed_with_methods_and_audience(portal: Run):
    result = portal("routes", "--check")
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["GET", "public", "/salud", "health.live"] in lines
    assert ["POST", "public", "/salir", "login.sign_out"] in lines
    assert ["GET", "staff", "/consola", "staff.home"] in lines
    audiences = {"public", "signed_in", "customer", "staff", "files", *(f"staff:{each.value}" for each in Function)}
    audiences |= {f"api:{scope.value}" for scope in Scope}
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


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"nothing answers at {url}; status {process.poll()}")
