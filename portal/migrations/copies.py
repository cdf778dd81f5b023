"""Copies of a whole installation from one database into another, of the same kind or not (``docs/adr/0153``).

The copy is no portal's database until it is whole: it has no revision, and every program refuses it. Each batch of
rows and the mark of how far the copy is share one transaction, so that a killed copy goes on where it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from alembic import command
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    delete,
    func,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, OperationalError

from portal.models import AuditEvent, Base
from portal.models.append_only import APPEND_ONLY, unprotect
from portal.models.engine import WRITES

from . import revisions, runner
from .protection import protect_tables

BATCH = 2000
# Rows with whole files, of up to 10 MiB each.
BATCH_OF_FILES = 8
# Bound of a digest: the sum of all rows' SHA-256, so that the order of the rows does not matter.
DIGESTS = 1 << 256
REVISION = "alembic_version"
MARKS = Table(
    "copy_marks",
    MetaData(),
    Column("name", String(80), primary_key=True),
    Column("rows", BigInteger, nullable=False),
    # Of a table: the digest of the rows so far. Of the revision: the revision.
    Column("digest", String(64), nullable=False),
    Column("place", Integer, nullable=False),
)
_REVISIONS = Table(REVISION, MetaData(), Column("version_num", String(32), primary_key=True))

Progress = Callable[[str, int, int], None]


class BadCopy(Exception):
    """The copy cannot begin or go on; the text names the reason and the remedy."""


@dataclass(frozen=True, slots=True)
class Content:
    """Rows of a table: how many, and the sum of their SHA-256."""

    rows: int = 0
    digest: int = 0

    def with_rows(self, rows: Iterable[Row[tuple[object, ...]]]) -> Content:
        """Return the content with these rows added."""
        count, digest = self.rows, self.digest
        for row in rows:
            count += 1
            # The typed values: the same from either kind of database.
            digest += int.from_bytes(hashlib.sha256(repr(tuple(row)).encode("utf-8", "surrogatepass")).digest())
        return Content(count, digest % DIGESTS)


@dataclass(frozen=True, slots=True)
class Copied:
    """Number of rows and tables of a copy, and of the rows that an earlier run had copied."""

    rows: int
    tables: int
    found: int


def is_under_way(engine: Engine) -> bool:
    """Tell whether a copy into this database was begun and is not whole yet."""
    return inspect(engine).has_table(MARKS.name)


def prepare(target: Engine) -> bool:
    """Make the empty tables of a copy; True when an earlier run did, so that the copy goes on.

    One transaction. ``BadCopy`` for a database that holds anything else.
    """
    present = set(inspect(target).get_table_names())
    if MARKS.name in present:
        with target.connect() as connection:
            begun = connection.execute(select(MARKS.c.digest).where(MARKS.c.name == REVISION)).scalar_one()
        if begun != revisions.head():
            raise BadCopy("the copy was begun by another version of this program; empty the database and begin again")
        return True
    if present:
        what = "a portal's database already" if REVISION in present else f"a database with a table {min(present)}"
        raise BadCopy(f"it is {what}, and a copy needs an empty one; nothing was changed")
    with runner.connection_of(target) as connection, connection.begin():
        command.upgrade(runner.config_of(connection), "head")
        # Revisions write rows of their own; the copy holds those of the source.
        for table in _tables():
            _unprotect(connection, table)
        for table in reversed(_tables()):
            connection.execute(delete(table))
        connection.execute(delete(_REVISIONS))
        MARKS.create(connection)
        marks = [{"name": REVISION, "rows": 0, "digest": revisions.head(), "place": 0}]
        for place, table in enumerate(_tables(), start=1):
            marks.append({"name": table.name, "rows": 0, "digest": _text(Content()), "place": place})
        connection.execute(insert(MARKS), marks)
    return False


@contextmanager
def one_moment(source: Engine) -> Iterator[Connection]:
    """Yield a connection that reads the source as it is now, whatever is written meanwhile."""
    with source.connect() as connection:
        if connection.dialect.name != "sqlite":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection


def last_event(connection: Connection) -> int:
    """Return the number of the newest audit event, 0 without one."""
    return connection.execute(select(func.max(AuditEvent.sequence))).scalar() or 0


def load(source: Connection, target: Engine, *, progress: Progress) -> Copied:
    """Copy every row that the target lacks, table by table in the order of the foreign keys.

    What an earlier run copied is compared with the source first: a table that changed since, and those after it, are
    copied anew. ``progress`` hears (table, rows done, rows of all) after each batch.
    """
    found = total = 0
    tables = _tables()
    for table in tables:
        mark = _mark(target, table)
        count = source.execute(select(func.count()).select_from(table)).scalar_one()
        if mark.rows and not _agrees(source, table, mark):
            _clear(target, tables[tables.index(table) :])
            mark = Content()
        found += mark.rows
        total += count
        _load_table(source, target, table, mark, count=count, progress=progress)
    return Copied(total, len(tables), found)


def finish(target: Engine) -> None:
    """Protect the append-only tables and let numbering go on after the copied rows."""
    with target.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        protect_tables(connection)
        if connection.dialect.name == "postgresql":
            for table in _tables():
                _number_on(connection, table)
    if target.dialect.name == "postgresql":
        with target.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))


def verify(target: Engine, *, progress: Progress) -> None:
    """Read every row back and compare it with what was read from the source; ``BadCopy`` names the table."""
    with one_moment(target) as connection:
        for table in _tables():
            mark = _mark(target, table)
            content = Content()
            for rows in _batches(connection, table):
                content = content.with_rows(rows)
                progress(table.name, content.rows, max(mark.rows, content.rows))
            if content != mark:
                raise BadCopy(
                    f"the rows of {table.name} are not those that were copied: {content.rows} here, {mark.rows} there"
                )


def release(target: Engine) -> None:
    """Make the copy a portal's database: it gets its revision and loses the marks of the copy."""
    with target.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        connection.execute(insert(_REVISIONS), {"version_num": revisions.head()})
        MARKS.drop(connection)


