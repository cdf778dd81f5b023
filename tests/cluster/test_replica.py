"""Pages that only read ask the replica where it is near: never two seconds stale, never behind one's own write."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import Engine, event

from portal.cli import main
from portal.config import BadSettings, Settings
from portal.domain.accounts import Role
from portal.services.store import replicas
from tests.application import RunningPortal, SetClock, run, settings_for
from tests.browser import Browser
from tests.cluster.databases import PostgresPair
from tests.databases.fixtures import Migrate
from tests.metrics.stage import counting, scrape, value

pytestmark = pytest.mark.postgres
AUDIT = "/consola/auditoria"
NAMED = {
    "staff.balance_overview": "/consola/balance",
    "staff.balance_csv": "/consola/balance/balance.csv",
    "staff.balance_xlsx": "/consola/balance/balance.xlsx",
    "staff.audit_events": AUDIT,
    "staff.audit_csv": f"{AUDIT}/auditoria.csv",
    "staff.audit_xlsx": f"{AUDIT}/auditoria.xlsx",
    "market.tariff_csv": "/tarifas/2024-05.csv",
    "market.tariff_json": "/tarifas/2024-05.json",
}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, migrate: Migrate) -> Iterator[PostgresPair]:
    with PostgresPair(tmp_path_factory.mktemp("pair")) as running:
        migrate(running.url)
        running.wait_until_level()
        yield running


@pytest.fixture
def portal(pair: PostgresPair, tmp_path: Path, clock: SetClock) -> Iterator[RunningPortal]:
    for running in run(settings_for(pair.url, tmp_path, clock, replica_url=pair.replica_url)):
        yield running
        engine_of(running.app).dispose()


@pytest.fixture
def supervisor(portal: RunningPortal, pair: PostgresPair) -> Iterator[Browser]:
    """A supervisor who may see every named page; the replica has everything."""
    browser = portal.staff(Role.SUPERVISOR)
    pair.wait_until_level()
    yield browser
    pair.ask(pair.ports[1], "SELECT pg_wal_replay_resume()")
    pair.wait_until_level()


@pytest.fixture
def asked(portal: RunningPortal) -> Callable[[], int]:
    """How many questions of pages the replica answered since the last look, beside those where it is."""
    return count_questions(portal.app)


def engine_of(app: Flask) -> Engine:
    """The engine of the replica."""
    engine: Engine = app.extensions["portal.replica"].engine
    return engine


def count_questions(app: Flask) -> Callable[[], int]:
    seen: list[str] = []
    event.listen(engine_of(app), "before_cursor_execute", lambda _c, _r, statement, *_: seen.append(statement))

    def look() -> int:
        count = sum("pg_last_wal_replay_lsn" not in statement for statement in seen)
        seen.clear()
        return count

    return look


def publish(browser: Browser, title: str) -> None:
    form = browser.open("/consola/avisos").form("form.form-column")
    seen = form.fill(severity="critical", title=title, text="No hay gas.", ends_at="25/11/2026 06:00")
    seen.submit("Ver a quién llega").form("form.form-column").submit("Publicar el aviso")


def test_every_view_that_may_ask_the_replica_does_and_writes_nothing(
    portal: RunningPortal, supervisor: Browser, asked: Callable[[], int]
):
    views = portal.app.view_functions
    assert {name for name, view in views.items() if hasattr(view, "reads_replica")} == set(NAMED)
    for endpoint, address in NAMED.items():
        assert supervisor.open(address).status == 200, endpoint
        assert asked() > 0, f"{endpoint} asked the primary"
    # One that wrote would have failed there, and the replica would be left alone.
    reader = portal.app.extensions["portal.replica"].open()
    assert reader is not None
    reader.close()


def test_who_wrote_something_sees_it_though_the_replica_is_behind(
    pair: PostgresPair, supervisor: Browser, asked: Callable[[], int]
):
    published = f"{AUDIT}?hecho=notice:published"
    assert len(supervisor.open(published).select(".trail-entry")) == 0
    assert asked() > 0
    pair.ask(pair.ports[1], "SELECT pg_wal_replay_pause()")
    publish(supervisor, "Falla en Apiay")
    asked()
    assert len(supervisor.open(published).select(".trail-entry")) == 1
    assert asked() == 0


def test_what_is_two_seconds_old_is_shown_by_the_primary(
    pair: PostgresPair, supervisor: Browser, asked: Callable[[], int], monkeypatch: pytest.MonkeyPatch
):
    supervisor.open(AUDIT)
    assert asked() > 0
    pair.ask(pair.ports[1], "SELECT pg_wal_replay_pause()")
    pair.ask(pair.ports[0], "CREATE TABLE written_by_somebody (id int)")
    pair.ask(pair.ports[0], "DROP TABLE written_by_somebody")
    monkeypatch.setattr(replicas, "monotonic", lambda: monotonic() + replicas.MOST_STALE_SECONDS)
    assert supervisor.open(AUDIT).status == 200
    assert asked() == 0


def test_a_replica_that_is_away_is_not_missed(
    pair: PostgresPair, supervisor: Browser, asked: Callable[[], int], monkeypatch: pytest.MonkeyPatch
):
    supervisor.open(AUDIT)
    pair.replica.kill()
    try:
        asked()
        assert [supervisor.open(address).status for address in NAMED.values()] == [200] * len(NAMED)
    finally:
        pair.replica.start()
    pair.wait_until_level()
    monkeypatch.setattr(replicas, "monotonic", lambda: monotonic() + replicas.PAUSE_SECONDS)
    asked()
    supervisor.open(AUDIT)
    assert asked() > 0


def examine(pair: PostgresPair, tmp_path: Path, **settings: str) -> dict[str, str]:
    """What the doctor says of the replica."""
    environment = {
        "PORTAL_INSTANCE": str(tmp_path),
        "PORTAL_DATABASE_URL": pair.url,
        "PORTAL_REPLICA_URL": pair.replica_url,
        "PORTAL_NOW": "2026-11-23T14:00:00+00:00",
    }
    result = CliRunner().invoke(main, ["doctor", "--json"], env=environment | settings)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    found: dict[str, str] = next(
        each for each in map(json.loads, result.stdout.splitlines()) if each["part"] == "replica"
    )
    return found


def test_the_doctor_says_how_the_replica_stands(pair: PostgresPair, portal: RunningPortal, tmp_path: Path):
    assert examine(pair, tmp_path)["health"] == "ok"
    pair.ask(pair.ports[1], "SELECT pg_wal_replay_pause()")
    try:
        pair.ask(pair.ports[0], "CREATE TABLE written_by_somebody (id int)")
        pair.ask(pair.ports[0], "DROP TABLE written_by_somebody")
        behind = examine(pair, tmp_path)
        assert behind["health"] == "warning"
        assert "bytes behind" in behind["found"]
    finally:
        pair.ask(pair.ports[1], "SELECT pg_wal_replay_resume()")
    pair.wait_until_level()
    promoted = examine(pair, tmp_path, PORTAL_REPLICA_URL=pair.replica_url.replace(*map(str, reversed(pair.ports))))
    assert promoted["health"] == "warning"
    assert "replays no primary" in promoted["found"]
    pair.replica.kill()
    try:
        away = examine(pair, tmp_path)
    finally:
        pair.replica.start()
    assert away["health"] == "warning"
    assert "does not answer" in away["found"]
    pair.wait_until_level()


def test_pages_that_may_read_the_replica_are_counted_by_what_was_read(
    pair: PostgresPair, tmp_path: Path, clock: SetClock, monkeypatch: pytest.MonkeyPatch
):
    with counting(pair.url, tmp_path, clock, replica_url=pair.replica_url) as portal:
        browser = portal.staff(Role.SUPERVISOR)
        pair.wait_until_level()
        browser.open(AUDIT)
        assert value(scrape(portal), "portal_replica_reads_total", outcome="replica") == 1
        monkeypatch.setattr(replicas, "monotonic", lambda: monotonic() + 3600)
        portal.app.extensions["portal.replica"].pause(OSError())
        browser.open(AUDIT)
        found = scrape(portal)
        assert value(found, "portal_replica_reads_total", outcome="primary") == 1
        assert value(found, "portal_replica_reads_total", outcome="replica") == 1
        engine_of(portal.app).dispose()


def test_a_replica_of_another_kind_of_database_is_refused(tmp_path: Path):
    given = {"PORTAL_INSTANCE": str(tmp_path), "PORTAL_REPLICA_URL": "postgresql+psycopg://portal@replica/portal"}
    with pytest.raises(BadSettings, match="PORTAL_REPLICA_URL and PORTAL_DATABASE_URL"):
        Settings.from_environment(given)
    both = Settings.from_environment(given | {"PORTAL_DATABASE_URL": "postgresql+psycopg://portal@primary/portal"})
    assert both.replica_url == given["PORTAL_REPLICA_URL"]
