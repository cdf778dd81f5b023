"""Which revisions the code knows, read from their files: a server need not load Alembic to know its own."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "versions"
_NAMED = re.compile(r'^(revision|down_revision)(?::[^=]+)? = "([0-9a-f]+)"', re.MULTILINE)


@cache
def known() -> frozenset[str]:
    """Return every revision of the code."""
    return frozenset(name for kind, name in _names() if kind == "revision")


@cache
def head() -> str:
    """Return the newest revision: the one that no other follows."""
    (newest,) = known() - {name for kind, name in _names() if kind == "down_revision"}
    return newest


def _names() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for path in FOLDER.glob("*.py"):
        found += _NAMED.findall(path.read_text(encoding="utf-8"))
    return found
