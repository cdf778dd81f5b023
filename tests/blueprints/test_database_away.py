"""A database that is away, locked or full: 503 that says so, nothing half written, well again afterwards."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError, OperationalError

from portal.models import AttemptCounter, AuditEvent, Grant, Nomination, NominationDraft, OutboxMessage
from portal.services.store.refusals import Busy
from tests.application import RunningPortal
from tests.blueprints.database_away import failing_at_commit, on_engine, unavailable
from tests.customer import Customer

WEB_KEY_PAGE = "/nominacion/gnv-suministro/clave-web"


def rows(portal: RunningPortal) -> dict[str, int]:
    """How much there is of what a signature writes."""
    tables = (Nomination, AuditEvent, OutboxMessage, Grant)
    return {table.__tablename__: portal.count(table) for table in tables}


def test_without_a_database_every_page_says_that_nothing_was_taken(portal: RunningPortal, customer: Customer):
    client = customer.browser.client
    with on_engine(portal, "sqlite:////nowhere/portal.db"):
        for url in ("/nominacion", WEB_KEY_PAGE, "/salud/listo"):
            assert unavailable(customer.open(url)), url
        assert client.get("/salud").text == "vivo\n"
        assert client.get("/nada").status_code == 404
    assert client.get("/salud/listo").text.startswith("listo\n")


def test_an_empty_database_answers_503_not_500(portal: RunningPortal, customer: Customer, tmp_path: Path):
    with on_engine(portal, f"sqlite:///{tmp_path / 'empty.db'}"):
        assert customer.browser.client.get("/nominacion").status_code == 503


def test_a_database_that_somebody_holds_locked_answers_503_and_is_well_again_afterwards(
    portal: RunningPortal, customer: Customer, sqlite_url: str
):
    customer.open_contract()
    page = customer.review()
    before = rows(portal)
    holder = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with on_engine(portal, sqlite_url, busy_timeout_ms=50):
        refused = customer.sign(page)
        assert unavailable(refused)
    holder.execute("ROLLBACK")
    holder.close()
    assert rows(portal) == before
    assert portal.count(AttemptCounter, count=1) == 0, "nothing was spent"
    assert customer.sign(page).one("#radicado")


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("COMMIT", {}, sqlite3.OperationalError("disk I/O error")),
        OperationalError("COMMIT", {}, sqlite3.OperationalError("database or disk is full")),
        DatabaseError("COMMIT", {}, sqlite3.DatabaseError("attempt to write a readonly database")),
        DatabaseError("COMMIT", {}, Exception("gone"), connection_invalidated=True),
    ],
    ids=["input-output", "full", "read-only", "connection-lost"],
)
def test_a_commit_that_fails_for_a_passing_reason_answers_503_and_leaves_nothing(
    portal: RunningPortal, customer: Customer, error: Exception
):
    customer.open_contract()
    page = customer.review()
    before = rows(portal)
    with failing_at_commit(portal, error):
        refused = customer.sign(page)
    if getattr(error, "connection_invalidated", False):
        # The answer to the commit was lost: nobody knows, and the page says so and where to look.
        assert (refused.status, refused.headers.get("Retry-After")) == (503, "30")
        assert "No se sabe si lo que acaba de enviar quedó registrado" in refused.text
        assert "revise en el historial" in refused.text
        assert "no se registró" not in refused.text
    else:
        assert unavailable(refused)
    assert rows(portal) == before
    receipt = customer.sign(page)
    assert receipt.one("#radicado").get_text() == "N-2026-000001", "no number is lost"


def test_a_full_disk_answers_503_and_leaves_nothing(portal: RunningPortal, customer: Customer, sqlite_url: str):
    customer.open_contract()
    form = customer.open("/nominacion/gnv-suministro/nueva").form()
    with on_engine(portal, sqlite_url) as engine:

        @event.listens_for(engine, "connect")
        def fill(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA max_page_count=1")

        # The file cannot grow any more: when the room inside its pages is used, SQLite says that the disk is full.
        taken = 0
        while (page := form.submit()).status == 200:
            taken += 1
        assert unavailable(page)
        assert portal.count(NominationDraft) == taken
    assert form.submit().status == 200


def test_no_room_for_a_key_check_answers_503_and_spends_no_attempt(
    portal: RunningPortal, customer: Customer, monkeypatch: pytest.MonkeyPatch
):
    def full(_vault: object) -> Any:
        raise Busy

    monkeypatch.setattr(type(portal.vault), "slot", full)
    assert unavailable(customer.open_contract())
    assert portal.count(AttemptCounter) == 0
