"""What Alembic runs: the connection comes from ``runner``, the target is the models' metadata."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import _repr_type
from sqlalchemy import Connection, TypeDecorator, text

from portal.migrations.protection import protect_tables
from portal.models import Base

# One number that only migrations of this portal ask for, so that two processes migrate one after the other.
POSTGRESQL_LOCK = 7_311_965_204


def as_plain_type(kind: str, item: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Write the portal's own column types as the plain ones beneath, so that no revision imports a model."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return _repr_type(item.impl_instance, autogen_context)
    return False


def run(connection: Connection) -> None:
    """Run the wanted revisions in one transaction, and put the append-only triggers in place."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=as_plain_type,
        compare_server_default=True,
        # The engine begins SQLite's transactions itself, so its tables change all or nothing too.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": POSTGRESQL_LOCK})
        context.run_migrations()
        # A batch change on SQLite makes the table anew, which would drop its triggers.
        protect_tables(connection)


run(context.config.attributes["connection"])
