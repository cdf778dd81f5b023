"""The portal itself on this test's database, with a clock that the test sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from portal import create_app
from portal.config import Settings
from portal.domain.accounts import Role
from portal.models.base import Base
from portal.services.people import sessions
from portal.services.store.push_keys import PushKey
from portal.services.store.rotations import Secret
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from tests import factories
from tests.browser import Browser
from tests.cheap_vault import cheapen
from tests.customer import Customer
from tests.services.way import Way, set_out


class CompiledTemplates(BytecodeCache):
    """Templates are compiled once for all the applications of a test run; one whose source changed, anew."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code
        self.kept[bucket.key, bucket.checksum] = bucket.code


COMPILED = CompiledTemplates()
# Of the tests, and of nobody else.
PUSH_KEY = PushKey(ec.derive_private_key(20261130, ec.SECP256R1()))
PEPPER = b"a pepper that only the tests know, 32 bytes and more"


@dataclass
class SetClock:
    """Clock of the application under test; stands still until the test moves it."""

    now: datetime = factories.NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> datetime:
        """Let time pass; arguments as for `timedelta`."""
        self.now += timedelta(**by)
        return self.now


@dataclass
class RunningPortal:
    """Application of a test, with its database, its clock and browsers."""

    app: Flask
    clock: SetClock
    vault: Vault
    left_behind: list[str] = field(default_factory=list)

    def session(self) -> Session:
        """Open a session of the test's own on the application's database."""
        opened: Session = self.app.extensions["portal.sessions"]()
        return opened

    def count(self, model: type[Base], **having: Any) -> int:
        """Count the rows of a table, those with these values when given."""
        with self.session() as session:
            return session.scalar(select(func.count()).select_from(model).filter_by(**having)) or 0

    def browser(self, **options: Any) -> Browser:
        """Return a browser without a session."""
        return Browser(self.app.test_client(), **options)

    def sign_in(self, browser: Browser, user_id: int) -> Browser:
        """Sign the account in, bypassing the sign-in page."""
        with self.session() as session, transaction(session):
            token = sessions.begin(
                session, user_id=user_id, now=self.clock.now, address="127.0.0.1", user_agent="tests", proved=True
            )
        with browser.client.session_transaction() as cookie:
            cookie.clear()
            cookie["_user_id"] = token
        return browser

    def signed_in(self, user_id: int) -> Browser:
        """Return a new browser in which the account is signed in."""
        return self.sign_in(self.browser(), user_id)

    def staff(self, role: Role = Role.OPERATOR, **person: Any) -> Browser:
        """Return a new browser in which an account of the consoles is signed in, second factor and all."""
        with self.session() as session, transaction(session):
            user_id = factories.user(session, role=role, **person).id
        return self.signed_in(user_id)

    def customer(self, **contract: Any) -> Customer:
        """Return a signed-in person with the letter of a new contract, who has opened nothing yet."""
        with self.session() as session:
            way = set_out(session, self.vault, now=self.clock.now, **contract)
        return self.holder_of(way)

    def holder_of(self, way: Way) -> Customer:
        """Return the person of a letter in a browser of their own, signed in."""
        assert way.actor.user_id is not None
        return Customer(way, self.signed_in(way.actor.user_id))

    def colleague_of(self, customer: Customer, **person: Any) -> Customer:
        """Return another person with the same letter, signed in."""
        with self.session() as session, transaction(session):
            actor = factories.signed_in(session, factories.user(session, **person), now=self.clock.now)
        return self.holder_of(replace(customer.way, actor=actor))


def settings_for(database_url: str, instance: Path, clock: SetClock, **given: Any) -> Settings:
    """Return the settings of an application under test."""
    values: dict[str, Any] = {
        "environment": "development",
        "instance": instance,
        "database_url": database_url,
        "secret_key": Secret(b"a key that signs the cookies of tests, long enough"),
        "pepper": Secret(PEPPER),
        "base_url": "http://localhost",
        "trusted_hosts": (),
        "smtp_url": None,
        "clock": clock,
        "behind_proxy": False,
        "push_key": PUSH_KEY,
    }
    return Settings(**values | given)


def run(settings: Settings) -> Iterator[RunningPortal]:
    """Yield the application; fail when a request left uncommitted changes."""
    app = create_app(settings)
    app.jinja_env.bytecode_cache = COMPILED
    if settings.database_url.startswith("sqlite"):
        event.listen(app.extensions["portal.engine"], "connect", _hurry)
    assert isinstance(settings.clock, SetClock)
    running = RunningPortal(app, settings.clock, cheapen(app.extensions["portal.vault"]))

    @app.teardown_appcontext
    def look(_error: BaseException | None) -> None:
        from flask import g, request

        session = g.get("database_session")
        if session is not None and (session.new or session.dirty or session.deleted):
            running.left_behind.append(f"{request.method} {request.path}")

    yield running
    app.extensions["portal.engine"].dispose()
    assert not running.left_behind, f"changes were left uncommitted by {running.left_behind}"


def _hurry(connection: Any, _record: Any) -> None:
    # The database of a test need not outlive a power cut.
    connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture
def clock() -> SetClock:
    """A Monday morning, 09:00 in Colombia, three hours before nominations for Tuesday close."""
    return SetClock()


@pytest.fixture
def portal(sqlite_url: str, tmp_path: Path, clock: SetClock) -> Iterator[RunningPortal]:
    """The application on a SQLite database of this test's own."""
    yield from run(settings_for(sqlite_url, tmp_path, clock))


@pytest.fixture
def portal_on_each(database_url: str, tmp_path: Path, clock: SetClock) -> Iterator[RunningPortal]:
    """The application on a database of this test's own: the test runs on SQLite and on PostgreSQL."""
    yield from run(settings_for(database_url, tmp_path, clock))


@pytest.fixture
def browser(portal: RunningPortal) -> Browser:
    """A browser without JavaScript and without a session."""
    return portal.browser()


@pytest.fixture
def customer(portal: RunningPortal) -> Customer:
    """A signed-in customer with a letter and nothing opened."""
    return portal.customer()
