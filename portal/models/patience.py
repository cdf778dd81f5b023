"""Limits of the wait for a database, by who waits (docs/adr/0032)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Limits of waiting for a database: seconds, and milliseconds where PostgreSQL counts them.

    ``answer_seconds`` is the client's own limit for one answer, also when the host is cut off; None waits as long as
    the connection lives. ``statement_ms`` is the server's limit for one statement, 0 for none.
    """

    answer_seconds: float | None
    statement_ms: int
    lock_ms: int
    pool_seconds: float
    idle_in_transaction_ms: int = 0


# Pages: 503 within six seconds. A ping and a new connection take at most four, an answer five.
WEB = Patience(answer_seconds=5.0, statement_ms=4500, lock_ms=4000, pool_seconds=4, idle_in_transaction_ms=60_000)
# Rounds of the worker: no person waits, but the next round does.
ROUNDS = Patience(answer_seconds=65.0, statement_ms=60_000, lock_ms=5000, pool_seconds=10)
# Migrations, imports, verifications and jobs have no limit; keepalives detect a lost host.
COMMANDS = Patience(answer_seconds=None, statement_ms=0, lock_ms=5000, pool_seconds=30)
