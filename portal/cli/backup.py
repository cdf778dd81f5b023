"""``portal backup``: copies of a SQLite database; refers PostgreSQL to its own tools."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
from sqlalchemy import inspect
from sqlalchemy.engine import make_url

from portal.services.ops import anchors, backups
from portal.services.ops.anchors import BadAnchors
from portal.services.ops.backups import BadBackup
from portal.services.store.acts import Act
from portal.words import schema

from .installation import Portal, demand_way_on, opened

Result = TypeVar("Result")

POSTGRESQL = (
    "This command copies SQLite databases. For PostgreSQL use pg_dump --format=custom and pg_restore, "
    "or your server's own continuous archiving."
)


@click.group()
def backup() -> None:
    """Copies of the database. Keys and pepper are not in them: keep those apart."""


@backup.command()
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), help="Unless told, instance/backups.")
def create(folder: Path | None) -> None:
    """Copy the database while the portal runs, verify the copy and print its path."""
    with opened() as portal:
        click.echo(_verified(lambda: _create(portal, folder)))


@backup.command()
@click.argument("file", type=click.Path(path_type=Path))
def verify(file: Path) -> None:
    """Prove that FILE is a whole copy."""
    _verified(lambda: backups.verify(file))
    click.echo(f"{file} is a whole copy.")
    problem = schema.words(backups.read_revision(file), f"la copia {file}")
    if problem is not None:
        click.echo(f"Pero {problem}.", err=True)


@backup.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.confirmation_option(prompt="This puts the copy in the place of the present database. Go on?")
def restore(file: Path) -> None:
    """Put FILE in the place of the present database; what is there now is copied first."""
    with opened(migrated=False) as portal:
        database = database_file(portal)
        if database is None:
            raise click.ClickException(POSTGRESQL)
        _verified(lambda: backups.verify(file))
        # The portal could not upgrade such a copy.
        demand_way_on(backups.read_revision(file), f"la copia {file}")
        if database.exists() and database.stat().st_size:
            kept = _verified(lambda: _create(portal, None, "before-restore"))
            click.echo(f"What was there is kept in {kept}.", err=True)
        portal.engine.dispose()
        _verified(lambda: backups.restore(backup=file, database=database))
        _note_restored(portal)
        click.echo(f"The database is the one of {file}. If that is of an older portal: .venv/bin/portal db upgrade")


def _note_restored(portal: Portal) -> None:
    """Note in the file of anchors that the database is an older copy; one without anchors is skipped."""
    if not inspect(portal.engine).has_table("anchors"):
        click.echo("After '.venv/bin/portal db upgrade' run '.venv/bin/portal audit restored'.", err=True)
        return
    with portal.sessions() as session:
        try:
            anchors.note_restored(Act.of_system(session, portal.now()), path=portal.settings.audit_anchors)
        except BadAnchors as error:
            click.echo(f"The file of anchors was left as it is: {error}.", err=True)


def save_before(portal: Portal, purpose: str) -> None:
    """Copy a SQLite database before a change to all of it; PostgreSQL has its own tools."""
    if database_file(portal) is not None:
        kept = _verified(lambda: _create(portal, None, f"before-{purpose}"))
        click.echo(f"What was there is kept in {kept}.", err=True)


def database_file(portal: Portal) -> Path | None:
    """Return the file of a SQLite database, None for PostgreSQL."""
    url = make_url(portal.settings.database_url)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _create(portal: Portal, folder: Path | None, purpose: str = "") -> Path:
    database = database_file(portal)
    if database is None:
        raise click.ClickException(POSTGRESQL)
    return backups.create(
        database=database, folder=folder or portal.settings.instance / "backups", now=portal.now(), purpose=purpose
    )


def _verified(step: Callable[[], Result]) -> Result:
    try:
        return step()
    except BadBackup as error:
        raise click.ClickException(f"{error}.") from error
    except sqlite3.Error as error:
        raise click.ClickException(f"The database cannot be copied now: {error}.") from error
