"""What processes share by their fork: modules, and never a connection to the database."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from portal import rsgi
from portal.config import Settings
from portal.server import main
from portal.server.arguments import Arguments
from portal.services.store import distributors
from tests.processes import free_port, is_open


def test_a_loaded_application_has_no_connection_that_its_forks_could_share(
    database_url: str, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PORTAL_DATABASE_URL", database_url)
    monkeypatch.setenv("PORTAL_INSTANCE", str(tmp_path))
    before = _open_files()
    front = rsgi.app
    engine = front.app.extensions["portal.engine"]
    assert distributors.get_cached(engine) is not None, "the database was asked"
    assert engine.pool.checkedin() == 0
    assert engine.pool.checkedout() == 0
    assert _open_files() == before
    assert Settings.from_environment().database_url == database_url


def _open_files() -> list[str]:
    """What this process has open, by descriptor."""
    found = []
    for each in Path("/proc/self/fd").iterdir():
        try:
            found.append(f"{each.name} {each.readlink()}")
        except OSError:
            # That of the list itself.
            continue
    return sorted(found)


class Loading(Exception):
    """The load of the application is as far as this test goes."""


def test_nobody_is_let_wait_on_a_server_that_still_loads(monkeypatch: pytest.MonkeyPatch):
    port, open_meanwhile = free_port(), []

    def load(_target: str) -> None:
        open_meanwhile.append(is_open(port))
        raise Loading

    monkeypatch.setattr(main, "load", load)
    with pytest.raises(Loading):
        main.Program(Arguments("127.0.0.1", port)).serve()
    assert open_meanwhile == [False]
