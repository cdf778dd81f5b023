"""SQL is compiled once for all the engines of a test run, as it is once for the one engine of a portal that runs.

Every test makes an engine for a database of its own, and SQLAlchemy keeps what it compiled with the engine: each test
would compile anew what the test before it compiled. The key of that memory names the dialect, so engines of one kind
are given one dialect, with one memory, when they first connect. By then their own dialect has opened the connection:
what `make_engine` hung on it (`do_connect`) stays theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.util import LRUCache

# More than the statements of the portal and of all the tests.
REMEMBERED = 20_000

# What is heard on a dialect, not on an engine.
OF_DIALECTS = ("do_connect", "do_execute", "do_execute_no_params", "do_executemany", "do_setinputsizes", "handle_error")


@dataclass
class Shared:
    """State shared by the engines of one kind."""

    dialect: Dialect
    compiled: LRUCache[Any, Any] = field(default_factory=lambda: LRUCache(REMEMBERED))
    listening: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.listening = self.count()

    def count(self) -> dict[str, int]:
        """Number of listeners of each event of the dialect."""
        return {name: len(getattr(self.dialect.dispatch, name)) for name in OF_DIALECTS}


_kept: dict[tuple[type[Dialect], Any], Shared] = {}


@pytest.fixture(scope="session", autouse=True)
def shared_statements() -> Iterator[None]:
    """Let every engine made in this process share what engines of its kind have compiled."""
    event.listen(Engine, "engine_connect", _share)
    yield
    event.remove(Engine, "engine_connect", _share)


def _share(connection: Connection) -> None:
    engine: Any = connection.engine
    version = getattr(engine.dialect, "server_version_info", None)
    if version is None:
        # The dialect is still asking the server what it is.
        return
    kind = (type(engine.dialect), version)
    if kind not in _kept:
        _kept[kind] = Shared(engine.dialect)
    shared = _kept[kind]
    if engine._compiled_cache is not shared.compiled:
        engine._compiled_cache = shared.compiled
        engine.dialect = connection.dialect = shared.dialect


def listeners_left() -> list[str]:
    """Return the events of the shared dialects to which more, or fewer, listen than at the start."""
    return [
        name
        for shared in _kept.values()
        for name, listening in shared.count().items()
        if listening != shared.listening[name]
    ]


@pytest.fixture(autouse=True)
def nobody_listens_on() -> Iterator[None]:
    """A test fails that leaves a listener on what the engines of the tests after it share."""
    yield
    left = listeners_left()
    assert not left, f"remove the listeners of {left}: every engine of this kind would call them"
