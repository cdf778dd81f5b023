"""A person stays signed in, and keeps the form on the screen, while the session key is rotated server by server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from portal.models import User
from portal.services.store.rotations import Secret
from portal.services.store.vault import Vault
from tests.blueprints.login.stage import MovableClock, serve
from tests.blueprints.login.visits import BASE_URL, sign_in
from tests.browser import Browser
from tests.factories import NOW

FORMER, NEW = b"the former key of the sessions of this portal", b"the new key of the sessions of this portal, as long"
ROTATING = Secret(FORMER).rotated(NEW, begins_at=NOW + timedelta(hours=1))
Started = Callable[[Secret], Flask]


@pytest.fixture
def started(tmp_path: Path, sqlite_url: str, vault: Vault, clock: MovableClock) -> Iterator[Started]:
    """Start a server with this session key on the test's database."""
    apps: list[Flask] = []

    def start(secret: Secret) -> Flask:
        apps.append(serve(tmp_path, sqlite_url, vault=vault, clock=clock, base_url=BASE_URL, secret_key=secret))
        return apps[-1]

    yield start
    for app in apps:
        app.extensions["portal.engine"].dispose()


def test_servers_with_and_without_the_new_key_serve_the_same_session(started: Started, clock: MovableClock, ana: User):
    before = started(Secret(FORMER))
    browser = Browser(before.test_client())
    sign_in(browser)
    form = browser.open("/cuenta").form("/cuenta/seguir")
    # The other server has the new file already, and sends forms that the first one takes.
    early = browser.client.application = started(ROTATING)
    assert form.submit("Seguir conectado").status == 200
    form = browser.open("/cuenta").form("/cuenta/seguir")
    browser.client.application = before
    assert form.submit("Seguir conectado").status == 200
    # Both were started anew after the hour: they sign with the new key, and take what the former signed.
    clock.now = NOW + timedelta(minutes=20)
    assert browser.open("/cuenta").form("/cuenta/seguir").submit("Seguir conectado").status == 200
    clock.now = NOW + timedelta(minutes=40)
    form = browser.open("/cuenta").form("/cuenta/seguir")
    form.submit("Seguir conectado")
    clock.now = NOW + timedelta(minutes=61)
    browser.client.application = started(ROTATING)
    assert form.submit("Seguir conectado").status == 200
    browser.open("/cuenta")
    # A server that was not started anew since takes what the new key signed; afterwards that one alone is enough.
    browser.client.application = early
    assert browser.open("/cuenta").url == "/cuenta"


def test_after_the_end_the_former_key_opens_nothing(started: Started, clock: MovableClock, ana: User):
    browser = Browser(started(Secret(FORMER)).test_client())
    sign_in(browser)
    browser.client.application = started(ROTATING.ended())
    assert browser.open("/cuenta").url.startswith("/ingreso")
    sign_in(browser)
    assert browser.open("/cuenta").url == "/cuenta"
