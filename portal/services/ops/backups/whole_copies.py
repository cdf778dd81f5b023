"""A copy of either kind, told by its content: its figures, and its way back into a database."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy.engine import make_url

from . import postgresql_dumps, sqlite_copies
from .copies import BadBackup
from .figures import Figures, demand_equal, read_note
from .postgresql_dumps import find_programs

_DUMP = b"PGDMP"


def is_dump(path: Path) -> bool:
    """Tell whether the file is a dump of PostgreSQL; ``BadBackup`` when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(_DUMP)) == _DUMP
    except OSError as error:
        raise BadBackup(f"{path} cannot be read: {error.strerror}") from error


def read_figures(path: Path, *, programs: Path | None = None) -> Figures:
    """Verify a copy and return its figures, those of its note if it has one; ``BadBackup`` names the fault."""
    if is_dump(path):
        # Any that reads it.
        found = postgresql_dumps.verify(path, programs=find_programs(named=programs, server_version=0))
    else:
        found = sqlite_copies.verify(path)
    noted = read_note(path)
    if noted is not None:
        demand_equal(path, found, noted)
    return found


def demand_fits(path: Path, *, url: str) -> None:
    """Refuse a copy of the other kind of database; ``BadBackup``."""
    is_sqlite = make_url(url).get_backend_name() == "sqlite"
    if is_dump(path) is is_sqlite:
        kinds = ("PostgreSQL", "SQLite") if is_sqlite else ("SQLite", "PostgreSQL")
        raise BadBackup(f"{path} is a copy of {kinds[0]}, and the database is {kinds[1]}")


def restore(path: Path, *, url: str, programs: Path | None = None) -> None:
    """Replace the content of a database with a verified copy, in one transaction; ``BadBackup`` when it fails.

    The engine's connections to a SQLite file must be closed; PostgreSQL waits five seconds for others that read.
    """
    demand_fits(path, url=url)
    if is_dump(path):
        with postgresql_dumps.open_connection(make_url(url)) as connection:
            server = connection.info.server_version // 10_000
        found = find_programs(named=programs, server_version=server)
        postgresql_dumps.restore(dump=path, url=url, programs=found)
        return
    database = make_url(url).database
    if not database:
        raise BadBackup("a database in memory cannot be restored")
    try:
        sqlite_copies.restore(backup=path, database=Path(database))
    except sqlite3.Error as error:
        raise BadBackup(f"the database cannot be replaced now: {error}") from error
