"""Script that Alembic runs: the connection comes from ``runner``, the target is the models' metadata."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import _repr_type
from sqlalchemy import Connection, TypeDecorator

from portal.migrations.protection import protect_tables
from portal.migrations.runner import take_turn
from portal.migrations.stems import index_stems, is_of_index
from portal.models import Base


def as_plain_type(kind: str, item: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Render the portal's own column types as the plain ones beneath, so that no revision imports a model."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return _repr_type(item.impl_instance, autogen_context)
    return False


def run(connection: Connection) -> None:
    """Run the requested revisions in one transaction, and install the append-only triggers."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=as_plain_type,
        compare_server_default=True,
        include_name=lambda name, kind, _parents: kind != "table" or not is_of_index(name),
        # The engine begins SQLite's transactions itself, so that its schema changes are all or nothing too.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        take_turn(connection)
        context.run_migrations()
        # A batch change on SQLite recreates the table, which would drop its triggers.
        protect_tables(connection)
        index_stems(connection)


run(context.config.attributes["connection"])
