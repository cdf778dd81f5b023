"""Database engines: durable SQLite with explicit transactions, PostgreSQL."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection

from . import waits
from .patience import WEB, Patience

# Execution option of a connection that will write: SQLite takes its write lock at BEGIN. A transaction that reads first
# and writes later fails at once when another wrote in between.
WRITES = "portal_writes"
LOOK_AGAIN_SECONDS = 0.001


def make_engine(url: str, *, busy_timeout_ms: int = 5000, patience: Patience = WEB) -> Engine:
    """Return an engine for ``url`` (``sqlite:///…`` or ``postgresql+psycopg://…``).

    SQLite: WAL, ``synchronous=FULL`` (a commit survives power loss), foreign keys on, explicit BEGIN. PostgreSQL: READ
    COMMITTED, row locks by the services; ``patience`` limits the wait for a host that does not answer
    (``docs/adr/0032``).
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        # Its driver is only needed where it is the database (docs/adr/0149).
        from . import postgresql

        return postgresql.make_engine(parsed, lock_timeout_ms=min(busy_timeout_ms, patience.lock_ms), patience=patience)
    engine = create_engine(
        parsed,
        # Keeps typed values out of error messages, and so out of logs.
        hide_parameters=True,
        connect_args={"timeout": busy_timeout_ms / 1000},
        pool_timeout=patience.pool_seconds,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _record: Any) -> None:
        # Transactions begun by the driver break savepoints.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            # REPLACE deletes rows; with this the append-only triggers fire.
            "recursive_triggers=ON",
            f"busy_timeout={busy_timeout_ms}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not connection.get_execution_options().get(WRITES, False):
            connection.exec_driver_sql("BEGIN")
            return
        driver = connection.connection.driver_connection
        if driver is None:
            raise RuntimeError("a connection that begins has a driver")
        driver.execute("PRAGMA busy_timeout=0")
        try:
            if not _begun(driver, patience_seconds=busy_timeout_ms / 1000):
                # Try once more, so that the usual exception is raised.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            driver.execute(f"PRAGMA busy_timeout={busy_timeout_ms}")

    return engine


def _begun(driver: Any, *, patience_seconds: float) -> bool:
    """Begin a writing transaction as soon as the lock is free; False when it stays taken.

    SQLite's own busy handler backs off to ten tries a second, so that short writers sleep past one another. With a try
    every millisecond sixteen clients sign about twice as much.
    """
    began, waited = time.monotonic(), False
    while True:
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as refused:
            busy = refused.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > began + patience_seconds:
                if busy:
                    waits.tell(time.monotonic() - began)
                return False
            waited = True
            time.sleep(LOOK_AGAIN_SECONDS)
        else:
            if waited:
                waits.tell(time.monotonic() - began)
            return True
