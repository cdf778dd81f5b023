"""Several queries about one moment of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session


@contextmanager
def one_moment(session: Session) -> Iterator[None]:
    """Run the block's queries on the database as it was at the first of them, unaffected by concurrent writes.

    A transaction of SQLite sees one moment by itself; PostgreSQL is asked for it. Afterwards the session holds neither
    transaction nor connection. Nothing may be waiting to be written (``RuntimeError``).
    """
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("changes were made outside of a transaction")
    session.rollback()
    if session.get_bind().dialect.name != "sqlite":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        yield
    finally:
        session.rollback()
