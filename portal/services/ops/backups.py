"""Copies of a SQLite database: taken during writes, verified, restored (docs/security.md, "Backups")."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

STALE = timedelta(days=1)


class BadBackup(Exception):
    """A file that is no whole copy of a portal's database; the text gives the reason."""


def create(*, database: Path, folder: Path, now: datetime, purpose: str = "") -> Path:
    """Copy ``database`` into ``folder`` in one step, verify the copy and return its path.

    The copy holds every committed row, also those still in the write-ahead log, and needs no other file. It
    gets its name only when it is whole and on the disk. ``BadBackup`` when it does not verify.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    suffix = f"-{purpose}" if purpose else ""
    target = _free(folder, f"portal-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}{suffix}")
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        draft.touch(mode=0o600)
        with closing(_open(database, "ro")) as source, closing(sqlite3.connect(draft)) as copy:
            source.backup(copy, pages=-1)
            # One file, with no log beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
        verify(draft)
        _sync(draft)
        draft.replace(target)
        _sync(folder)
    finally:
        for left in (draft, draft.with_name(f"{draft.name}-journal")):
            left.unlink(missing_ok=True)
    return target


def verify(path: Path) -> None:
    """Verify that ``path`` is a whole database of the portal; ``BadBackup`` names the fault."""
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
    except sqlite3.Error as error:
        raise BadBackup(f"{path} is no database of the portal: {error}") from error


def read_revision(path: Path) -> str:
    """Return the revision of a verified copy."""
    with closing(_open(path, "ro")) as copy:
        return str(copy.execute("SELECT version_num FROM alembic_version").fetchone()[0])


@dataclass(frozen=True, slots=True)
class Kept:
    """A copy in the folder: its file, its time, its size."""

    name: str
    made_at: datetime
    bytes: int


def list_kept(folder: Path) -> list[Kept]:
    """Return the copies in ``folder``, newest first, without opening them; none when there is no such folder."""
    found = [(path, path.stat()) for path in folder.glob("portal-*") if path.is_file()]
    copies = [Kept(path.name, datetime.fromtimestamp(stat.st_mtime, UTC), stat.st_size) for path, stat in found]
    return sorted(copies, key=lambda copy: copy.made_at, reverse=True)


def is_stale(copies: list[Kept], *, now: datetime) -> bool:
    """Tell whether the newest copy is older than a day, or there is none."""
    return not copies or copies[0].made_at < now - STALE


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


def _free(folder: Path, stem: str) -> Path:
    """Return an unused name: two copies of one second do not overwrite each other."""
    target, count = folder / f"{stem}.db", 1
    while target.exists():
        count += 1
        target = folder / f"{stem}-{count}.db"
    return target


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
