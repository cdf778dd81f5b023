"""Fixtures: `database_url` runs a test on SQLite and on PostgreSQL; the two others on one of them."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.databases.postgres import PostgresServer

Migrate = Callable[[str], None]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """This worker's PostgreSQL: the one at TEST_PG_URL, else one started here."""
    given = os.environ.get("TEST_PG_URL")
    with PostgresServer.at(given) if given else PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer, migrate: Migrate) -> Iterator[str]:
    """The name of a migrated database that nobody writes to: `postgres_url` copies it."""
    name = postgres_server.template(migrate)
    yield name
    postgres_server.drop(name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, migrate: Migrate) -> Path:
    """A migrated SQLite file that nobody writes to: `sqlite_url` copies it."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite database of this test's own."""
    return copy_sqlite(sqlite_template, tmp_path)


def copy_sqlite(template: Path, folder: Path) -> str:
    """Copy a migrated SQLite file that nobody writes to into a folder; return the URL of the copy."""
    path = folder / "portal.db"
    # The log goes along: whoever migrated may have closed without folding it in.
    for suffix in ("", "-wal"):
        source = template.with_name(template.name + suffix)
        if source.exists():
            shutil.copyfile(source, path.with_name(path.name + suffix))
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """A migrated PostgreSQL database of this test's own."""
    with postgres_server.database(postgres_template) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of this test's own: the test runs once on each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))
