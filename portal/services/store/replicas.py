"""Reads from a streaming replica of PostgreSQL: never staler than two seconds, never behind what the reader wrote.

A position is a place in PostgreSQL's log of writes, in bytes (``pg_lsn``). Who asked the primary for its position at a
moment, and finds that the replica has replayed as far, knows that the replica has everything from earlier than that
moment. No clock of another machine is asked.
"""

from __future__ import annotations

from collections import deque
from threading import Lock
from time import monotonic
from typing import NamedTuple

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

MOST_STALE_SECONDS = 2.0
# Pause between two questions to the primary where it is; each process asks for itself.
MARK_SECONDS = 0.5
# A replica that failed is left alone for so long.
PAUSE_SECONDS = 5.0
# Behind everything: who may have written something at an unknown place reads from the primary.
UNKNOWN = 2**63 - 1
_FLUSHED = text("SELECT (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint")
# No row once it was promoted: then it is no replica any more.
_REPLAYED = text("SELECT (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint WHERE pg_is_in_recovery()")
log = structlog.get_logger(__name__)


class Mark(NamedTuple):
    """A moment of the monotonic clock, and a position behind all that was written before it."""

    at: float
    position: int


def find_position(primary: Engine) -> int:
    """Return a position behind everything that is written by now; ``UNKNOWN`` when the database gives no answer."""
    try:
        with primary.connect() as connection:
            return int(connection.scalar(_FLUSHED) or UNKNOWN)
    except SQLAlchemyError as error:
        log.warning("position unknown", error=type(error).__name__)
        return UNKNOWN


class Distance(NamedTuple):
    """Distance of a replica from its primary: whether it still replays one, and the bytes of the log it lacks."""

    replays: bool
    bytes_behind: int


def find_distance(primary: Engine, replica: Engine) -> Distance:
    """Return how far the replica is behind what the primary had flushed a moment before.

    Raises ``SQLAlchemyError`` where one of them does not answer.
    """
    with primary.connect() as connection:
        flushed = int(connection.scalar(_FLUSHED) or 0)
    with replica.connect() as connection:
        replayed = connection.scalar(_REPLAYED)
    return Distance(replayed is not None, 0 if replayed is None else max(0, flushed - int(replayed)))


class Replica:
    """The replica of ``primary`` behind ``engine``, read by ``sessions``. Safe for threads."""

    def __init__(self, primary: Engine, engine: Engine, sessions: sessionmaker[Session]) -> None:
        self.engine = engine
        self._primary = primary
        self._sessions = sessions
        self._marks: deque[Mark] = deque(maxlen=8)
        self._paused_until = 0.0
        self._lock = Lock()

    def open(self, *, behind: int = 0) -> Session | None:
        """Return a session that shows everything up to the position ``behind``, and all older than two seconds.

        None where the replica is away, promoted or not so far: then the primary is read.
        """
        if monotonic() < self._paused_until:
            return None
        self._mark()
        session = self._sessions()
        try:
            replayed = session.scalar(_REPLAYED)
        except SQLAlchemyError as error:
            self.pause(error)
            session.invalidate()
            return None
        if replayed is not None and self._is_near(replayed, behind):
            return session
        session.close()
        return None

    def pause(self, error: Exception) -> None:
        """Leave the replica alone for a while after a failure."""
        log.warning("replica left alone", seconds=PAUSE_SECONDS, error=type(error).__name__)
        self._paused_until = monotonic() + PAUSE_SECONDS

    def _is_near(self, replayed: int, behind: int) -> bool:
        oldest = monotonic() - MOST_STALE_SECONDS
        return behind <= replayed and any(mark.at >= oldest and mark.position <= replayed for mark in self._marks)

    def _mark(self) -> None:
        """Note where the primary is, unless that was done a moment ago."""
        with self._lock:
            now = monotonic()
            if self._marks and now - self._marks[-1].at < MARK_SECONDS:
                return
            # Of the moment before the question: what is written meanwhile is promised to nobody.
            self._marks.append(Mark(now, find_position(self._primary)))