def _tables() -> list[Table]:
    return Base.metadata.sorted_tables


def _load_table(
    source: Connection, target: Engine, table: Table, mark: Content, *, count: int, progress: Progress
) -> None:
    if mark.rows == count:
        progress(table.name, count, count)
        return
    names = [column.key for column in table.columns]
    for rows in _batches(source, table, after=mark.rows):
        before, mark = mark, mark.with_rows(rows)
        try:
            with target.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
                _move_mark(connection, table, before, mark)
                connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
        except DBAPIError as error:
            if isinstance(error, OperationalError) or error.connection_invalidated:
                raise
            reason = str(error.orig).strip().splitlines()[0]
            raise BadCopy(
                f"rows {before.rows + 1} to {mark.rows} of {table.name} are refused there: {reason}"
            ) from error
        progress(table.name, mark.rows, count)


def _move_mark(connection: Connection, table: Table, before: Content, after: Content) -> None:
    """Move the mark of a table on; ``BadCopy`` when another copy moved it."""
    moved = connection.execute(
        update(MARKS)
        .where(MARKS.c.name == table.name, MARKS.c.rows == before.rows, MARKS.c.digest == _text(before))
        .values(rows=after.rows, digest=_text(after))
    )
    if moved.rowcount != 1:
        raise BadCopy("another copy into it is at work; let that one end")


def _mark(target: Engine, table: Table) -> Content:
    with target.connect() as connection:
        mark = connection.execute(select(MARKS).where(MARKS.c.name == table.name)).one()
    return Content(mark.rows, int(mark.digest, 16))


def _agrees(source: Connection, table: Table, mark: Content) -> bool:
    """Tell whether the first rows of the source are those that were copied."""
    content = Content()
    for rows in _batches(source, table, until=mark.rows):
        content = content.with_rows(rows)
    return content == mark


def _clear(target: Engine, tables: list[Table]) -> None:
    with target.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        for table in reversed(tables):
            _unprotect(connection, table)
            connection.execute(delete(table))
        connection.execute(
            update(MARKS)
            .where(MARKS.c.name.in_([table.name for table in tables]))
            .values(rows=0, digest=_text(Content()))
        )


def _batches(
    connection: Connection, table: Table, *, after: int = 0, until: int | None = None
) -> Iterator[list[Row[tuple[object, ...]]]]:
    """Yield the rows of a table in the order of its key, a batch at a time, without holding them all."""
    size = BATCH_OF_FILES if _holds_files(table) else BATCH
    query = select(table).order_by(*table.primary_key.columns)
    if after:
        query = query.offset(after)
    if until is not None:
        query = query.limit(until)
    with connection.execution_options(yield_per=size).execute(query) as result:
        for rows in result.partitions():
            yield list(rows)


def _holds_files(table: Table) -> bool:
    return any(isinstance(column.type, LargeBinary) and column.type.length is None for column in table.columns)


def _unprotect(connection: Connection, table: Table) -> None:
    if table.name in APPEND_ONLY:
        for statement in unprotect(connection.dialect.name, table.name):
            connection.execute(text(statement))


def _number_on(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number the next row after the last one; SQLite looks by itself."""
    column = table.autoincrement_column
    if column is None:
        return
    sequence = connection.execute(select(func.pg_get_serial_sequence(table.name, column.name))).scalar()
    if sequence is not None:
        last = connection.execute(select(func.max(column))).scalar()
        connection.execute(select(func.setval(sequence, last or 1, last is not None)))


def _text(content: Content) -> str:
    return f"{content.digest:064x}"
