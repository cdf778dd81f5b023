"""`portal doctor`: each part of an installation, what was found, and what to do."""

from __future__ import annotations

import hashlib
import json
import socket
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from prometheus_client import CollectorRegistry, Gauge, start_http_server
from sqlalchemy.orm import Session

from portal.cli import doctor
from portal.clock import system_clock
from portal.services.ops import heartbeats
from portal.services.store.acts import Act
from tests.cli.conftest import Run
from tests.cli.smtp_sink import Sink
from tests.databases.binaries import find_binaries
from tests.factories import NOW


def findings(portal: Run, **settings: str) -> dict[str, dict[str, str]]:
    """Return the worst finding of each part."""
    found: dict[str, dict[str, str]] = {}
    for line in portal("doctor", "--json", **settings).stdout.splitlines():
        each = json.loads(line)
        if found.get(each["part"], {}).get("health") != "fault":
            found[each["part"]] = each
    return found


def test_an_installation_that_nobody_looks_after_says_what_to_do(portal: Run, point, instance: Path):
    result = portal("doctor")
    assert result.exit_code == 1
    assert "fault    worker: none was ever seen" in result.stdout
    assert "→ start .venv/bin/portal worker" in result.stdout
    found = findings(portal)
    assert {name for name, each in found.items() if each["health"] == "fault"} >= {"worker", "anchors"}
    assert {found[name]["health"] for name in ("database", "schema", "secrets", "disk")} == {"ok"}


def test_what_is_looked_after_is_well(portal: Run, point, database: Session):
    heartbeats.beat(Act.of_system(database, system_clock()), started_at=system_clock(), last={})
    portal("audit", "anchor")
    portal("backup", "create", PORTAL_PG_PROGRAMS=str(find_binaries()))
    found = findings(portal)
    assert {found[name]["health"] for name in ("worker", "anchors", "database", "schema")} == {"ok"}
    assert found["backup"]["health"] == "ok"
    assert portal("doctor").exit_code == 0
    old = system_clock() - timedelta(minutes=5)
    heartbeats.beat(Act.of_system(database, old), started_at=old, last={})
    assert findings(portal)["worker"]["health"] == "fault"


def test_an_address_at_which_browsers_allow_no_passkeys_is_named(portal: Run, point):
    found = findings(portal)["passkeys"]
    assert (found["health"], found["todo"]) == (
        "warning",
        "set PORTAL_BASE_URL to https:// and a name, or to localhost",
    )
    assert "http://127.0.0.1" in found["found"]
    for address in ("http://localhost:8000", "https://clientes.example.co"):
        assert findings(portal, PORTAL_BASE_URL=address)["passkeys"]["health"] == "ok"


def test_secrets_that_others_may_read_are_named_with_the_command_that_closes_them(portal: Run, point, instance: Path):
    pepper = instance / "elsewhere"
    portal("doctor")
    pepper.write_bytes((instance / "pepper").read_bytes())
    pepper.chmod(0o644)
    found = findings(portal, PORTAL_PEPPER_FILE=str(pepper))["secrets"]
    assert found["health"] == "fault"
    assert found["todo"] == f"chmod 600 {pepper}"


def test_a_mail_server_is_greeted_and_gets_no_mail(portal: Run, point):
    with Sink() as sink:
        found = findings(portal, PORTAL_SMTP_URL=sink.url)
        assert found["mail"]["health"] == "ok"
        assert sink.mails == []
        address = sink.url
    away = findings(portal, PORTAL_SMTP_URL=address)["mail"]
    assert away["health"] == "fault"
    assert "mend the server" in away["todo"]
    assert findings(portal, PORTAL_SMTP_URL="ftp://x")["mail"]["health"] == "fault"


def test_what_watches_is_examined_where_it_is_set(portal: Run, point):
    assert {"metrics", "error reports"}.isdisjoint(findings(portal))
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        there = findings(portal, PORTAL_SENTRY_DSN=f"http://key@127.0.0.1:{port}/1")["error reports"]
        assert there["health"] == "ok"
    dead = {"PORTAL_SENTRY_DSN": f"http://key@127.0.0.1:{port}/1", "PORTAL_METRICS_PORT": str(port)}
    found = findings(portal, **dead)
    assert found["error reports"]["health"] == "warning"
    assert "key" not in found["error reports"]["found"]
    assert (found["metrics"]["health"], found["metrics"]["found"][:14]) == ("warning", "nobody answers")
    registry = CollectorRegistry()
    Gauge("other_info", "Another program.", registry=registry)
    server, thread = start_http_server(0, addr="127.0.0.1", registry=registry)
    try:
        settings = {"PORTAL_METRICS_PORT": str(server.server_port)}
        assert "another program" in findings(portal, **settings)["metrics"]["found"]
        Gauge("portal_info", "Ours.", ["version"], registry=registry).labels("1").set(1)
        assert findings(portal, **settings)["metrics"]["health"] == "ok"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert (
        findings(portal, PORTAL_METRICS_TOKEN="a token of at least thirty-two characters")["metrics"]["health"] == "ok"
    )


