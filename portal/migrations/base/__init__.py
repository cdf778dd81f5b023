"""The tables of the base revision, a module for each capability; only that revision runs them.

They import neither models nor services: those change, and a created database does not. Until the first
release a new table or column is written here (and the revision gets another name: CONTRIBUTING.md); after it, in a
revision of its own.
"""

from __future__ import annotations

from alembic import op

from . import (
    calls,
    cases,
    day_book,
    distributor,
    keys,
    ledger,
    measures,
    nominations,
    people,
    registry,
    timetable,
    trace,
    work,
)

# Each module refers only to tables of those before it.
CAPABILITIES = (
    distributor,
    registry,
    people,
    keys,
    calls,
    timetable,
    nominations,
    day_book,
    measures,
    ledger,
    cases,
    work,
    trace,
)


def create() -> None:
    """Create every table with its constraints and indexes, and the head of the audit chain, which starts empty."""
    for capability in CAPABILITIES:
        capability.create()
    trace.begin_chain()


def drop() -> None:
    """Drop every table, and on PostgreSQL the function called by the triggers of append-only tables."""
    for capability in reversed(CAPABILITIES):
        capability.drop()
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS refuse_change()")
