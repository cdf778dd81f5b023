"""Fixtures: `stage` is a database with a small demonstration in it, `shown` a session on it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.gas_day import GasDay
from portal.models.engine import make_engine
from portal.services import demo
from portal.services.store.acts import Act
from portal.services.store.vault import Vault
from portal.web.database import session_factory
from tests.factories import NOW, TODAY

# Long enough for what happens 45 days ago, and for readings that are certified.
FIRST = TODAY.plus(-70)


@dataclass
class Stage:
    """A database with the demonstration in it, which nobody changes."""

    sessions: sessionmaker[Session]
    loaded: demo.Loaded

    @property
    def notes(self) -> dict[str, Any]:
        return self.loaded.demonstration.as_json()


@contextmanager
def played(url: str, vault: Vault, *, now=NOW, first: GasDay = FIRST, points: int | None = 1) -> Iterator[Stage]:
    engine = make_engine(url)
    sessions = session_factory(engine, vault)
    with sessions() as session:
        loaded = demo.load(Act.of_system(session, now), first=first, points_per_contract=points)
    yield Stage(sessions, loaded)
    engine.dispose()


@pytest.fixture(scope="package", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, vault: Vault) -> Iterator[Stage]:
    """A small demonstration on each kind of database: one point a contract, ten weeks."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("demo") / "portal.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        with played(f"sqlite:///{path}", vault) as found:
            yield found
        return
    server = request.getfixturevalue("postgres_server")
    with server.database(request.getfixturevalue("postgres_template")) as url, played(url, vault) as found:
        yield found


@pytest.fixture
def shown(stage: Stage) -> Iterator[Session]:
    """A session on the demonstration."""
    with stage.sessions() as session:
        yield session


@pytest.fixture
def empty(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of an empty SQLite database."""
    shutil.copyfile(sqlite_template, tmp_path / "other.db")
    return f"sqlite:///{tmp_path / 'other.db'}"
