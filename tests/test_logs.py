"""Lines of the log: one form in every process, with who and from where, and nothing secret."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from portal import logs
from portal.config import BadSettings, Settings
from portal.models import User
from tests.application import RunningPortal, SetClock, run, settings_for
from tests.blueprints.api.system import system

EVERYWHERE = {"event", "level", "timestamp", "host", "process", "pid"}


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process as one that serves; afterwards it is a test again."""
    # Another test of this process may have turned it on: it acts at its first call only.
    logging.captureWarnings(False)
    root = logging.getLogger()
    kept, level = list(root.handlers), root.level
    for owner, name in ((sys, "excepthook"), (threading, "excepthook"), (logs, "_process")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    logs.serve("web")
    yield
    logging.captureWarnings(False)
    root.handlers[:] = kept
    root.setLevel(level)


def written(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return the lines since the last look; each is an object with what every line has."""
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    for line in lines:
        assert set(line) >= EVERYWHERE
    return lines


def test_the_line_of_a_request_says_who_asked_and_from_where(portal: RunningPortal, capfd):
    customer = portal.customer()
    customer.use_keys()
    with portal.session() as session:
        account = session.get_one(User, customer.way.actor.user_id).public_id
    capfd.readouterr()
    portal.app.test_client().get("/ingreso?clave=SECRETO", headers={"Cookie": "x=SECRETO"})
    stranger = written(capfd)[-1]
    assert (stranger["event"], stranger["route"], stranger["status"]) == ("request", "/ingreso", 200)
    assert stranger["client"] == "127.0.0.1"
    assert "account" not in stranger
    assert "SECRETO" not in str(stranger)
    customer.open("/nominacion/gnv-suministro")
    line = written(capfd)[-1]
    assert (line["route"], line["account"]) == ("/nominacion/<modality>", account)
    assert len(line["request_id"]) == 16


def test_a_system_is_known_by_its_token(portal: RunningPortal, capfd):
    asking = system(portal)
    capfd.readouterr()
    asking.ask(asking.point)
    line = written(capfd)[-1]
    assert line["token"] == 1
    assert asking.token not in str(line)


def test_the_client_is_the_one_that_the_proxy_names(sqlite_url: str, tmp_path: Path, clock: SetClock, capfd):
    for portal in run(settings_for(sqlite_url, tmp_path, clock, behind_proxy=True)):
        portal.app.test_client().get("/ingreso", headers={"X-Forwarded-For": "203.0.113.9"})
        assert written(capfd)[-1]["client"] == "203.0.113.9"


def test_every_line_of_a_request_carries_its_id(portal: RunningPortal, capfd):
    @portal.app.get("/averia")
    def broken() -> str:
        raise RuntimeError("broken")

    broken.audience = portal.app.view_functions["health.live"].audience  # type: ignore[attr-defined]
    answer = portal.app.test_client().get("/averia")
    failure, request = written(capfd)
    assert (failure["event"], request["event"]) == ("failure", "request")
    assert failure["request_id"] == request["request_id"] == answer.headers["X-Request-ID"]
    assert "RuntimeError: broken" in failure["exception"]


def test_lines_of_libraries_and_uncaught_errors_have_the_same_form(serving: None, capfd):
    logging.getLogger("alembic").warning("a table of %s", "ours")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    thread = threading.Thread(target=lambda: 1 / 0, name="lease")
    thread.start()
    thread.join()
    sys.excepthook(ValueError, ValueError("x"), None)
    library, old, uncaught, last = written(capfd)
    assert (library["event"], library["logger"], library["process"]) == ("a table of ours", "alembic", "web")
    assert "DeprecationWarning: old" in old["event"]
    assert (uncaught["event"], uncaught["level"], uncaught["thread"]) == ("uncaught", "critical", "lease")
    assert "ZeroDivisionError" in uncaught["exception"]
    assert last["event"] == "uncaught"


def test_at_a_terminal_a_line_is_text(portal: RunningPortal, monkeypatch: pytest.MonkeyPatch, capfd):
    monkeypatch.setattr(logs, "_for_person", False)
    monkeypatch.setenv("PORTAL_LOG_FORMAT", "text")
    logs.configure()
    portal.app.test_client().get("/ingreso")
    line = capfd.readouterr().err.splitlines()[-1]
    assert "request" in line
    assert "status=200" in line
    monkeypatch.delenv("PORTAL_LOG_FORMAT")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert logs.is_text()
    monkeypatch.setenv("PORTAL_LOG_FORMAT", "json")
    assert not logs.is_text()


def test_another_form_is_refused(tmp_path: Path):
    with pytest.raises(BadSettings, match="PORTAL_LOG_FORMAT must be json or text, not 'xml'"):
        Settings.from_environment({"PORTAL_INSTANCE": str(tmp_path), "PORTAL_LOG_FORMAT": "xml"})


def test_a_fork_can_begin_without_the_listeners_of_its_parent(portal: RunningPortal, monkeypatch: pytest.MonkeyPatch):
    heard: list[Any] = []
    monkeypatch.setattr(logs, "_listeners", [heard.append, heard.append])
    logs.forget()
    structlog.get_logger("x").info("never")
    assert heard == []


def test_a_listener_is_given_each_line_once(portal: RunningPortal):
    heard: list[Any] = []
    logs.listen(heard.append)
    logs.listen(heard.append)
    try:
        structlog.get_logger("x").info("once", number=1)
    finally:
        logs.forget(heard.append)
    structlog.get_logger("x").info("never")
    assert [(line["event"], line["number"]) for line in heard] == [("once", 1)]


@pytest.mark.parametrize(("form", "said"), [("json", '"event": "command failed"'), ("text", "Error: ")])
def test_the_mistake_of_a_command_is_a_line_where_a_machine_reads(tmp_path: Path, form: str, said: str):
    ended = subprocess.run(
        [sys.executable, "-m", "portal.cli", "audit", "verify"],
        env={"PORTAL_INSTANCE": str(tmp_path), "PORTAL_LOG_FORMAT": form, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    (line,) = ended.stderr.splitlines()
    assert said in line
    if form == "json":
        told = json.loads(line)
        assert set(told) >= EVERYWHERE
        assert (told["process"], told["status"]) == ("audit verify", 1)
        assert "portal db upgrade" in told["reason"]
