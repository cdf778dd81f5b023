"""Error reports: what leaves names the error and its place in our source, and nothing that anybody typed."""

from __future__ import annotations

import gzip
import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask import request
from sqlalchemy import text

from portal import reports
from portal.config import BadSettings, Settings
from portal.models import User
from portal.web import database
from portal.web.access import Audience, open_to
from tests.application import RunningPortal, SetClock, run, settings_for
from tests.customer import Customer

# In the form, the query, a header, a cookie, a local variable, the text of an error, a statement of the database.
SECRETS = ("483920175", "K7QF2M9XTB4R", "Bearer-SECRETO", "GALLETA", "LOCAL-SECRETO", "TEXTO-SECRETO", "VALOR-SECRETO")


class Collector:
    """A collector on this machine; with ``hangs`` it takes reports and answers none until it is let go."""

    def __init__(self, *, hangs: bool = False) -> None:
        self.bodies: list[bytes] = []
        self.came = threading.Event()
        self.go = threading.Event()
        if not hangs:
            self.go.set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                zipped = self.headers.get("Content-Encoding") == "gzip"
                collector.bodies.append(gzip.decompress(body) if zipped else body)
                collector.came.set()
                collector.go.wait(60)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        self.dsn = f"http://clave@127.0.0.1:{self.server.server_port}/7"

    def close(self) -> None:
        self.go.set()
        self.server.shutdown()
        self.server.server_close()

    def events(self) -> list[dict[str, Any]]:
        """Return the events of the envelopes that came."""
        assert self.came.wait(30), "no report came"
        return [json.loads(line) for body in self.bodies for line in body.splitlines() if b'"exception"' in line]


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.close()


def reporting(sqlite_url: str, tmp_path: Path, clock: SetClock, dsn: str) -> Iterator[RunningPortal]:
    """Run the application with a fault planted at /averia."""
    for portal in run(settings_for(sqlite_url, tmp_path, clock, report_dsn=dsn)):

        @portal.app.route("/averia", methods=["GET", "POST"])
        @open_to(Audience.SIGNED_IN)
        def broken() -> str:
            password = "LOCAL-SECRETO"
            typed = request.values.get("numeric_key", "")
            try:
                database.current().execute(text("SELECT :valor FROM no_hay"), {"valor": "VALOR-SECRETO"})
            except Exception as error:
                raise RuntimeError(f"TEXTO-SECRETO {typed} {password}") from error
            return ""

        try:
            yield portal
        finally:
            reports.end()


def break_it(customer: Customer) -> Any:
    """Send a form full of secrets to the fault."""
    token = customer.open("/nominacion/gnv-suministro/clave-web").form()["csrf_token"]
    customer.browser.client.set_cookie("otra", "GALLETA")
    return customer.browser.client.post(
        "/averia?web_key=K7QF2M9XTB4R",
        data={"csrf_token": token, "numeric_key": "483920175"},
        headers={"Origin": "http://localhost", "X-Otro": "Bearer-SECRETO"},
    )


def test_an_error_arrives_with_its_place_and_without_what_was_typed(
    sqlite_url: str, tmp_path: Path, clock: SetClock, collector: Collector
):
    for portal in reporting(sqlite_url, tmp_path, clock, collector.dsn):
        customer = portal.customer()
        answer = break_it(customer)
        assert answer.status_code == 500
        with portal.session() as session:
            person = session.get_one(User, customer.way.actor.user_id)
        (event,) = collector.events()
        sent = b"".join(collector.bodies).decode()
        assert [error["type"] for error in event["exception"]["values"]][-1] == "RuntimeError"
        assert "OperationalError" in [error["type"] for error in event["exception"]["values"]]
        assert event["exception"]["values"][-1]["stacktrace"]["frames"][-1]["function"] == "broken"
        assert event["user"] == {"id": person.public_id}
        assert event["transaction"] == event["tags"]["route"] == "/averia"
        assert event["tags"]["request_id"] == answer.headers["X-Request-ID"]
        assert (event["environment"], event["level"]) == ("development", "error")
        hidden = (*SECRETS, person.email, person.name, "127.0.0.1", answer.headers.get("Set-Cookie", "x" * 40))
        assert [word for word in hidden if word in sent.replace(collector.dsn, "")] == []
        assert set(event) <= {*reports.OURS, "tags", "transaction", "user", "exception"}


