"""The engine: SQLite kept durable and honest about its transactions, PostgreSQL as it comes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection

# Execution option of a connection that is going to write: SQLite then takes its write lock at BEGIN,
# because a transaction that reads first and writes later fails at once when another wrote in between.
WRITES = "portal_writes"


def make_engine(url: str, *, busy_timeout_ms: int = 5000) -> Engine:
    """Return an engine for ``url`` (``sqlite:///…`` or ``postgresql+psycopg://…``).

    SQLite: WAL, ``synchronous=FULL`` (an answered write survives power loss), foreign keys on, explicit BEGIN.
    PostgreSQL: READ COMMITTED; services lock the head rows they change.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(
            parsed,
            pool_pre_ping=True,
            pool_size=8,
            pool_timeout=5,
            connect_args={
                "connect_timeout": 3,
                "options": f"-c lock_timeout={busy_timeout_ms} -c statement_timeout=30000 -c timezone=UTC",
            },
        )
    engine = create_engine(parsed, connect_args={"timeout": busy_timeout_ms / 1000}, pool_timeout=5)

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
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
