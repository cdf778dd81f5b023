"""Anchor of signatures: a bare Flask view with session, form token, Argon2 and one durable transaction of the writes.

FROZEN on 2026-11-30. Never change it to please the portal, or to follow it: a portal that writes less than this is
quicker for it, one that writes more is slower. It imports nothing of the portal, for the same reason.

The writes are those of one signature on the day of the freeze, sixteen statements: three of the charge, four that end
it, the number of the year, and the rows of the receipt, nomination, head, day, month, event, chain and draft, and three
mails. Tables have their key and nothing else: no other index, no trigger, no foreign key, no check.
"""

from __future__ import annotations

import itertools
import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from flask import Flask, abort, redirect, request, session
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf

CODE = "483920175"
# As the portal's keys: 19 MiB, two passes, one lane (docs/security.md, "Keys at rest").
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
AT = "2026-11-30 14:00:00.000000"
HASH = bytes(range(32))
# Values of a row after its key, as long as those of a real one.
ROWS: dict[str, tuple[Any, ...]] = {
    "attempt_counters": (1, AT, AT, None, AT),
    "key_attempts": (AT, 3, "numeric", None, 7, "127.0.0.1", "charged", None),
    "open_charges": (AT, "boot-4f2a/pid:[402653]:4711:81234", "x" * 240, 1),
    "filing_counters": (123,),
    "receipt_heads": (12, HASH),
    "nominations": (
        *("aBcDeFgHiJkLmNoP", 7, "2026-12-01", 1, "nomination", "MBTU", 283168466, 10000000, 35315, "2026-11-29", None),
        *(AT, "web", 3, "N-2026-000123", "s" * 32, HASH, 0, 0, None, None, 12, HASH, HASH),
    ),
    "nomination_heads": (1, 0, 4711),
    "daily_balances": (283168466, 10000000, 1, None, None, None, None, None, None, 35315, 1, None, None),
    "monthly_balances": (283168466, 10000000, *([0] * 18), 1),
    "audit_events": (
        *(AT, "nomination:signed", 3, "persona@empresa.example", "web", "127.0.0.1", 2, "aBcDeFgHiJkLmNoP"),
        *("d" * 260, HASH),
    ),
    "audit_head": (4711, HASH),
    "nomination_drafts": (4711,),
    "outbox_messages": (
        *(AT, "receipt", "persona@empresa.example", "s" * 48, "b" * 900, "h" * 3600, None, 4711, None, 0, AT),
        *(None, None, None, None, None),
    ),
}
# Verb, table and how many rows of it, in the order of a signature.
WRITES: tuple[tuple[str, str, int], ...] = (
    ("UPDATE", "attempt_counters", 3),
    ("INSERT", "key_attempts", 1),
    ("INSERT", "open_charges", 1),
    ("DELETE", "open_charges", 1),
    ("UPDATE", "attempt_counters", 4),
    ("UPDATE", "key_attempts", 1),
    ("UPDATE", "filing_counters", 1),
    ("UPDATE", "receipt_heads", 1),
    ("INSERT", "nominations", 1),
    ("INSERT", "nomination_heads", 1),
    ("INSERT", "daily_balances", 1),
    ("UPDATE", "monthly_balances", 1),
    ("INSERT", "audit_events", 1),
    ("UPDATE", "audit_head", 1),
    ("UPDATE", "nomination_drafts", 1),
    ("INSERT", "outbox_messages", 3),
)
SEEDED = ("attempt_counters", "filing_counters", "receipt_heads", "monthly_balances", "audit_head", "nomination_drafts")
Connect = Callable[[], Any]


def make_app(connect: Connect, *, mark: str) -> Flask:
    """Return the application; ``connect`` opens a connection without a transaction of its driver, one for each thread.

    ``mark`` is the placeholder of the driver: ``?`` or ``%s``.
    """
    app = Flask(__name__)
    app.secret_key = "bare"
    CSRFProtect(app)
    sealed = HASHER.hash(CODE)
    statements = [(_write(verb, table, mark), verb, table, rows) for verb, table, rows in WRITES]
    held, number = threading.local(), itertools.count(1_000_000, 10)

    @app.get("/token")
    def token() -> str:
        session["person"] = 3
        return generate_csrf()

    @app.post("/sign")
    def sign() -> Any:
        if session.get("person") != 3:
            abort(404)
        try:
            HASHER.verify(sealed, request.form["code"])
        except VerifyMismatchError:
            abort(422)
        if not hasattr(held, "connection"):
            held.connection = connect()
        _transact(held.connection, statements, next(number))
        return redirect("/receipt", 303)

    return app


def prepare(connection: Any, *, mark: str) -> None:
    """Make the tables, with one row in each that a signature changes."""
    for table, values in ROWS.items():
        columns = ", ".join(f"c{n} {_type_of(value, mark)}" for n, value in enumerate(values))
        connection.execute(
            f"CREATE TABLE {table} (id {'BIGINT' if mark == '%s' else 'INTEGER'} PRIMARY KEY, {columns})"
        )
        if table in SEEDED:
            for key in range(4):
                connection.execute(_write("INSERT", table, mark), (key, *values))


def connect_sqlite(path: str) -> sqlite3.Connection:
    """Return a durable connection, with the pragmas of the portal."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=60, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _transact(connection: Any, statements: Sequence[tuple[str, str, str, int]], number: int) -> None:
    sqlite = isinstance(connection, sqlite3.Connection)
    connection.execute("BEGIN IMMEDIATE" if sqlite else "BEGIN")
    cursor = connection.cursor()
    for text, verb, table, rows in statements:
        values = ROWS[table]
        keys = range(rows) if table in SEEDED else range(number, number + rows)
        if verb == "INSERT":
            many = [(key, *values) for key in keys]
        elif verb == "UPDATE":
            many = [(*values[-_changed(table) :], key) for key in keys]
        else:
            many = [(key,) for key in keys]
        if rows == 1:
            cursor.execute(text, many[0])
        else:
            cursor.executemany(text, many)
    connection.execute("COMMIT")


def _write(verb: str, table: str, mark: str) -> str:
    columns = [f"c{n}" for n in range(len(ROWS[table]))]
    if verb == "INSERT":
        return f"INSERT INTO {table} (id, {', '.join(columns)}) VALUES ({', '.join([mark] * (len(columns) + 1))})"
    if verb == "UPDATE":
        assigned = ", ".join([f"{column}={mark}" for column in columns[-_changed(table) :]])
        return f"UPDATE {table} SET {assigned} WHERE id={mark}"
    return f"DELETE FROM {table} WHERE id={mark}"


def _changed(table: str) -> int:
    """Return how many of the last columns an update writes: the outcome of an attempt, else all."""
    return 2 if table == "key_attempts" else len(ROWS[table])


def _type_of(value: Any, mark: str) -> str:
    if isinstance(value, bytes):
        return "BYTEA" if mark == "%s" else "BLOB"
    return "BIGINT" if isinstance(value, int) else "TEXT"
