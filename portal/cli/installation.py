"""Installation for a command: settings, vault, engine and sessions, opened as the web application does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import Engine
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session, sessionmaker

from portal.config import Settings
from portal.migrations import revisions
from portal.migrations.revisions import Standing
from portal.models.engine import make_engine
from portal.models.postgresql import COMMANDS, Patience
from portal.services.ops import peppers
from portal.services.ops.peppers import AnotherPepper
from portal.services.store.actors import Actor
from portal.services.store.acts import Act
from portal.services.store.vault import Vault
from portal.web.database import session_factory
from portal.words import schema

ACTOR = Actor.system("cli")


@dataclass(frozen=True, slots=True)
class Portal:
    """Opened installation."""

    settings: Settings
    vault: Vault
    engine: Engine
    sessions: sessionmaker[Session]

    @property
    def demonstration_notes(self) -> Path:
        """Return the path of the demonstration's notes."""
        return self.settings.instance / "demo.json"

    def now(self) -> datetime:
        """Return the present moment by the installation's clock."""
        return self.settings.clock()


class OtherRevision(click.ClickException):
    """The database is not at the program's revision; the text says at which, and the remedy."""

    def __init__(self, at: str | None, what: str = schema.DATABASE) -> None:
        """Write the sentence about a database, or a copy of one (``what``), at the revision ``at``."""
        sentence = schema.words(at, what) or what
        super().__init__(f"{sentence[0].upper()}{sentence[1:]}.")


@contextmanager
def opened(*, migrated: bool = True, patience: Patience = COMMANDS) -> Iterator[Portal]:
    """Open the installation of the environment; refuses a database that is not at the newest revision.

    ``migrated=False`` for the commands that migrate it. Refuses another pepper than the database's.
    """
    settings = Settings.from_environment()
    vault = Vault(settings.pepper)
    try:
        engine = make_engine(settings.database_url, patience=patience)
    except (ArgumentError, ValueError) as error:
        raise click.ClickException("PORTAL_DATABASE_URL cannot be read as the address of a database.") from error
    portal = Portal(settings, vault, engine, session_factory(engine, vault, settings.base_url))
    try:
        if migrated:
            demand_usable(portal)
        yield portal
    finally:
        engine.dispose()


def demand_usable(portal: Portal) -> None:
    """Refuse a database at another revision than the code's, or sealed under another pepper."""
    at = revision_of(portal)
    if revisions.standing(at) is not Standing.NEWEST:
        raise OtherRevision(at)
    with portal.sessions() as session:
        try:
            peppers.demand(session, portal.vault)
        except AnotherPepper as error:
            raise click.ClickException(f"{_pepper_place(portal)}: {error}.") from error


def revision_of(portal: Portal) -> str | None:
    """Return the revision of the database; None when it was never migrated."""
    with portal.engine.connect() as connection:
        return revisions.current(connection)


def demand_way_on(at: str | None, what: str = schema.DATABASE) -> None:
    """Refuse a database that no revision of this program upgrades; nothing is changed."""
    if revisions.standing(at) in (Standing.FOLDED, Standing.UNKNOWN):
        raise OtherRevision(at, what)


def mark_pepper(portal: Portal) -> None:
    """Store the pepper's fingerprint in a database without one; refuses another pepper."""
    with portal.sessions() as session:
        try:
            peppers.mark(Act.of_system(session, portal.now()))
        except AnotherPepper as error:
            raise click.ClickException(f"{_pepper_place(portal)}: {error}.") from error


def _pepper_place(portal: Portal) -> str:
    return os.environ.get("PORTAL_PEPPER_FILE") or str(portal.settings.instance / "pepper")


def refuse_in_production(portal: Portal, what: str) -> None:
    """Refuse a command that would mix fictitious data with real customers."""
    if portal.settings.is_production:
        raise click.ClickException(f"{what} is for development only; PORTAL_ENV is production.")
