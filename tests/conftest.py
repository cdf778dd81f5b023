"""Fixtures for every test, gathered from the modules that define them."""

import gc
import os
from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings
from sqlalchemy.orm import Session, sessionmaker

from portal.migrations import runner
from portal.models.engine import make_engine
from portal.services.store import distributors
from portal.services.store.vault import Vault
from portal.services.timetable import holidays
from portal.web.database import session_factory
from tests.cheap_vault import cheapen
from tests.databases.memory import memory
from tests.e2e.stage import NINE, set_the_stage

pytest_plugins = [
    "tests.databases.fixtures",
    "tests.databases.compiled",
    "tests.e2e.fixtures",
    "tests.application",
    "tests.migrations.next_revision",
]

# The same examples on every machine and every run; HYPOTHESIS_PROFILE=thorough looks for new ones.
settings.register_profile("suite", deadline=None, max_examples=60, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=3000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


def pytest_configure() -> None:
    """Keep the folders of tests in memory where there is room, unless told where."""
    room = memory()
    if room:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(room))


def pytest_collection_finish() -> None:
    """Spare the collector of cycles what stays until the end: modules, tests and mappers are most of all objects.

    It looked through them again and again, an eighth of the processor's time. What a test leaves is still collected.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


@pytest.fixture(autouse=True)
def kept_rows_stay_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock by which rows that everybody asks for are read again every few seconds.

    The number of a page's questions would depend on how busy the machine is. Who tests that time sets it.
    """
    for module in (distributors, holidays):
        monkeypatch.setattr(module, "monotonic", lambda: 0.0)


@pytest.fixture(scope="session")
def migrate() -> Callable[[str], None]:
    """Function `migrate(url)` that creates the tables; makes the templates of both kinds."""

    def to_the_newest(url: str) -> None:
        engine = make_engine(url)
        runner.upgrade(engine)
        engine.dispose()

    return to_the_newest


@pytest.fixture(scope="session")
def vault() -> Vault:
    """A vault with cheap hashes, under a pepper of the tests' own."""
    return cheapen(Vault(b"a pepper that only the tests know, 32 bytes and more"))


@pytest.fixture
def sessions(database_url: str, vault: Vault) -> Iterator[sessionmaker[Session]]:
    """The maker of sessions on this test's database, as the application has one: the test runs on each kind."""
    engine = make_engine(database_url)
    yield session_factory(engine, vault)
    engine.dispose()


@pytest.fixture
def sqlite_session(sqlite_url: str, vault: Vault) -> Iterator[Session]:
    """One session on SQLite, for rules that ask nothing of the database that differs."""
    engine = make_engine(sqlite_url)
    with session_factory(engine, vault)() as opened:
        yield opened
    engine.dispose()


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """One session on this test's database; a test must not leave uncommitted changes."""
    with sessions() as opened:
        yield opened
        left = [*opened.new, *opened.dirty, *opened.deleted]
        assert not left, "changes were left uncommitted"


@pytest.fixture(scope="session")
def live_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The settings with which the browser tests start the portal: a small demonstration, Monday at nine."""
    return set_the_stage(tmp_path_factory.mktemp("instance"), NINE)
