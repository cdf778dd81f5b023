"""What a command works with: settings, vault, engine and sessions, opened as the web application opens them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import click
from sqlalchemy import Engine
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session, sessionmaker

from portal.config import Settings
from portal.database import session_factory
from portal.migrations import runner
from portal.models.engine import make_engine
from portal.models.postgresql import COMMANDS, Patience
from portal.services.actors import Actor
from portal.services.vault import Vault

ACTOR = Actor.system("cli")


@dataclass(frozen=True, slots=True)
class Portal:
    """An installation, as its settings describe it."""

    settings: Settings
    vault: Vault
    engine: Engine
    sessions: sessionmaker[Session]

    def now(self) -> datetime:
        """Return this moment by the installation's clock."""
        return self.settings.clock()


@contextmanager
def opened(*, migrated: bool = True, patience: Patience = COMMANDS) -> Iterator[Portal]:
    """Open the installation of the environment; refuse one whose database is not at the newest revision.

    ``migrated=False`` for the commands that bring it there.
    """
    settings = Settings.from_environment()
    vault = Vault(settings.pepper)
    try:
        engine = make_engine(settings.database_url, patience=patience)
    except (ArgumentError, ValueError) as error:
        raise click.ClickException("PORTAL_DATABASE_URL cannot be read as the address of a database.") from error
    try:
        if migrated and runner.current(engine) != runner.head():
            raise click.ClickException("The database is not at the newest revision: .venv/bin/portal db upgrade")
        yield Portal(settings, vault, engine, session_factory(engine, vault))
    finally:
        engine.dispose()


def refuse_in_production(portal: Portal, what: str) -> None:
    """Refuse a command that would put fictitious data among real customers."""
    if portal.settings.is_production:
        raise click.ClickException(f"{what} is for development only; PORTAL_ENV is production.")
