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
