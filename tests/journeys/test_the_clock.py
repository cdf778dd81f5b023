"""The one clock: the server's, which development may freeze or shift by PORTAL_NOW."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal import create_app
from portal.config import BadSettings, Settings
from portal.services.store.vault import Vault
from tests.browser import Browser
from tests.customer import Customer
from tests.factories import NOW
from tests.services.way import set_out


def started(sqlite_url: str, instance: Path, vault: Vault, now: str) -> Browser:
    """A browser on the portal started with this PORTAL_NOW, and a signed-in customer's way set out in it."""
    environment = {"PORTAL_INSTANCE": str(instance), "PORTAL_DATABASE_URL": sqlite_url, "PORTAL_NOW": now}
    environment["PORTAL_BASE_URL"] = "http://localhost"
    app = create_app(Settings.from_environment(environment))
    app.extensions["portal.vault"] = vault
    return Browser(app.test_client())


def test_a_frozen_clock_decides_what_is_open_and_is_printed_on_the_receipt(
    sqlite_url: str, tmp_path: Path, vault: Vault
):
    browser = started(sqlite_url, tmp_path, vault, "2026-11-23T11:59:59-05:00")
    app = browser.client.application
    with app.extensions["portal.sessions"]() as session:
        from portal.services.people import sessions
        from portal.services.store.transactions import transaction

        way = set_out(session, vault, now=NOW)
        with transaction(session):
            token = sessions.begin(
                session,
                user_id=way.actor.user_id or 0,
                now=datetime(2026, 11, 23, 16, 59, tzinfo=UTC),
                address="",
                user_agent="",
            )
    with browser.client.session_transaction() as cookie:
        cookie["_user_id"] = token
    customer = Customer(way, browser)
    assert "Queda menos de 1 min." in customer.open_contract().text
    receipt = customer.nominate()
    assert receipt.value("[data-field=received_at]") == "2026-11-23T16:59:59+00:00"
    assert "23 de noviembre de 2026, 11:59:59 (hora de Colombia)" in receipt.text
    app.extensions["portal.engine"].dispose()


def test_a_shifted_clock_goes_on(sqlite_url: str, tmp_path: Path, vault: Vault):
    browser = started(sqlite_url, tmp_path, vault, "-P3D")
    shown = datetime.fromisoformat(browser.client.head("/salud").headers["X-Portal-Now"])
    assert abs(datetime.now(UTC) - timedelta(days=3) - shown) < timedelta(minutes=1)
    browser.client.application.extensions["portal.engine"].dispose()


@pytest.mark.parametrize("now", ["ayer", "2026-11-23T09:00:00", "P", "2026-13-01T00:00:00Z"])
def test_a_clock_that_cannot_be_read_stops_the_start(tmp_path: Path, now: str):
    with pytest.raises(BadSettings, match="PORTAL_NOW"):
        Settings.from_environment({"PORTAL_INSTANCE": str(tmp_path), "PORTAL_NOW": now})


def test_production_refuses_to_move_the_clock(tmp_path: Path):
    with pytest.raises(BadSettings, match="PORTAL_NOW moves the clock"):
        Settings.from_environment(
            {
                "PORTAL_INSTANCE": str(tmp_path),
                "PORTAL_ENV": "production",
                "PORTAL_BASE_URL": "https://clientes.example.co",
                "PORTAL_TRUSTED_HOSTS": "clientes.example.co",
                "PORTAL_NOW": "P1D",
            }
        )
