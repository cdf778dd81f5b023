"""``portal db``: upgrade or downgrade the database, compare it with the models, copy it into another."""

from __future__ import annotations

from collections.abc import Callable

import click
from alembic.util.exc import CommandError

from portal.migrations import runner

from .backup import save_before
from .database_copy import copy
from .installation import demand_way_on, mark_pepper, opened, revision_of


@click.group()
def db() -> None:
    """Migrate the database, check it, copy it into another."""


@db.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the database to REVISION, the newest unless told.

    A SQLite database that holds something is copied to instance/backups first.
    """
    with opened(migrated=False) as portal:
        before = revision_of(portal)
        demand_way_on(before)
        if before is not None and before != runner.head():
            save_before(portal, "upgrade")
            for contracting in runner.list_contracting(before):
                click.echo(f"Revision {contracting} takes away what a program of before still uses.", err=True)
        _migrate(lambda: runner.upgrade(portal.engine, revision))
        after = runner.current(portal.engine)
        if after == runner.head():
            mark_pepper(portal)
    click.echo(f"The database is at {after}." if before == after else f"The database went from {before} to {after}.")


@db.command(context_settings={"ignore_unknown_options": True})
@click.argument("revision")
@click.confirmation_option(prompt="Going back removes what newer revisions hold. Go on?")
def downgrade(revision: str) -> None:
    """Take the database back to REVISION (-1 for one step, base for an empty database)."""
    with opened(migrated=False) as portal:
        before = revision_of(portal)
        demand_way_on(before)
        if before is not None:
            save_before(portal, "downgrade")
        _migrate(lambda: runner.downgrade(portal.engine, revision))
        click.echo(f"The database went from {before} to {runner.current(portal.engine)}.")


@db.command()
def check() -> None:
    """Tell where the database is not what the models say; status 1 when it is not."""
    with opened(migrated=False) as portal:
        demand_way_on(revision_of(portal))
        found = runner.differences(portal.engine)
    if found:
        raise click.ClickException(f"The database is not what the models say: {'; '.join(found)}.")
    click.echo("The database is what the models say.")


@db.command()
@click.option("--message", "-m", required=True, help="What the revision changes.")
def revision(message: str) -> None:
    """Write a revision from the difference between models and database (development)."""
    with opened() as portal:
        click.echo(runner.write_revision(portal.engine, message))


db.add_command(copy)


def _migrate(step: Callable[[], None]) -> None:
    try:
        step()
    except CommandError as error:
        raise click.ClickException(str(error)) from error
