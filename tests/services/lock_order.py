"""Tables in the order in which statements lock them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.services.store.transactions import LOCK_ORDER

RANKS = {table: rank for rank, tables in enumerate(LOCK_ORDER) for table in tables}
_LOCKS = re.compile(r"\bFROM (\w+).*\bFOR (?:NO KEY )?UPDATE|^UPDATE (\w+)|^DELETE FROM (\w+)", re.DOTALL)


def find_locked(statement: str) -> str | None:
    """Return the table of the order that a statement locks, None for another one."""
    found = _LOCKS.search(statement.strip())
    table = next(name for name in found.groups() if name) if found else None
    return table if table in RANKS else None


@contextmanager
def tables_locked(session: Session) -> Iterator[list[str]]:
    """Note the tables that the database of a session locks meanwhile, each where it is locked first."""
    taken: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if (table := find_locked(statement)) is not None and table not in taken:
            taken.append(table)

    event.listen(session.get_bind(), "before_cursor_execute", note)
    try:
        yield taken
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", note)
