"""Description of a database for comparison: columns, constraints, indexes, triggers."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Engine, text

from portal.migrations.stems import is_of_index

BOOKKEEPING = "alembic_version"


def describe(engine: Engine) -> set[str]:
    """Return every column, constraint and index of every table but Alembic's own."""
    return _sqlite(engine) if engine.dialect.name == "sqlite" else _postgresql(engine)


def _sqlite(engine: Engine) -> set[str]:
    query = text("SELECT type, tbl_name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL")
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(query)]
    found: set[str] = set()
    for _kind, table, sql in rows:
        if table != BOOKKEEPING and not is_of_index(table):
            # A table that was made anew keeps its name in quotes.
            plain = sql.replace(f'CREATE TABLE "{table}"', f"CREATE TABLE {table}", 1)
            found |= {f"{table}: {' '.join(part.split())}" for part in _definitions(plain)}
    return found


def _definitions(sql: str) -> Iterator[str]:
    """Give a statement's columns and constraints, whose order does not matter: a column added later comes last."""
    depth, part = 0, ""
    for sign in sql:
        depth += (sign == "(") - (sign == ")")
        if (sign == "(" and depth == 1) or (sign == "," and depth == 1) or (sign == ")" and depth == 0):
            yield part
            part = ""
        else:
            part += sign
    yield part


def _postgresql(engine: Engine) -> set[str]:
    columns = text(
        "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default, is_identity "
        "FROM information_schema.columns WHERE table_schema = 'public'"
    )
    constraints = text(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace"
    )
    indexes = text("SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'")
    with engine.connect() as connection:
        rows = [tuple(row) for query in (columns, constraints, indexes) for row in connection.execute(query)]
    return {" ".join(map(str, row)) for row in rows if row[0] != BOOKKEEPING}
