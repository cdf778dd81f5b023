"""Settings from the ``.env`` of the folder in which ``portal`` runs."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from pathlib import Path

import click

LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
QUOTED = re.compile(r"""(["'])(.*)\1\s*(?:\s#.*)?""")


def read_env_file(path: Path, environ: MutableMapping[str, str]) -> None:
    """Add the file's settings to ``environ``, which wins; empty values and a missing file are skipped.

    Lines are ``NAME=value``, the value in quotes if it begins or ends with spaces; ``#`` begins a comment. Nothing is
    expanded. Raises ``ClickException`` naming the first line that is neither.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        return
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path}: not a text in UTF-8.") from error
    found: dict[str, str] = {}
    for number, line in enumerate(map(str.strip, lines), start=1):
        if not line or line.startswith("#"):
            continue
        setting = LINE.fullmatch(line)
        value = _value(setting[2]) if setting else None
        if setting is None or value is None:
            # Never print the line itself: it may hold a secret.
            raise click.ClickException(f"{path}, line {number}: expected NAME=value (a value in quotes ends with one).")
        found[setting[1]] = value
    for name, value in found.items():
        if value:
            environ.setdefault(name, value)


def _value(written: str) -> str | None:
    """Return the value without quotes; None when a quote is left open."""
    if written[:1] in ('"', "'"):
        quoted = QUOTED.fullmatch(written)
        return quoted[2] if quoted else None
    return re.split(r"(?:^|\s)#", written, maxsplit=1)[0].rstrip()
