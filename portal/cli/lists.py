"""Lists of commands: options, lines and objects that jobs, mails and files have in common."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

import click

from portal.domain.gas_day import BOGOTA

from .folders import shown

MOST = 500
Command = TypeVar("Command", bound=Callable[..., Any])
limited = click.option(
    "--limit", type=click.IntRange(1, MOST), default=20, show_default=True, help="The newest so many."
)
as_objects = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
by_whom = click.option("--by", "email", required=True, help="Who does it: the e-mail of an administrator.")


def choice(name: str, kinds: type[StrEnum], said: str) -> Callable[[Command], Command]:
    """Return an option that takes a word of an enum."""
    return click.option(name, type=click.Choice([each.value for each in kinds]), help=said)


def write(rows: Iterable[Mapping[str, Any]], *, as_json: bool) -> None:
    """Print a line a row, its parts apart by two blanks; or an object. Parts that are None are left out."""
    empty = True
    for row in rows:
        empty = False
        told = {name: _spelled(value) for name, value in row.items() if value is not None}
        if as_json:
            click.echo(json.dumps(told, ensure_ascii=False))
        else:
            click.echo("  ".join(str(value) for value in told.values()))
    if empty and not as_json:
        click.echo("None.")


def _spelled(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(BOGOTA).isoformat(timespec="minutes")
    return shown(value) if isinstance(value, str) else value
