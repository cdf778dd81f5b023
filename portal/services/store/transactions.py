"""The one place that commits: a use case is one transaction, and what every transaction locks first and last.

Every transaction locks in the order of ``LOCK_ORDER``, and whatever it locks it locks before what stands further down.
What everybody waits for comes last and is held for the fewest statements. A row of a table is looked at anew once it is
locked. Who locks several rows of one table takes them in the order of their keys.

The first nomination of a day has no head to lock yet: the account of its point, the row of ``delivery_points``, stands
for every head of the point, is locked before any of them and is there from the beginning. Rows are locked ``FOR NO KEY
UPDATE``: a row that refers to a locked one (an event to its author, a grant to its key) may be written meanwhile.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.models.engine import WRITES

Done = TypeVar("Done")
# Marks a session while its commit is asked for and not answered.
ENDING = "commit-asked"
log = structlog.get_logger(__name__)

# Tables by the place in which a transaction locks their rows; what stands in one line is never waited for together.
LOCK_ORDER: tuple[tuple[str, ...], ...] = (
    # The case that is worked on: whoever else works on it waits here, holding nothing.
    (
        "nomination_drafts",
        "nomination_batches",
        "key_letters",
        "claims",
        "timetable",
        "users",
        "contracts",
        "distributor",
    ),
    ("day_closes",),
    # The accounts of points, and with each of them the heads of its days.
    ("delivery_points",),
    ("nomination_heads",),
    ("access_keys",),
    ("attempt_counters",),
    ("filing_counters",),
    ("receipt_heads",),
    ("audit_head",),
)
# What PostgreSQL answers when it ends one of two transactions that waited for each other, or cannot put them in a row.
_PASSING = ("40P01", "40001")


@contextmanager
def transaction(session: Session) -> Iterator[Session]:
    """Run the block in one write transaction and commit it; any exception leaves nothing behind.

    What the session read before is forgotten, so the block decides on rows as they are under its own lock.
    """
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("changes were made outside of a transaction")
    session.info.pop(ENDING, None)
    session.rollback()
    session.connection(execution_options={WRITES: True})
    try:
        yield session
        session.flush()
        session.info[ENDING] = True
        session.commit()
    except BaseException as error:
        if _said_no(error):
            session.info.pop(ENDING, None)
        session.rollback()
        raise
    session.info.pop(ENDING)


def is_unsure(session: Session) -> bool:
    """Tell whether the last transaction's commit was asked for and never answered: it may have been done, or not."""
    return ENDING in session.info


def _said_no(error: BaseException) -> bool:
    """Tell whether the database itself refused the commit: then it wrote nothing.

    SQLite answers always. PostgreSQL answers with a state; of class 57 (somebody ended it) and 08 (the connection) it
    is not said what became of the commit.
    """
    if not isinstance(error, DBAPIError) or error.connection_invalidated:
        return False
    if isinstance(error.orig, sqlite3.Error):
        return True
    state = getattr(error.orig, "sqlstate", None)
    return state is not None and not state.startswith(("08", "57"))


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


def again_after_deadlock(do: Callable[[], Done]) -> Done:
    """Return what ``do``, one whole transaction, returns; once more when the database ended it as a deadlock.

    Nothing of the first time was written. The second one that fails is the caller's: a 503.
    """
    try:
        return do()
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in _PASSING:
            raise
        log.warning("transactions.deadlock", reason=str(error.orig)[:300])
        return do()
