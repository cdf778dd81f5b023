"""SQL is compiled once for all the engines of a test run, as it is once for the one engine of a portal that runs.

Every test makes an engine for a database of its own, and SQLAlchemy keeps what it compiled with the engine: each test
would compile anew what the test before it compiled. The key of that memory names the dialect, so engines of one kind
are given one dialect, with one memory, when they first connect. By then their own dialect has opened the connection:
what `make_engine` hung on it (`do_connect`) stays theirs.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.util import LRUCache

# More than the statements of the portal and of all the tests.
REMEMBERED = 20_000

_kept: dict[tuple[type[Dialect], Any], tuple[Dialect, LRUCache[Any, Any]]] = {}


def share_compiled_statements() -> None:
    """Let every engine made from now on, in this process, share what engines of its kind have compiled."""
    event.listen(Engine, "engine_connect", _share)


def _share(connection: Connection) -> None:
    engine: Any = connection.engine
    version = getattr(engine.dialect, "server_version_info", None)
    if version is None:
        # The dialect is still asking the server what it is.
        return
    kind = (type(engine.dialect), version)
    dialect, compiled = _kept.setdefault(kind, (engine.dialect, LRUCache(REMEMBERED)))
    if engine._compiled_cache is not compiled:
        engine._compiled_cache = compiled
        engine.dialect = connection.dialect = dialect
