"""Engine for PostgreSQL with limited waits: for a host that hangs, drops packets or is cut off."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy import Connection as SqlConnection
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from .patience import Patience

Result = TypeVar("Result")

# Per address of a new connection; libpq's minimum is two.
CONNECT_SECONDS = 2
# For the sign of life of a pooled connection.
PING_SECONDS = 2.0
AWAY_SECONDS = 2.0
FRESH = "portal_fresh"
# Query parameter of the database's URL, with the one value it takes: PgBouncer in transaction mode stands between.
POOLER, OF_TRANSACTIONS = "pooler", "transaction"


class Away:
    """Refuses everybody at once for a moment after a host gave no answer.

    Otherwise the few threads of a server would each wait in vain while requests queue behind them.
    """

    def __init__(self) -> None:
        self._until = 0.0

    def note(self) -> None:
        """Treat the host as away from now on."""
        self._until = time.monotonic() + AWAY_SECONDS

    def refuse(self) -> None:
        """Raise ``OperationalError`` while the host is treated as away."""
        if time.monotonic() < self._until:
            raise psycopg.OperationalError("the database gave no answer a moment ago")


class Connection(psycopg.Connection[Any]):
    """Connection that gives up on a host which accepts data and does not answer."""

    answer_seconds: float | None = None
    away: Away | None = None

    def wait(self, gen: Generator[Any, Any, Result], interval: float = 0.1, timeout: float | None = None) -> Result:
        """Wait for an answer; without one in time close the connection and raise ``OperationalError``."""
        limit = self.answer_seconds if timeout is None else timeout
        try:
            return super().wait(gen, interval, limit)
        except psycopg.errors._WaitTimeout:
            if timeout is not None:
                raise
            # The outcome of the statement is unknown: the connection must not be used again.
            self.close()
            if self.away is not None:
                self.away.note()
            raise psycopg.OperationalError(f"the database gave no answer within {limit:g} s") from None

    def ping(self, seconds: float) -> None:
        """Ask for a sign of life; raises ``OperationalError`` when there is none within ``seconds``."""
        # Perhaps only this connection is lost; a new one tells whether the host is away.
        away, self.away = self.away, None
        kept, self.answer_seconds = self.answer_seconds, min(seconds, self.answer_seconds or seconds)
        try:
            self.autocommit = True
            self.execute("")
            self.autocommit = False
        finally:
            self.answer_seconds, self.away = kept, away


def make_engine(url: URL, *, lock_timeout_ms: int, patience: Patience) -> Engine:
    """Return an engine whose connections wait as ``patience`` says, and ``lock_timeout_ms`` for a lock.

    Behind PgBouncer in transaction mode (``?pooler=transaction``) each transaction may have another connection of the
    server's: no statement is prepared on one, and what the server is to wait for is said in each transaction.
    """
    pooled = url.query.get(POOLER) == OF_TRANSACTIONS
    url = url.difference_update_query([POOLER])
    settings = {
        "lock_timeout": lock_timeout_ms,
        "statement_timeout": patience.statement_ms,
        "idle_in_transaction_session_timeout": patience.idle_in_transaction_ms,
        "timezone": "UTC",
    }
    of_session = {"options": " ".join(f"-c {name}={value}" for name, value in settings.items())}
    of_transaction = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items())
    answer_ms = int((patience.answer_seconds or 30) * 1000)
    engine = create_engine(
        url,
        # Keeps typed values out of error messages, and so out of logs.
        hide_parameters=True,
        pool_size=8,
        pool_timeout=patience.pool_seconds,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            # Unacknowledged data: the kernel gives up after this time.
            "tcp_user_timeout": answer_ms,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            **({"prepare_threshold": None} if pooled else of_session),
        },
    )

    away = Away()

    @event.listens_for(engine, "do_connect")
    def connect(
        _dialect: Dialect, record: ConnectionPoolEntry | None, arguments: Any, options: dict[str, Any]
    ) -> Connection:
        away.refuse()
        try:
            made = Connection.connect(*arguments, **options)
        except psycopg.errors.ConnectionTimeout:
            away.note()
            raise
        made.answer_seconds, made.away = patience.answer_seconds, away
        if record is not None:
            record.info[FRESH] = True
        return made

    if pooled:

        @event.listens_for(engine, "begin")
        def begin(connection: SqlConnection) -> None:
            connection.exec_driver_sql(f"SELECT {of_transaction}")

    @event.listens_for(engine, "checkout")
    def prove(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        # Replaces SQLAlchemy's ping, which may wait as long as a statement.
        if record.info.pop(FRESH, False):
            return
        away.refuse()
        try:
            connection.ping(PING_SECONDS)
        except psycopg.Error as error:
            # The others in the pool are as old, and each would be waited for.
            raise InvalidatePoolError(f"the connection is gone: {error}") from error

    return engine
