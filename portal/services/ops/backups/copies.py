"""Files of a folder of copies: names, times, and how one gets its name."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

SQLITE, POSTGRESQL = ".db", ".dump"
_NAME = re.compile(r"portal-(\d{8}T\d{6})Z(?:-[a-z0-9-]+)?\.(?:db|dump)")
_FORM = "%Y%m%dT%H%M%S"
# What a copy must leave on its disk: the database grows there too, and a full disk refuses every nomination.
LEAST_FREE_BYTES = 256 * 1024**2


class BadBackup(Exception):
    """No copy, or a file that is no whole copy of a portal's database; the text gives the reason."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A copy in the folder: its file, the moment it was begun, its size."""

    name: str
    made_at: datetime
    bytes: int


def list_kept(folder: Path) -> list[Kept]:
    """Return the copies in ``folder``, newest first, without opening them; none when there is no such folder."""
    found = []
    for path in folder.glob("portal-*"):
        with contextlib.suppress(FileNotFoundError):
            stat = path.stat()
            if path.suffix in (SQLITE, POSTGRESQL) and path.is_file():
                found.append(Kept(path.name, _moment_of(path.name, stat.st_mtime), stat.st_size))
    return sorted(found, key=lambda copy: (copy.made_at, copy.name), reverse=True)


def _moment_of(name: str, modified: float) -> datetime:
    """Return the moment in the name, which outlives a move to another disk; else the file's."""
    if said := _NAME.fullmatch(name):
        with contextlib.suppress(ValueError):
            return datetime.strptime(said[1], _FORM).replace(tzinfo=UTC)
    return datetime.fromtimestamp(modified, UTC)


@contextmanager
def drafted(folder: Path, *, suffix: str, now: datetime, purpose: str = "") -> Iterator[tuple[Path, Path]]:
    """Yield a private draft to write and the name it gets, on the disk, when the block ends without an error.

    A draft that fails is removed. What a killed process left stays hidden, and is removed by ``remove_drafts``.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = _free(folder, f"portal-{now.astimezone(UTC):{_FORM}}Z{f'-{purpose}' if purpose else ''}", suffix)
    draft = folder / f".{target.name}.{os.getpid()}"
    try:
        draft.touch(mode=0o600)
        yield draft, target
        _sync(draft)
        draft.replace(target)
        _sync(folder)
    finally:
        for left in (draft, draft.with_name(f"{draft.name}-journal")):
            left.unlink(missing_ok=True)


def remove_drafts(folder: Path) -> None:
    """Remove the drafts of processes that died; the caller holds the folder's lock."""
    for left in folder.glob(".portal-*"):
        left.unlink(missing_ok=True)


def demand_room(folder: Path, *, wanted_bytes: int) -> None:
    """Refuse a copy of about ``wanted_bytes`` that would fill the disk; ``BadBackup`` says how much is free."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    free, needed = shutil.disk_usage(folder).free, wanted_bytes + LEAST_FREE_BYTES
    if free < needed:
        raise BadBackup(
            f"{folder} has {free // 1024**2} MiB free, and a copy needs {needed // 1024**2}: "
            "make room, keep fewer copies (PORTAL_BACKUP_KEEP) or name another disk (PORTAL_BACKUP_FOLDER)"
        )


def _free(folder: Path, stem: str, suffix: str) -> Path:
    """Return an unused name: two copies of one second do not overwrite each other."""
    target, count = folder / f"{stem}{suffix}", 1
    while target.exists():
        count += 1
        target = folder / f"{stem}-{count}{suffix}"
    return target


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
