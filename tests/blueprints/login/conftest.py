"""The portal, its browsers and Ana's account, for the tests of accounts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.models import User
from portal.services.store.vault import Vault
from tests.blueprints.login.stage import MovableClock, serve
from tests.blueprints.login.visits import BASE_URL, NewBrowser
from tests.browser import Browser
from tests.services.account_stage import account


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def app(tmp_path: Path, sqlite_url: str, vault: Vault, clock: MovableClock) -> Iterator[Flask]:
    made = serve(tmp_path, sqlite_url, vault=vault, clock=clock, base_url=BASE_URL)
    yield made
    made.extensions["portal.engine"].dispose()


@pytest.fixture
def new_browser(app: Flask) -> NewBrowser:
    return lambda: Browser(app.test_client())


@pytest.fixture
def browser(new_browser: NewBrowser) -> Browser:
    return new_browser()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    with app.extensions["portal.sessions"]() as opened:
        yield opened


@pytest.fixture
def ana(session: Session, vault: Vault) -> User:
    return account(session, vault)
