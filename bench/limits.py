"""What the database alone can do: the same rows, durably, with nothing around them."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

# The tables that one signature writes, besides its own attempt's counters.
WRITTEN = (
    "nominations",
    "nomination_heads",
    "daily_balances",
    "audit_events",
    "outbox_messages",
    "key_attempts",
)


def bare_inserts(source: Path, folder: Path, *, seconds: float = 2.0) -> float:
    """Return transactions a second: one durable commit each, inserting one row of every table a signature writes.

    The rows are copies of real ones, in a database of their own with the same pragmas and no triggers or foreign keys.
    """
    target = folder / "bare.db"
    target.unlink(missing_ok=True)
    original = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
    bare = sqlite3.connect(target, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        bare.execute(f"PRAGMA {pragma}")
    statements = []
    for table in WRITTEN:
        row = original.execute(
            f"SELECT * FROM {table} ORDER BY rowid DESC LIMIT 1"
            if _has_rowid(original, table)
            else f"SELECT * FROM {table} LIMIT 1"
        ).fetchone()
        if row is None:
            raise SystemExit(f"No row of {table} to copy: sign once first.")
        bare.execute(f"CREATE TABLE {table} (n INTEGER PRIMARY KEY, {', '.join(f'c{i}' for i in range(len(row)))})")
        marks = ", ".join("?" * len(row))
        columns = ", ".join(f"c{i}" for i in range(len(row)))
        statements.append((f"INSERT INTO {table} ({columns}) VALUES ({marks})", row))
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        bare.execute("BEGIN IMMEDIATE")
        for statement, row in statements:
            bare.execute(statement, row)
        bare.execute("COMMIT")
        done += 1
    spent = time.perf_counter() - began
    bare.close()
    original.close()
    return done / spent


def _has_rowid(connection: sqlite3.Connection, table: str) -> bool:
    sql = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
    return "WITHOUT ROWID" not in sql
