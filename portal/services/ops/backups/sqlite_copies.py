"""Copies of a SQLite database: taken during writes, verified, restored (docs/security.md, "Backups")."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from .copies import SQLITE, BadBackup, demand_room, drafted
from .figures import Figures, demand_equal, write_note


def create(*, database: Path, folder: Path, now: datetime, purpose: str = "") -> Path:
    """Copy ``database`` into ``folder`` in one step, verify the copy and return its path.

    The copy holds every committed row, also those still in the write-ahead log, and needs no other file. It gets its
    name only when it is whole, on the disk, and of the same figures as the source was at that moment. ``BadBackup``
    when there is no room for it or it does not verify.
    """
    demand_room(folder, wanted_bytes=database.stat().st_size)
    with drafted(folder, suffix=SQLITE, now=now, purpose=purpose) as (draft, target):
        with closing(_open(database, "ro")) as source, closing(sqlite3.connect(draft)) as copy:
            # One moment for figures and copy: the copy takes over the transaction that reads.
            source.isolation_level = None
            source.execute("BEGIN")
            expected = _figures_of(source) if _is_migrated(source) else None
            source.backup(copy, pages=-1)
            # One file, with no log beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
        found = verify(draft)
        if expected is not None:
            demand_equal(draft, found, expected)
    write_note(target, found)
    return target


def verify(path: Path) -> Figures:
    """Verify that ``path`` is a whole database of the portal and return its figures; ``BadBackup`` names the fault."""
    if not path.is_file():
        raise BadBackup(f"{path} is no file")
    try:
        with closing(_open(path, "ro")) as copy:
            for pragma in ("integrity_check", "foreign_key_check"):
                first = copy.execute(f"PRAGMA {pragma}").fetchone()
                if first is not None and first[0] != "ok":
                    raise BadBackup(f"{path} is damaged: {first[0]}")
            if copy.execute("SELECT count(*) FROM alembic_version").fetchone()[0] != 1:
                raise BadBackup(f"{path} does not say its revision")
            found = _figures_of(copy)
            last = _last_event(copy)
            if last is not None and last != (found.audit_sequence, found.audit_mac):
                raise BadBackup(f"{path}: the audit's head is at event {found.audit_sequence}, its last is {last[0]}")
            return found
    except sqlite3.Error as error:
        raise BadBackup(f"{path} is no database of the portal: {error}") from error


def read_revision(path: Path) -> str:
    """Return the revision of a verified copy."""
    with closing(_open(path, "ro")) as copy:
        return str(copy.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def restore(*, backup: Path, database: Path) -> None:
    """Replace the content of ``database`` with a verified backup, in one transaction.

    Other connections see the old rows or the restored ones, never a mixture. ``BadBackup`` when the backup
    does not verify; ``sqlite3.OperationalError`` while another connection holds the database's write lock.
    """
    verify(backup)
    with closing(_open(backup, "ro")) as source, closing(sqlite3.connect(database, timeout=5)) as target:
        source.backup(target, pages=-1)
        target.execute("PRAGMA journal_mode=WAL")
    verify(database)


def _open(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True, timeout=5)


def _tables_of(connection: sqlite3.Connection) -> set[str]:
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    return {str(name) for (name,) in found}


def _is_migrated(connection: sqlite3.Connection) -> bool:
    tables = _tables_of(connection)
    return {"alembic_version", "audit_head"} <= tables


def _figures_of(connection: sqlite3.Connection) -> Figures:
    tables = _tables_of(connection)
    rows = {
        # Names of our own schema.
        name: int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608
        for name in sorted(tables)
    }
    (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    head = None
    if "audit_head" in tables:
        head = connection.execute("SELECT sequence, mac FROM audit_head").fetchone()
    sequence, mac = head or (0, b"")
    return Figures(str(revision), rows, int(sequence), bytes(mac).hex())


def _last_event(connection: sqlite3.Connection) -> tuple[int, str] | None:
    """Return number and seal of the last audit event; None without one, or without the table."""
    if "audit_events" not in _tables_of(connection):
        return None
    found = connection.execute("SELECT sequence, mac FROM audit_events ORDER BY sequence DESC LIMIT 1").fetchone()
    return None if found is None else (int(found[0]), bytes(found[1]).hex())
