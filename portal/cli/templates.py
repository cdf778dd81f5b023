"""``portal templates``: compile every page's template where the program is installed."""

from __future__ import annotations

import sys

import click


@click.command()
def templates() -> None:
    """Compile every template beside its source, for a server that may not write there."""
    from portal import create_app
    from portal.web.compiled_templates import compile_all

    if sys.dont_write_bytecode:
        raise click.ClickException("PYTHONDONTWRITEBYTECODE is set, so nothing would be kept: run this without it.")
    try:
        names = compile_all(create_app())
    except OSError as error:
        raise click.ClickException(
            f"Compiled templates cannot be kept in {error.filename}: {error.strerror}. "
            "Run this as the account that the program's folder belongs to."
        ) from error
    click.echo(f"{len(names)} templates compiled")
