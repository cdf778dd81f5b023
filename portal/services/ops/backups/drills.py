"""Drills of the restore: the newest copy, put into a scratch database that is gone afterwards (adr/0161)."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import postgresql_dumps, whole_copies
from .copies import BadBackup, demand_room, list_kept
from .figures import Figures
from .schedule import Plan


@dataclass(frozen=True, slots=True)
class Drill:
    """A copy that was restored into the database at ``url``, in so many seconds; its figures before that."""

    path: Path
    url: str
    figures: Figures
    bytes: int
    verify_seconds: float
    restore_seconds: float


def find_newest(plan: Plan) -> Path:
    """Return the path of the newest copy of this host; ``BadBackup`` without one."""
    kept = list_kept(plan.folder)
    if not kept:
        raise BadBackup(f"there is no copy in {plan.folder}: .venv/bin/portal backup create")
    return plan.folder / kept[0].name


@contextmanager
def restored(plan: Plan, path: Path, *, into: str | None = None) -> Iterator[Drill]:
    """Restore a copy into a scratch database and yield it; it is removed afterwards. ``BadBackup`` when it fails.

    SQLite: a file beside the copies. PostgreSQL: a database of the same server, or the empty one at ``into``, which is
    emptied again.
    """
    began = time.monotonic()
    figures = whole_copies.read_figures(path, programs=plan.programs)
    verified = time.monotonic()
    with _scratch(plan, path, into) as url:
        if whole_copies.is_dump(path):
            whole_copies.restore(path, url=url, programs=plan.programs)
        yield Drill(path, url, figures, path.stat().st_size, verified - began, time.monotonic() - verified)


@contextmanager
def _scratch(plan: Plan, path: Path, into: str | None) -> Iterator[str]:
    if not whole_copies.is_dump(path):
        demand_room(plan.folder, wanted_bytes=path.stat().st_size)
        with tempfile.TemporaryDirectory(prefix=".drill-", dir=plan.folder) as folder:
            database = Path(folder) / "portal.db"
            shutil.copyfile(path, database)
            yield f"sqlite:///{database}"
        return
    if into is None and plan.is_sqlite:
        raise BadBackup(f"{path} is a dump of PostgreSQL: name an empty database with --into")
    if into is None:
        with postgresql_dumps.scratch_database(plan.database_url) as url:
            yield url
        return
    postgresql_dumps.demand_empty(into)
    try:
        yield into
    finally:
        postgresql_dumps.remove_content(into)
