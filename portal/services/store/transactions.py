"""Transactions, the one place that commits: a use case is one transaction, with a fixed order of locks.

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
# Marks a session between its commit and the answer to it.
ENDING = "commit-asked"
log = structlog.get_logger(__name__)

# Tables by lock order; rows of one line are never waited for together.
LOCK_ORDER: tuple[tuple[str, ...], ...] = (
    ("contracts",),
    # A person whose code is spent for an act.
    ("users",),
    # The call in which an agent acts for a caller.
    ("calls",),
    # The page that the customer of a call has open.
    ("followings",),
    # The case in progress: others who work on it wait here, holding nothing.
    (
        "nomination_drafts",
        "nomination_batches",
        "nomination_groups",
        "key_letters",
        "cases",
        "timetable",
        "distributor",
        "tariff_publications",
        "documents",
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
# PostgreSQL's codes for a transaction ended by a deadlock or a serialisation failure.
_PASSING = ("40P01", "40001")


@contextmanager
def transaction(session: Session) -> Iterator[Session]:
    """Run the block in one write transaction and commit it; any exception rolls it back.

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
    """Tell whether the last transaction's commit got no answer: it may or may not have been done."""
    return ENDING in session.info


def _said_no(error: BaseException) -> bool:
    """Tell whether the database itself refused the commit: then nothing was written.

    SQLite always answers. PostgreSQL answers with a state; classes 57 (ended by an operator) and 08 (connection) leave
    the fate of the commit unknown.
    """
    if not isinstance(error, DBAPIError) or error.connection_invalidated:
        return False
    if isinstance(error.orig, sqlite3.Error):
        return True
    state = getattr(error.orig, "sqlstate", None)
    return state is not None and not state.startswith(("08", "57"))


@contextmanager
def one_moment(session: Session) -> Iterator[Session]:
    """Read the block's rows from one snapshot, unaffected by concurrent writes; roll back at the end."""
    session.rollback()
    if session.get_bind().dialect.name != "sqlite":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        yield session
    finally:
        # The next use of the session begins an ordinary transaction.
        session.rollback()


def repeat_after_deadlock(do: Callable[[], Done]) -> Done:
    """Return the result of ``do``, one whole transaction; repeat it once after a deadlock or serialisation failure.

    Nothing of the first time was written. The second one that fails is the caller's: a 503.
    """
    try:
        return do()
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in _PASSING:
            raise
        log.warning("transactions.deadlock", reason=str(error.orig)[:300])
        return do()
