"""Clients that are slow hold no thread: everybody else is answered meanwhile, and what never comes is given up."""

from __future__ import annotations

import http.client
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask

from portal import create_app
from portal.web.access import Audience, open_to
from tests.faults.server import Server
from tests.faults.slow import SlowClients
from tests.faults.stage import Stage

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
# Many times the threads of the server.
EACH = 50
BODY_SECONDS = 3
LONG_SECONDS = 1.5
# Against hanging: who waits behind a slow client waits far longer.
PATIENCE_SECONDS = 15


def with_a_large_file() -> Flask:
    """The portal, with an answer of 4 MB that is given piece by piece as the files of an account are."""
    app = create_app()

    @open_to(Audience.PUBLIC)
    def large() -> Iterator[bytes]:
        return (b"x" * 65536 for _ in range(64))

    @open_to(Audience.PUBLIC)
    def long() -> str:
        (Path(os.environ["PORTAL_INSTANCE"]) / "began").touch()
        time.sleep(LONG_SECONDS)
        return "hecho"

    @open_to(Audience.PUBLIC)
    def made() -> str:
        with (Path(os.environ["PORTAL_INSTANCE"]) / "made").open("a") as told:
            told.write("x")
        time.sleep(0.5)
        return "hecho"

    app.add_url_rule("/grande", "large", large)
    app.add_url_rule("/largo", "long", long)
    app.add_url_rule("/hecho.csv", "made", made)
    return app


@pytest.fixture
def impatient(stage: Stage) -> Iterator[Server]:
    environment = stage.environment | {"PORTAL_BODY_SECONDS": str(BODY_SECONDS)}
    with Server(stage.folder, environment, factory="tests.faults.test_slow_clients:with_a_large_file") as running:
        yield running


def status(server: Server, path: str, *, body: bytes | None = None) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("POST" if body is not None else "GET", path, body)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def test_everybody_is_answered_beside_a_hundred_slow_clients(impatient: Server):
    with SlowClients(impatient.port, senders=EACH, readers=EACH, big="/grande") as slow:
        assert [status(impatient, path) for path in ("/salud", "/salud/listo", "/", "/ingreso")] == [200] * 4
        until = time.monotonic() + PATIENCE_SECONDS
        while sum(slow.answers.values()) < EACH and time.monotonic() < until:
            assert status(impatient, "/salud") == 200
            time.sleep(0.2)
        assert slow.answers == {408: EACH}
        assert slow.taken > 0


def test_headers_that_never_end_are_given_up(impatient: Server):
    with SlowClients(impatient.port, headers=EACH) as slow:
        assert status(impatient, "/ingreso") == 200
        until = time.monotonic() + PATIENCE_SECONDS
        while slow.ended_headers < EACH and time.monotonic() < until:
            time.sleep(0.2)
        assert slow.ended_headers == EACH


def test_a_form_that_is_too_long_is_told_so_to_its_end(impatient: Server):
    assert status(impatient, "/ingreso", body=b"x" * 65_537) == 413
    assert status(impatient, "/ingreso", body=b"x" * 900_000) == 413
    assert status(impatient, "/ingreso", body=b"x" * 10) == 400


def test_who_works_is_let_end_and_who_is_slow_is_not_waited_for(impatient: Server, stage: Stage):
    with (
        SlowClients(impatient.port, senders=EACH, readers=EACH, big="/grande") as slow,
        ThreadPoolExecutor(1) as beside,
    ):
        answered = beside.submit(status, impatient, "/largo")
        began = stage.folder / "instance" / "began"
        until = time.monotonic() + PATIENCE_SECONDS
        while not began.exists() and time.monotonic() < until:
            time.sleep(0.05)
        assert impatient.stop() == 0
        assert answered.result(PATIENCE_SECONDS) == 200
        assert set(slow.answers) <= {503, 408}
    assert "Killing" not in impatient.log.read_text(errors="replace"), "it waited for somebody to its last second"


def test_files_wait_for_one_another_not_pages_for_them_and_nobody_makes_one_for_who_is_gone(
    impatient: Server, stage: Stage
):
    with SlowClients(impatient.port, readers=4 * EACH, big="/hecho.csv"):
        assert status(impatient, "/salud") == 200
        assert status(impatient, "/ingreso") == 200
    # Those have gone: the next one does not wait for two hundred halves of a second.
    assert status(impatient, "/hecho.csv") == 200
    assert len((stage.folder / "instance" / "made").read_text()) < 2 * EACH


def test_a_large_answer_arrives_whole(impatient: Server):
    connection = http.client.HTTPConnection("127.0.0.1", impatient.port, timeout=PATIENCE_SECONDS)
    connection.request("GET", "/grande")
    assert connection.getresponse().read() == b"x" * 65536 * 64
    connection.close()
