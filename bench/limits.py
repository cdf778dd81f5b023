"""Limit of the database alone: the same rows, durable, by as many clients."""

from __future__ import annotations

import multiprocessing
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

# The tables that one signature inserts into, besides its own attempt's counters.
WRITTEN = (
    "nominations",
    "nomination_heads",
    "daily_balances",
    "audit_events",
    "outbox_messages",
    "key_attempts",
)
Transaction = Callable[[], None]
Row = Sequence[Any]


def bare_inserts(url: str, folder: Path, *, clients: int, seconds: float = 2.0) -> float:
    """Return transactions a second of so many processes: one durable commit each, one row into every table of WRITTEN.

    The rows are copies of real ones of the database at ``url``; on SQLite in a file of their own with the same pragmas,
    on PostgreSQL in a schema of their own; no keys, indexes, triggers or foreign keys but a row number.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        target = folder / "bare.db"
        target.unlink(missing_ok=True)
        rows = _copy_sqlite(str(parsed.database), target)
        return _together(lambda: _into_sqlite(target, rows), clients, seconds)
    address = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    rows = _copy_postgres(address)
    return _together(lambda: _into_postgres(address, rows), clients, seconds)


def _together(opened: Callable[[], Transaction], clients: int, seconds: float) -> float:
    context = multiprocessing.get_context("fork")
    start, counts = context.Barrier(clients), context.Queue()

    def work() -> None:
        write, done = opened(), 0
        write()
        start.wait()
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            write()
            done += 1
        counts.put(done / (time.perf_counter() - began))

    workers = [context.Process(target=work) for _ in range(clients)]
    for worker in workers:
        worker.start()
    total = sum(counts.get(timeout=seconds + 60) for _ in workers)
    for worker in workers:
        worker.join()
    return float(total)


def _copy_sqlite(source: str, target: Path) -> dict[str, Row]:
    original = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
    bare = sqlite3.connect(target, isolation_level=None)
    bare.execute("PRAGMA journal_mode=WAL")
    rows = {}
    for table in WRITTEN:
        row = original.execute(f"SELECT * FROM {table} LIMIT 1").fetchone()
        rows[table] = _there(table, row)
        columns = ", ".join(f"c{i}" for i in range(len(row)))
        bare.execute(f"CREATE TABLE {table} (n INTEGER PRIMARY KEY, {columns})")
    bare.close()
    original.close()
    return rows


def _into_sqlite(target: Path, rows: dict[str, Row]) -> Transaction:
    connection = sqlite3.connect(target, isolation_level=None, timeout=60)
    connection.execute("PRAGMA synchronous=FULL")
    statements = [
        (
            f"INSERT INTO {table} ({', '.join(f'c{i}' for i in range(len(row)))}) VALUES ({', '.join('?' * len(row))})",
            row,
        )
        for table, row in rows.items()
    ]

    def write() -> None:
        connection.execute("BEGIN IMMEDIATE")
        for statement, row in statements:
            connection.execute(statement, row)
        connection.execute("COMMIT")

    return write


def _copy_postgres(address: str) -> dict[str, Row]:
    rows = {}
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS bare CASCADE")
        connection.execute("CREATE SCHEMA bare")
        for table in WRITTEN:
            name = sql.Identifier(table)
            connection.execute(sql.SQL("CREATE TABLE bare.{} AS SELECT * FROM {} LIMIT 0").format(name, name))
            connection.execute(
                sql.SQL("ALTER TABLE bare.{} ADD n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY").format(name)
            )
            rows[table] = _there(table, connection.execute(sql.SQL("SELECT * FROM {} LIMIT 1").format(name)).fetchone())
    return rows


def _into_postgres(address: str, rows: dict[str, Row]) -> Transaction:
    connection = psycopg.connect(address)
    statements = []
    for table, row in rows.items():
        marks = sql.SQL(", ").join([sql.Placeholder()] * len(row))
        statements.append((sql.SQL("INSERT INTO bare.{} VALUES ({})").format(sql.Identifier(table), marks), row))

    def write() -> None:
        for statement, row in statements:
            connection.execute(statement, row, prepare=True)
        connection.commit()

    return write


def _there(table: str, row: Row | None) -> Row:
    if row is None:
        raise SystemExit(f"No row of {table} to copy: sign once first.")
    return row
