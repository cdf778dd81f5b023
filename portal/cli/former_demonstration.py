"""A demonstration that an older program wrote, set aside so that a new one can be loaded: nothing of it is deleted."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC
from pathlib import Path

import click

from portal.migrations import revisions
from portal.migrations.revisions import Standing

from .backup import database_file
from .installation import Portal, demand_way_on, revision_of

# What the loader writes into the audit chain; production refuses to load one.
LOADED = "demonstration:loaded"


def set_aside_former(portal: Portal) -> None:
    """Move a demonstration from before the base revision out of the way, and say where it lies.

    Refuses, changing nothing, any other database from which no upgrade leads on, and one that somebody has open.
    """
    at = revision_of(portal)
    database = database_file(portal)
    is_former = revisions.standing(at) is Standing.FOLDED
    if not is_former or database is None or portal.settings.is_production or not _is_demonstration(database):
        demand_way_on(at)
        return
    portal.engine.dispose()
    _demand_alone(database)
    folder = _new_folder(database.parent, f"demostracion-anterior-{portal.now().astimezone(UTC):%Y%m%dT%H%M%SZ}")
    for path in (database, portal.demonstration_notes, portal.settings.audit_anchors):
        if path.exists():
            shutil.move(path, folder / path.name)
    click.echo(
        f"La demostración de {database} era de la revisión {at}, de antes de la primera entrega: quedó apartada entera "
        f"en {folder}, y se carga una nueva.",
        err=True,
    )


def _is_demonstration(database: Path) -> bool:
    with closing(sqlite3.connect(database)) as connection:
        try:
            return connection.execute("SELECT 1 FROM audit_events WHERE event = ?", (LOADED,)).fetchone() is not None
        except sqlite3.DatabaseError:
            return False


def _demand_alone(database: Path) -> None:
    """Fold the log into the file, which SQLite does only while nobody else has it open."""
    with closing(sqlite3.connect(database, timeout=1)) as connection:
        try:
            alone = connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0] == "delete"
        except sqlite3.OperationalError:
            alone = False
    if not alone:
        raise click.ClickException(
            f"La demostración de {database} es de una versión anterior del programa y alguien la tiene abierta; "
            "detenga ese portal y vuelva a intentarlo. No se cambió nada."
        )


def _new_folder(parent: Path, name: str) -> Path:
    folder, count = parent / name, 1
    while folder.exists():
        count += 1
        folder = parent / f"{name}-{count}"
    folder.mkdir(mode=0o700)
    return folder
