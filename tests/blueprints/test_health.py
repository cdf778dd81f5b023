"""Liveness and readiness, for whoever watches the portal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, event, text

from portal.migrations import revisions, runner
from portal.models import PepperMark
from portal.services.ops import heartbeats, installation
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.web import readiness
from tests.application import RunningPortal, SetClock, run, settings_for
from tests.blueprints.database_away import on_engine
from tests.factories import NOW


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
    assert client.get("/salud/listo").text.startswith("listo\n")
    with on_engine(portal_on_each, "sqlite:////nowhere/portal.db"):
        answer = client.get("/salud/listo")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert client.get("/salud/listo").status_code == 200


def test_ready_within_seconds_also_when_the_database_does_not_answer(portal: RunningPortal):
    with on_engine(portal, "postgresql+psycopg://nobody@127.0.0.1:9/none"):
        assert portal.app.test_client().get("/salud/listo").status_code == 503


def sealed_under(portal: RunningPortal, pepper: bytes) -> None:
    """Mark the database as one that was sealed under this pepper."""
    with portal.session() as session, transaction(session):
        session.add(PepperMark(id=1, fingerprint=Vault(pepper).fingerprint, marked_at=NOW))


def at_revision(portal: RunningPortal, revision: str) -> None:
    with portal.session() as session, transaction(session):
        session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def test_another_schema_than_the_programs_is_not_ready_and_says_so(portal_on_each: RunningPortal):
    client = portal_on_each.app.test_client()
    for revision in ("a90e4d17c3b8", "ffffffffffff"):
        at_revision(portal_on_each, revision)
        answer = client.get("/salud/listo")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        assert answer.text.startswith(f"no listo\nesquema: la base de datos está en la revisión {revision} ")
    assert client.get("/salud").status_code == 200
    at_revision(portal_on_each, revisions.head())
    assert client.get("/salud/listo").status_code == 200


def test_the_programs_own_revision_is_that_of_its_migrations():
    assert revisions.head() == runner.head()


def test_another_pepper_is_not_ready_and_is_named(portal_on_each: RunningPortal):
    sealed_under(portal_on_each, b"the pepper of the database, thirty-two bytes and more")
    answer = portal_on_each.app.test_client().get("/salud/listo")
    assert answer.status_code == 503
    assert "pepper: este no es el pepper con el que se selló la base de datos" in answer.text


def test_a_database_that_was_never_marked_is_known_by_its_audit_chain(portal_on_each: RunningPortal):
    portal_on_each.customer().open_contract()
    client = portal_on_each.app.test_client()
    assert client.get("/salud/listo").status_code == 200
    with portal_on_each.session() as session:
        assert installation.is_sealed_under(session, portal_on_each.vault)
        assert not installation.is_sealed_under(session, Vault(b"another pepper, which has thirty-two bytes as well"))


def test_the_worker_is_a_detail(portal_on_each: RunningPortal):
    client = portal_on_each.app.test_client()
    assert "trabajador: nunca se ha visto" in client.get("/salud/listo").text
    now = datetime.now(UTC)
    with portal_on_each.session() as session:
        heartbeats.beat(Act.of_system(session, now - timedelta(minutes=3)), started_at=now, last={})
    answer = client.get("/salud/listo")
    assert (answer.status_code, answer.text.endswith("no responde\n")) == (200, True)


@pytest.mark.postgres
def test_a_clock_that_differs_from_the_databases_is_told(
    postgres_url: str, tmp_path: Path, clock: SetClock, monkeypatch: pytest.MonkeyPatch
):
    class Fast(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(minutes=2)

    for portal in run(settings_for(postgres_url, tmp_path, clock)):
        client = portal.app.test_client()
        assert "reloj: igual al de la base de datos" in client.get("/salud/listo").text
        monkeypatch.setattr("portal.web.readiness.datetime", Fast)
        assert "reloj: adelantado 120 s frente al de la base de datos" in client.get("/salud/listo").text


@pytest.mark.parametrize("fault", ["schema", "pepper"])
def test_a_server_serves_nothing_until_schema_and_pepper_were_seen_to_be_its_own(
    portal_on_each: RunningPortal, fault: str
):
    if fault == "schema":
        at_revision(portal_on_each, "a90e4d17c3b8")
    else:
        sealed_under(portal_on_each, b"the pepper of the database, thirty-two bytes and more")
    readiness.guard(portal_on_each.app)
    client = portal_on_each.app.test_client()
    for url in ("/", "/ingreso", "/tarifas"):
        answer = client.get(url)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30"), url
    assert client.get("/salud").status_code == 200
    assert client.get("/salud/listo").text.startswith("no listo\n")
    at_revision(portal_on_each, revisions.head())
    with portal_on_each.session() as session, transaction(session):
        session.execute(delete(PepperMark))
    assert client.get("/ingreso").status_code == 200


def test_a_newer_schema_is_served_while_servers_are_replaced(portal: RunningPortal):
    at_revision(portal, "ffffffffffff")
    readiness.guard(portal.app)
    assert portal.app.test_client().get("/ingreso").status_code == 200


def test_a_server_stays_ready_while_its_schema_is_expanded_beneath_it(portal_on_each: RunningPortal):
    client = portal_on_each.app.test_client()
    # Not for a program that never saw its own schema: that one was started on a newer one.
    at_revision(portal_on_each, "ffffffffffff")
    assert client.get("/salud/listo").status_code == 503
    at_revision(portal_on_each, revisions.head())
    assert client.get("/salud/listo").status_code == 200
    at_revision(portal_on_each, "ffffffffffff")
    answer = client.get("/salud/listo")
    assert (answer.status_code, readiness.EXPANDED in answer.text) == (200, True)
    # An older schema is never an expanded one.
    at_revision(portal_on_each, "a90e4d17c3b8")
    assert client.get("/salud/listo").status_code == 503


def test_a_server_that_checked_its_schema_at_its_start_stays_ready_too(portal: RunningPortal):
    assert readiness.find_problem(portal.app) is None
    at_revision(portal, "ffffffffffff")
    assert portal.app.test_client().get("/salud/listo").status_code == 200
