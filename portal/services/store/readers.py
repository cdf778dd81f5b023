"""Read connection of a thread: prepared statements of a page that only reads go straight to it (docs/adr/0144).

A session, its pool and its transaction cost a page as much as all that it asks. A page that needs the session after
all, for an object or a write, asks everything else through it too.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session, SessionTransaction

from .drivers import name_error

Listener = Callable[..., object]


class Reader:
    """Connection of one thread to one database, which never writes.

    SQLite: one snapshot a request, begun by its first statement and ended by ``end``. PostgreSQL: each statement sees
    what is committed when it begins, as in a transaction of READ COMMITTED, without the round trips of one.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.dialect = engine.dialect
        self._is_sqlite = self.dialect.name == "sqlite"
        self._error: type[Exception] = self.dialect.loaded_dbapi.Error
        self._driver: Any = None
        self._reads = False
        self._pid = os.getpid()
        _close_with(engine, self)

    def __del__(self) -> None:
        """Close the connection with its thread."""
        self.close()

    def execute(self, text: str, values: Any) -> Any:
        """Return the driver's cursor of a statement that reads; None when the connection is lost.

        The session then asks in its stead: it proves its connection, or says why there is none. Other errors are
        raised as SQLAlchemy's.
        """
        try:
            if not self._reads:
                self._begin()
            # Those who count statements hear of these too.
            for listener in self._engine.dispatch.before_cursor_execute:
                listener(None, None, text, values, None, False)
            return self._driver.execute(text, values)
        except self._error as error:
            is_lost = self._is_lost()
            self.close()
            if is_lost:
                return None
            raise name_error(error, text, values, self.dialect) from error

    def end(self) -> None:
        """End the request's snapshot: the next request sees whatever is committed by then."""
        if not self._reads:
            return
        self._reads = False
        if self._is_sqlite and self._driver is not None:
            try:
                self._driver.execute("ROLLBACK")
            except self._error:
                self.close()

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        driver, self._driver, self._reads = self._driver, None, False
        # That of a parent process is the parent's.
        if driver is not None and self._pid == os.getpid():
            driver.close()

    def _begin(self) -> None:
        if self._driver is None or self._pid != os.getpid():
            self._driver, self._pid = self._connect(), os.getpid()
        if self._is_sqlite:
            self._driver.execute("BEGIN")
        elif (away := getattr(self._driver, "away", None)) is not None:
            # A host that gave others no answer is not waited for again.
            away.refuse()
        self._reads = True

    def _connect(self) -> Any:
        # Prepared as every connection of the engine, then kept outside of its pool.
        pooled = self._engine.raw_connection()
        driver: Any = pooled.driver_connection
        pooled.detach()
        if self._is_sqlite:
            driver.execute("PRAGMA query_only=ON")
        else:
            driver.autocommit = True
        return driver

    def _is_lost(self) -> bool:
        return not self._is_sqlite and (self._driver is None or not self._reads or bool(self._driver.closed))


class ReadingSession(Session):
    """Session whose prepared statements go to ``reader`` until it begins a transaction of its own."""

    reader: Reader | None = None


@event.listens_for(ReadingSession, "after_begin")
def _ask_through_itself(session: ReadingSession, _transaction: SessionTransaction, _connection: Connection) -> None:
    """Leave the reader for good: what the session wrote, or read later, must not be asked of an older snapshot."""
    if session.reader is not None:
        session.reader.end()
        session.reader = None


class Readers:
    """Readers of a process, one for each thread and database."""

    def __init__(self) -> None:
        self._of_thread = threading.local()

    def get(self, engine: Engine) -> Reader:
        """Return the reader of this thread, made at its first request."""
        known: WeakKeyDictionary[Engine, Reader] | None = getattr(self._of_thread, "readers", None)
        if known is None:
            known = self._of_thread.readers = WeakKeyDictionary()
        found = known.get(engine)
        if found is None:
            found = known[engine] = Reader(engine)
        return found


_open: WeakKeyDictionary[Engine, WeakSet[Reader]] = WeakKeyDictionary()
_lock = threading.Lock()


def _close_with(engine: Engine, reader: Reader) -> None:
    """Close the reader's connection when the engine is disposed of."""
    with _lock:
        if engine not in _open:
            _open[engine] = WeakSet()
            event.listen(engine, "engine_disposed", _close_all)
        _open[engine].add(reader)


def _close_all(engine: Engine) -> None:
    for reader in list(_open.get(engine, ())):
        reader.close()
