"""Revisions known to the code, read from their files: a server need not load Alembic to know its own."""

from __future__ import annotations

import enum
import re
from functools import cache
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from .folded import FOLDED

FOLDER = Path(__file__).resolve().parent / "versions"
_NAMED = re.compile(r'^(revision|down_revision)(?::[^=]+)? = "([0-9a-f]+)"', re.MULTILINE)


class Standing(enum.Enum):
    """State of a database compared with this program."""

    NEWEST = enum.auto()
    # No revision: empty, or not the portal's.
    NONE = enum.auto()
    OLDER = enum.auto()
    # Older than the base revision: no upgrade leads on from there.
    FOLDED = enum.auto()
    # From a newer program, or from another one.
    UNKNOWN = enum.auto()


def standing(at: str | None) -> Standing:
    """Return the state of a database at this revision."""
    if at is None:
        return Standing.NONE
    if at == head():
        return Standing.NEWEST
    if at in known():
        return Standing.OLDER
    return Standing.FOLDED if at in FOLDED else Standing.UNKNOWN


@cache
def known() -> frozenset[str]:
    """Return every revision of the code."""
    return frozenset(name for kind, name in _names() if kind == "revision")


@cache
def head() -> str:
    """Return the newest revision: the one that no other follows."""
    (newest,) = known() - {name for kind, name in _names() if kind == "down_revision"}
    return newest


def current(on: Connection | Session) -> str | None:
    """Return the revision of the database; None for one that was never migrated.

    Ends the transaction of a database that has no such table.
    """
    try:
        return cast("str | None", on.execute(text("SELECT version_num FROM alembic_version")).scalar())
    except DBAPIError as error:
        on.rollback()
        missing = "no such table" in str(error.orig) or "does not exist" in str(error.orig)
        if error.connection_invalidated or not missing:
            raise
        return None


def _names() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for path in FOLDER.glob("*.py"):
        found += _NAMED.findall(path.read_text(encoding="utf-8"))
    return found
