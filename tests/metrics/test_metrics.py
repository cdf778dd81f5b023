"""Metrics: closed unless opened, counted by route and never by who asked, and read from the database cheaply."""

from __future__ import annotations

import gc
import threading
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import Engine, event

from portal import logs
from portal.config import BadSettings, Settings
from portal.domain.jobs import JobKind, JobState
from portal.metrics import open_port
from portal.metrics.instruments import LEAST_WAIT_SECONDS
from portal.models import Job, OutboxMessage
from portal.services.ops import anchors, heartbeats, vitals
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests.application import RunningPortal, SetClock
from tests.blueprints.database_away import on_engine
from tests.metrics.stage import TOKEN, counting, exposition_of, samples_of, scrape, value
from tests.processes import free_port
from tests.rules.test_scans import GROWING, OF_FEW, SCAN
from tests.services.way import wrong_numeric_key


@pytest.fixture
def counted(sqlite_url: str, tmp_path: Path, clock: SetClock) -> Iterator[RunningPortal]:
    """The application on SQLite, with its metrics."""
    with counting(sqlite_url, tmp_path, clock) as portal:
        yield portal


@pytest.fixture
def counted_on_each(database_url: str, tmp_path: Path, clock: SetClock) -> Iterator[RunningPortal]:
    """The application on each database, with its metrics."""
    with counting(database_url, tmp_path, clock) as portal:
        yield portal


def test_without_a_token_of_its_own_the_address_is_not_there(portal: RunningPortal, tmp_path: Path):
    client = portal.app.test_client()
    unknown = client.get("/nada")
    for headers in ({}, {"Authorization": f"Bearer {TOKEN}"}, {"Authorization": "Bearer None"}):
        answer = client.get("/metrics", headers=headers)
        assert (answer.status_code, answer.data) == (404, unknown.data)
        assert client.post("/metrics", headers=headers).status_code == 404
    assert not (tmp_path / "metrics").exists(), "and nothing is counted"


@pytest.mark.parametrize("given", [None, "Bearer", "Bearer ", "Bearer ñ", f"Basic {TOKEN}", f"Bearer {TOKEN}x", TOKEN])
def test_whoever_brings_another_token_finds_nothing(counted: RunningPortal, given: str | None):
    client = counted.app.test_client()
    headers = {} if given is None else {"Authorization": given}
    answer = client.get("/metrics", headers=headers)
    assert (answer.status_code, answer.data) == (404, client.get("/nada").data)
    assert client.get(f"/metrics?token={TOKEN}").status_code == 404


def test_who_brings_the_token_reads_them_as_text(counted: RunningPortal):
    answer = counted.app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=")
    assert answer.headers["Cache-Control"] == "no-store"
    assert value(samples_of(answer.text), "portal_database_up") == 1


def test_a_request_counts_under_its_route_status_seconds_and_statements(counted: RunningPortal):
    customer = counted.customer()
    before = scrape(counted)
    customer.open("/nominacion/gnv-suministro")
    after = scrape(counted)
    route = "/nominacion/<modality>"
    assert value(before, "portal_requests_total", route=route, method="GET", status="303") is None
    assert value(after, "portal_requests_total", route=route, method="GET", status="303") == 1
    assert value(after, "portal_request_seconds_count", route=route) == 1
    assert (value(after, "portal_statements_total", route=route) or 0) >= 1


def test_what_anybody_may_invent_adds_no_series(counted: RunningPortal):
    client = counted.app.test_client()
    for number in range(20):
        client.get(f"/nada-{number}")
        client.open("/ingreso", method=f"M{number}")
    counts = {labels: count for (name, labels), count in scrape(counted).items() if name == "portal_requests_total"}
    assert counts.pop(frozenset({"route": "none", "method": "GET", "status": "404"}.items())) == 20
    assert sum(counts.values()) == 20
    assert len(counts) == 1, "whatever the method is called"


