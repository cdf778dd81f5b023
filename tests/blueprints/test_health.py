"""Liveness and readiness, for whoever watches the portal."""

from __future__ import annotations

from sqlalchemy import event

from tests.application import RunningPortal
from tests.blueprints.database_away import on_engine


def test_alive_means_that_the_process_answers_and_asks_nothing_of_the_database(portal: RunningPortal):
    asked: list[str] = []

    @event.listens_for(portal.app.extensions["portal.engine"], "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    answer = portal.app.test_client().get("/salud")
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "vivo\n", "text/plain")
    assert not asked


def test_ready_means_that_the_database_answers(portal_on_each: RunningPortal):
    client = portal_on_each.app.test_client()
    assert client.get("/salud/listo").text == "listo\n"
    with on_engine(portal_on_each, "sqlite:////nowhere/portal.db"):
        answer = client.get("/salud/listo")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert client.get("/salud/listo").status_code == 200


def test_ready_within_seconds_also_when_the_database_does_not_answer(portal: RunningPortal):
    with on_engine(portal, "postgresql+psycopg://nobody@127.0.0.1:9/none"):
        assert portal.app.test_client().get("/salud/listo").status_code == 503