def test_a_database_of_another_revision_or_none_is_a_finding_and_no_traceback(portal: Run, tmp_path: Path):
    empty = portal("doctor", PORTAL_DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}")
    assert empty.exit_code == 1
    assert "fault    schema: revision none" in empty.stdout
    assert "→ .venv/bin/portal db upgrade" in empty.stdout
    gone = portal("doctor", PORTAL_DATABASE_URL="postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=1")
    assert "fault    database: postgresql does not answer" in gone.stdout
    assert gone.exit_code == 1


def test_in_production_the_address_must_be_trusted(portal: Run, point, instance: Path, tmp_path: Path):
    pepper = tmp_path / "pepper"
    portal("doctor")
    pepper.write_bytes((instance / "pepper").read_bytes())
    pepper.chmod(0o600)
    settings = {
        "PORTAL_ENV": "production",
        "PORTAL_NOW": "",
        "PORTAL_BASE_URL": "https://clientes.example.test",
        "PORTAL_SECRET_KEY": hashlib.sha256(b"test").hexdigest(),
        "PORTAL_PEPPER_FILE": str(pepper),
        "PORTAL_TRUSTED_HOSTS": "otro.example.test",
    }
    found = findings(portal, **settings)
    assert found["settings"]["health"] == "ok"
    assert found["proxy"]["health"] == "fault"
    assert found["proxy"]["todo"] == "add clientes.example.test"


def test_a_clock_that_nobody_keeps_at_the_time_or_that_is_another_than_the_databases(
    portal: Run, point, database: Session, monkeypatch: pytest.MonkeyPatch
):
    for state, seconds, health in ((0, 0.01, "ok"), (0, 7, "warning"), (doctor.UNSYNCHRONISED, 16, "warning")):
        error = timedelta(seconds=seconds)
        monkeypatch.setattr(doctor, "kernel_clock", lambda state=state, error=error: (state, error))
        assert findings(portal)["clock"]["health"] == health
    assert "chrony" in findings(portal)["clock"]["todo"]
    if database.get_bind().dialect.name == "postgresql":
        monkeypatch.setattr(doctor, "system_clock", lambda: system_clock() - timedelta(seconds=90))
        found = findings(portal)["clock"]
        assert found["health"] == "fault"
        assert found["found"].startswith(("90.", "89."))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_disk_that_is_nearly_full_is_a_fault(portal: Run, point, monkeypatch: pytest.MonkeyPatch):
    for free, health in ((1 * 1024**3, "fault"), (3 * 1024**3, "fault"), (30 * 1024**3, "ok")):
        usage = SimpleNamespace(total=100 * 1024**3, used=0, free=free)
        monkeypatch.setattr("shutil.disk_usage", lambda _path, usage=usage: usage)
        found = findings(portal)["disk"]
        assert found["health"] == health
    assert "GB free of 100 GB" in found["found"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_that_is_behind_the_program_is_a_fault(portal: Run, point, next_revision: str):
    found = findings(portal)["schema"]
    assert found["health"] == "fault"
    assert next_revision in found["found"]
    assert "portal db upgrade" in found["todo"]


def test_days_without_an_anchor_are_counted(portal: Run, point, environment: dict[str, str]):
    portal("audit", "anchor")
    later = (NOW + timedelta(days=4)).isoformat()
    portal("audit", "anchor", PORTAL_NOW=later)
    found = findings(portal, PORTAL_NOW=later)["anchors"]
    assert found["health"] == "fault"
    assert "fewer than days: none of 2026-11-24 nor of 2 more" in found["found"]
    assert "portal audit excuse" in found["todo"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_files_of_root_may_be_read_by_the_portals_group_and_nobody_else(
    portal: Run, point, instance: Path, monkeypatch: pytest.MonkeyPatch
):
    portal("doctor")
    pepper = instance / "elsewhere"
    pepper.write_bytes((instance / "pepper").read_bytes())
    monkeypatch.setattr(doctor, "allowed_mode", lambda path: 0o640 if path == pepper else 0o600)
    for mode, health in ((0o640, "ok"), (0o600, "ok"), (0o660, "fault"), (0o644, "fault")):
        pepper.chmod(mode)
        found = findings(portal, PORTAL_PEPPER_FILE=str(pepper))["secrets"]
        assert found["health"] == health, oct(mode)
    assert found["todo"] == f"chmod 640 {pepper}"
