"""The name of the base revision follows from what it creates, so that nobody changes the one without the other."""

from __future__ import annotations

import hashlib
import io

from alembic.migration import MigrationContext
from alembic.operations import Operations

from portal.migrations import base

DIALECTS = ("postgresql", "sqlite")


def fingerprint() -> str:
    """Return twelve hexadecimal digits of the SQL that the base revision runs on each kind of database."""
    written = hashlib.sha256()
    for dialect in DIALECTS:
        text = io.StringIO()
        context = MigrationContext.configure(dialect_name=dialect, opts={"as_sql": True, "output_buffer": text})
        with Operations.context(context):
            for capability in base.CAPABILITIES:
                capability.create()
        written.update(" ".join(text.getvalue().split()).encode())
    return written.hexdigest()[:12]
