"""Demonstrations of an older program: set aside for a new one, nothing is deleted."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC
from pathlib import Path

import click

from portal.domain.audit_events import AuditEvent
from portal.migrations import revisions
from portal.migrations.revisions import Standing

from .backup import find_database_file
from .installation import Portal, demand_way_on, revision_of

# Event of the loader in the audit chain; production refuses to load a demonstration.
LOADED = AuditEvent.DEMONSTRATION_LOADED


def set_aside_former(portal: Portal) -> None:
    """Move a demonstration from before the base revision aside, and print where.

    Refuses, without a change, any other database that cannot be upgraded, and one that is open elsewhere.
    """
    at = revision_of(portal)
    database = find_database_file(portal)
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
    """Fold the log into the file, which SQLite does only for the sole user."""
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
