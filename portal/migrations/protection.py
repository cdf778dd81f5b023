"""Append-only triggers, installed after each migration and checked by ``runner.differences``."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

from portal.models.append_only import APPEND_ONLY, protect, unprotect


def protect_tables(connection: Connection) -> None:
    """Make every existing append-only table refuse changes, inside the caller's transaction."""
    dialect = connection.dialect.name
    present = set(inspect(connection).get_table_names())
    for table in APPEND_ONLY:
        if table in present:
            for statement in (*unprotect(dialect, table), *protect(dialect, table)):
                connection.execute(text(statement))


def unprotected(connection: Connection) -> list[str]:
    """Return the append-only tables that lack a trigger."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        wanted = {table: {f"{table}_no_update", f"{table}_no_delete"} for table in APPEND_ONLY}
    else:
        rows = connection.execute(text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"))
        wanted = {table: {f"{table}_append_only"} for table in APPEND_ONLY}
    found = set(rows.scalars())
    return [table for table in APPEND_ONLY if not wanted[table] <= found]
