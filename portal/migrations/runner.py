"""Upgrade, downgrade and check of a database, given its engine; the configuration is here, not in a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from portal.clock import system_clock
from portal.models import Base
from portal.models.engine import WRITES
from portal.services import announcements, market, timetable
from portal.services.store import passages
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.timetable import calendar_library, holidays

from .protection import unprotected
from .stems import is_of_index

FOLDER = Path(__file__).resolve().parent
COMPARED = {
    "compare_server_default": True,
    "include_name": lambda name, kind, _parents: kind != "table" or not is_of_index(name),
}
# Lock number that only migrations of this portal use.
POSTGRESQL_LOCK = 7_311_965_204


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to ``revision`` in one transaction; at the head, write the default rows that are missing."""
    with connection_of(engine) as connection:
        command.upgrade(config_of(connection), revision)
    if revision == "head":
        # Imported here: the words of pages, which a check of the schema does not need.
        from portal.words import guide, site_pages

        library = calendar_library.ask(*holidays.find_years(system_clock()))
        with Session(engine) as session, transaction(session):
            take_turn(session.connection())
            timetable.seed(session)
            holidays.learn(Act.of_system(session, system_clock()), library=library)
            market.seed(session, now=system_clock())
            market.seed_documents(session, now=system_clock())
            market.index_documents(session, now=system_clock())
            announcements.index_notices(session)
            act = Act.of_system(session, system_clock())
            market.index_tariffs(session, nit=act.distributor.nit)
            told = guide.list_passages(act, distributor=act.distributor)
            passages.rewrite(session, source="guide", passages=told)
            passages.rewrite(session, source="pages", passages=site_pages.list_passages(act.distributor))


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to ``revision``; ``base`` removes every table with its rows."""
    with connection_of(engine) as connection:
        command.downgrade(config_of(connection), revision)


def current(engine: Engine) -> str | None:
    """Return the revision of the database, None when it was never migrated."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """Return the newest revision."""
    return ScriptDirectory.from_config(config_of(None)).get_current_head()


def list_contracting(at: str | None) -> list[str]:
    """Return the revisions to come that take away what the program before them reads or writes, oldest first.

    They say so by ``contracts = True`` (docs/operations.md, "Releases").
    """
    script = ScriptDirectory.from_config(config_of(None))
    coming = [each for each in script.walk_revisions(at or "base", "head") if each.revision != at]
    return [each.revision for each in reversed(coming) if getattr(each.module, "contracts", False)]


def differences(engine: Engine) -> list[str]:
    """Return the differences between the database and the models, one a line; an empty list when there are none."""
    at, newest = current(engine), head()
    if at != newest:
        return [f"the database is at revision {at or 'none'}, the newest is {newest}"]
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=COMPARED)
        found = [f"not as in the models: {change}" for change in compare_metadata(context, Base.metadata)]
        return found + [f"not protected against changes: {table}" for table in unprotected(connection)]


def write_revision(engine: Engine, message: str) -> Path:
    """Write a revision from the differences between models and database; to be read and tidied by hand."""
    with connection_of(engine) as connection:
        script = command.revision(config_of(connection), message=message, autogenerate=True)
    if script is None or isinstance(script, list):
        raise RuntimeError("Alembic wrote no single revision")
    return Path(script.path)


def take_turn(connection: Connection) -> None:
    """Wait until no other process migrates; SQLite's write lock, taken at BEGIN, already ensures it."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": POSTGRESQL_LOCK})


def config_of(connection: Connection | None) -> Config:
    """Return Alembic's configuration for this connection; None to read the revisions only."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    config.set_main_option("truncate_slug_length", "60")
    config.set_main_option("timezone", "UTC")
    config.attributes["connection"] = connection
    return config


@contextmanager
def connection_of(engine: Engine) -> Iterator[Connection]:
    """Yield a connection that may rebuild tables: SQLite checks foreign keys at the end, not while a table is gone."""
    with engine.connect().execution_options(**{WRITES: True}) as connection:
        if connection.dialect.name != "sqlite":
            yield connection
            return
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA foreign_keys=OFF")
        try:
            yield connection
            broken = raw.execute("PRAGMA foreign_key_check").fetchone()
        finally:
            raw.execute("PRAGMA foreign_keys=ON")
        if broken is not None:
            raise RuntimeError(f"a row of {broken[0]} points to a row of {broken[2]} that is not there")
