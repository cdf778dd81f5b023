"""The one place that commits: a use case is one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from portal.models.engine import WRITES


@contextmanager
def transaction(session: Session) -> Iterator[Session]:
    """Run the block in one write transaction and commit it; any exception leaves nothing behind.

    What the session read before is forgotten, so the block decides on rows as they are under its own lock.
    """
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("changes were made outside of a transaction")
    session.rollback()
    session.connection(execution_options={WRITES: True})
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


@contextmanager
def one_moment(session: Session) -> Iterator[Session]:
    """Read the block's rows as they are at one moment, whoever writes meanwhile; nothing is kept."""
    session.rollback()
    if session.get_bind().dialect.name != "sqlite":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        yield session
    finally:
        # The next use of the session begins a transaction of the usual kind.
        session.rollback()