def test_the_log_and_the_counts_say_the_same(counted: RunningPortal, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(logs, "_process", "worker")
    log = structlog.get_logger("tests")
    log.info("mail", outcome="sent", kind="receipt", ms=4.0)
    log.warning("mail", outcome="put-off", kind="receipt", ms=4.0)
    log.info("duty", duty="closes", count=2, ms=1500.0)
    log.error("duty failed", duty="closes", error="OperationalError")
    log.info("job", kind="import-readings", outcome="done", ms=250.0)
    log.warning("not taken", status=408)
    log.error("unavailable", error="OperationalError")
    log.warning("transactions.deadlock", reason="x")
    log.error("failure", exc_info=ValueError("x"))
    found = scrape(counted)
    assert value(found, "portal_mails_total", kind="receipt", outcome="sent") == 1
    assert value(found, "portal_mails_total", kind="receipt", outcome="put-off") == 1
    assert value(found, "portal_duties_total", duty="closes", outcome="done") == 1
    assert value(found, "portal_duties_total", duty="closes", outcome="failed") == 1
    assert value(found, "portal_duty_seconds_total", duty="closes") == 1.5
    assert value(found, "portal_jobs_total", kind="import-readings", outcome="done") == 1
    assert value(found, "portal_job_seconds_total", kind="import-readings") == 0.25
    assert value(found, "portal_not_taken_total", status="408") == 1
    assert value(found, "portal_unavailable_total", error="OperationalError") == 1
    assert value(found, "portal_deadlocks_total") == 1
    assert value(found, "portal_failures_total", event="failure") == 1
    assert value(found, "portal_failures_total", event="uncaught") == 0, "so that the first one is an increase"
    assert value(found, "portal_log_lines_total", level="error", process="worker") == 3


def wait_seen(portal: RunningPortal) -> bool:
    """Whether PostgreSQL sees somebody wait for a lock."""
    with portal.session() as session:
        found = vitals.read(session, now=portal.clock.now, system_now=portal.clock.now)
    return found.locks is not None and found.locks.waiting > 0


def test_a_wait_for_the_lock_counts(counted_on_each: RunningPortal, monkeypatch: pytest.MonkeyPatch):
    with counted_on_each.session() as session, transaction(session):
        point_of_lock = OutboxMessage(
            created_at=counted_on_each.clock.now,
            kind="test",
            recipient="a@example.com",
            subject="x",
            body="x",
            next_attempt_at=counted_on_each.clock.now,
        )
        session.add(point_of_lock)
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with counted_on_each.session() as session, transaction(session):
            session.get_one(OutboxMessage, point_of_lock.id, with_for_update={"key_share": True})
            held.set()
            release.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    slept = time.sleep

    def look_again(seconds: float) -> None:
        # SQLite: who waits for the lock sleeps between two tries.
        release.set()
        slept(seconds)

    def let_go() -> None:
        while not release.is_set() and not wait_seen(counted_on_each):
            slept(0.01)
        # Shorter ones are no wait: the statement itself may take as long.
        slept(2 * LEAST_WAIT_SECONDS)
        release.set()

    if counted_on_each.app.extensions["portal.engine"].dialect.name == "sqlite":
        monkeypatch.setattr("portal.models.engine.time.sleep", look_again)
    else:
        threading.Thread(target=let_go).start()
    before = value(scrape(counted_on_each), "portal_lock_wait_seconds_count") or 0
    with counted_on_each.session() as session, transaction(session):
        session.get_one(OutboxMessage, point_of_lock.id, with_for_update={"key_share": True})
    holder.join()
    assert (value(scrape(counted_on_each), "portal_lock_wait_seconds_count") or 0) == before + 1


def mail(now: datetime, **given: Any) -> OutboxMessage:
    usual = {"created_at": now, "kind": "test", "recipient": "a@example.com", "subject": "x", "body": "x"}
    return OutboxMessage(**usual | {"next_attempt_at": now} | given)


def test_what_waits_and_who_works_is_read_from_the_database(counted_on_each: RunningPortal):
    portal, now = counted_on_each, counted_on_each.clock.now
    customer = portal.customer()
    customer.use_keys(of_point=False)
    customer.sign(customer.review("9.500"), wrong_numeric_key(customer.way))
    with portal.session() as session, transaction(session):
        session.add_all(
            [
                mail(now, sent_at=now),
                mail(now, next_attempt_at=now - timedelta(minutes=5)),
                mail(now, next_attempt_at=now + timedelta(minutes=5), attempts=2),
                mail(now, next_attempt_at=now - timedelta(days=5), attempts=24),
                *(
                    Job(
                        public_id=f"job{number}",
                        kind=JobKind.CERTIFY_READINGS,
                        parameters="{}",
                        requested_at=now - timedelta(minutes=number),
                        requested_by_id=customer.way.actor.user_id,
                        state=state,
                    )
                    for number, state in enumerate(
                        (JobState.WAITING, JobState.WAITING, JobState.RUNNING, JobState.DONE)
                    )
                ),
            ]
        )
    with portal.session() as session:
        new = session.query(OutboxMessage).filter(OutboxMessage.sent_at.is_(None), OutboxMessage.attempts == 0).count()
        heartbeats.beat(Act.of_system(session, datetime.now(UTC)), started_at=now, last={})
        anchors.anchor(
            Act.of_system(session, now - timedelta(hours=2)),
            path=portal.app.extensions["portal.settings"].audit_anchors,
        )
    found = scrape(portal)
    assert value(found, "portal_mails_waiting", state="new") == new
    assert value(found, "portal_mails_waiting", state="failing") == 1
    assert value(found, "portal_mails_waiting", state="given-up") == 1
    assert value(found, "portal_mail_overdue_seconds") == 300
    assert value(found, "portal_jobs_open", state="waiting") == 2
    assert value(found, "portal_jobs_open", state="running") == 1
    assert value(found, "portal_job_waits_seconds") == 60
    assert value(found, "portal_workers") == 1
    assert (value(found, "portal_worker_silent_seconds") or 0) < 60
    assert value(found, "portal_key_attempts_hour", kind="numeric", outcome="wrong") == 1
    assert value(found, "portal_key_attempts_hour", kind="web", outcome="right") == 1
    assert value(found, "portal_anchor_age_seconds") == 7200
    postgres = portal.app.extensions["portal.engine"].dialect.name == "postgresql"
    assert (value(found, "portal_database_lock_waiters") is not None) == postgres


def test_reading_them_takes_few_statements_and_no_walk_through_what_grows(counted: RunningPortal):
    counted.customer()
    engine: Engine = counted.app.extensions["portal.engine"]
    asked: list[tuple[str, Any]] = []
    event.listen(
        engine, "before_cursor_execute", lambda _connection, _cursor, text, values, *_rest: asked.append((text, values))
    )
    scrape(counted)
    asked = [each for each in asked if each[0].startswith("SELECT")]
    assert len(asked) == 6
    with engine.connect() as connection:
        plans = [
            row[3]
            for text, values in list(asked)
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
        ]
    scanned = [SCAN.search(plan) for plan in plans]
    assert [found[0] for found in scanned if found and found[1] in GROWING and found[2] not in OF_FEW] == []


def test_with_the_database_away_the_counts_are_still_there(counted: RunningPortal):
    counted.app.test_client().get("/ingreso")
    with on_engine(counted, "sqlite:////nowhere/portal.db"):
        exposition_of(counted)._sessions = counted.app.extensions["portal.sessions"]
        found = scrape(counted)
    assert value(found, "portal_database_up") == 0
    assert value(found, "portal_requests_total", route="/ingreso", method="GET", status="200") == 1


def test_at_the_port_no_token_is_asked_for(counted: RunningPortal):
    port = free_port()
    open_port(exposition_of(counted), port)
    for _ in range(50):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                text = answer.read().decode()
            break
        except OSError:
            time.sleep(0.1)
    else:
        pytest.fail("nobody answers at the port")
    assert value(samples_of(text), "portal_database_up") == 1
    gc.collect()


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("PORTAL_METRICS_TOKEN", "short", "PORTAL_METRICS_TOKEN is too weak"),
        ("PORTAL_METRICS_TOKEN", "ñ" * 32, "PORTAL_METRICS_TOKEN is too weak"),
        ("PORTAL_METRICS_TOKEN", "a" * 40, "PORTAL_METRICS_TOKEN is too weak"),
        ("PORTAL_METRICS_PORT", "0", "PORTAL_METRICS_PORT must be a port from 1 to 65535, not '0'"),
        ("PORTAL_METRICS_PORT", "http", "PORTAL_METRICS_PORT must be a port"),
        ("PORTAL_METRICS_PORT", "8000", "PORTAL_METRICS_PORT must be another port than the portal's own"),
    ],
)
def test_a_setting_that_opens_too_much_or_nothing_is_refused(tmp_path: Path, name: str, given: str, said: str):
    with pytest.raises(BadSettings, match=said):
        Settings.from_environment({"PORTAL_INSTANCE": str(tmp_path), name: given})