def test_a_collector_that_hangs_or_is_gone_holds_no_answer_up(sqlite_url: str, tmp_path: Path, clock: SetClock):
    hanging = Collector(hangs=True)
    for portal in reporting(sqlite_url, tmp_path, clock, hanging.dsn):
        customer = portal.customer()
        for _ in range(reports.MOST_WAITING + 5):
            # Each is answered while the collector still owes its answer to the first.
            assert break_it(customer).status_code == 500
        assert not hanging.go.is_set()
    hanging.close()
    for portal in reporting(sqlite_url, tmp_path / "gone", clock, hanging.dsn):
        assert break_it(portal.customer()).status_code == 500


def test_one_error_with_every_request_does_not_flood_the_collector(
    sqlite_url: str, tmp_path: Path, clock: SetClock, collector: Collector, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reports, "MOST_A_MINUTE", 3)
    for _ in reporting(sqlite_url, tmp_path, clock, collector.dsn):
        for number in range(10):
            try:
                raise ValueError(number)
            except ValueError:
                structlog.get_logger("tests").exception("failure")
        import sentry_sdk

        sentry_sdk.flush(timeout=30)
        assert len(collector.events()) == 3


def test_what_is_no_error_of_ours_is_not_reported(
    sqlite_url: str, tmp_path: Path, clock: SetClock, collector: Collector, monkeypatch: pytest.MonkeyPatch
):
    for portal in reporting(sqlite_url, tmp_path, clock, collector.dsn):
        portal.app.test_client().get("/nada")
        log = structlog.get_logger("tests")
        log.error("unavailable", error="OperationalError")
        log.warning("raced", exc_info=ValueError("x"))
        log.critical("uncaught", exc_info=ValueError("LOCAL-SECRETO"), route=None)
        (event,) = collector.events()
        assert (event["level"], event["tags"]["event"]) == ("fatal", "uncaught")


def test_a_fork_of_a_process_that_reported_reports_too(
    sqlite_url: str, tmp_path: Path, clock: SetClock, collector: Collector, monkeypatch: pytest.MonkeyPatch
):
    import sentry_sdk

    for _ in reporting(sqlite_url, tmp_path, clock, collector.dsn):
        log = structlog.get_logger("tests")
        log.error("failure", exc_info=ValueError("parent"), job="parent")
        sentry_sdk.flush(timeout=30)
        child = os.fork()
        if child == 0:
            log.error("failure", exc_info=ValueError("child"), job="child")
            sentry_sdk.flush(timeout=30)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert [event["tags"]["job"] for event in collector.events()] == ["parent", "child"]


def test_without_the_setting_nothing_is_loaded(portal: RunningPortal):
    assert portal.app.extensions["portal.settings"].report_dsn is None
    assert [each for each in reports.logs._listeners if each is reports._report] == []


@pytest.mark.parametrize(
    ("dsn", "said"),
    [
        ("collector", "PORTAL_SENTRY_DSN must be like https://key@reports.example.co/1"),
        ("https://reports.example.co/1", "PORTAL_SENTRY_DSN must be like"),
        ("https://key@reports.example.co/", "PORTAL_SENTRY_DSN must be like"),
        ("https://key@reports.example.co:x/1", "PORTAL_SENTRY_DSN must be like"),
        ("http://key@reports.example.co/1", "PORTAL_SENTRY_DSN must begin with https://"),
    ],
)
def test_a_collector_that_cannot_be_reached_safely_is_refused(tmp_path: Path, dsn: str, said: str):
    with pytest.raises(BadSettings, match=said):
        Settings.from_environment({"PORTAL_INSTANCE": str(tmp_path), "PORTAL_SENTRY_DSN": dsn})
