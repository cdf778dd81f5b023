"""The engine: SQLite kept durable and honest about its transactions, PostgreSQL as it comes."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection

from . import postgresql
from .postgresql import WEB, Patience

# Execution option of a connection that is going to write: SQLite then takes its write lock at BEGIN,
# because a transaction that reads first and writes later fails at once when another wrote in between.
WRITES = "portal_writes"
LOOK_AGAIN_SECONDS = 0.001


def make_engine(url: str, *, busy_timeout_ms: int = 5000, patience: Patience = WEB) -> Engine:
    """Return an engine for ``url`` (``sqlite:///…`` or ``postgresql+psycopg://…``).

    SQLite: WAL, ``synchronous=FULL`` (an answered write survives power loss), foreign keys on, explicit BEGIN.
    PostgreSQL: READ COMMITTED; services lock the head rows they change; ``patience`` says how long a host that gives
    no answer is waited for (``docs/adr/0032``).
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return postgresql.make_engine(parsed, lock_timeout_ms=min(busy_timeout_ms, patience.lock_ms), patience=patience)
    engine = create_engine(
        parsed,
        # What a person typed does not go into the words of an error, and so not into a log.
        hide_parameters=True,
        connect_args={"timeout": busy_timeout_ms / 1000},
        pool_timeout=patience.pool_seconds,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _record: Any) -> None:
        # The driver must not begin transactions by itself: its way breaks savepoints.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            # REPLACE deletes: with this, the triggers of append-only tables see it.
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
                # Once more, by the way that raises what everybody else expects.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            driver.execute(f"PRAGMA busy_timeout={busy_timeout_ms}")

    return engine


def _begun(driver: Any, *, patience_seconds: float) -> bool:
    """Begin a transaction that writes as soon as nobody else does; False when the lock is not to be had.

    SQLite's own waiting looks again ever more seldom, at last ten times a second: writers that take a few milliseconds
    each then sleep past one another. Looked for every millisecond, sixteen clients sign about twice as much.
    """
    give_up = time.monotonic() + patience_seconds
    while True:
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as refused:
            if refused.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                return False
            time.sleep(LOOK_AGAIN_SECONDS)
        else:
            return True
