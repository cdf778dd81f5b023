"""``portal completions``: the script with which a shell completes commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completions(shell: str) -> None:
    """Print the script for a shell: eval "$(.venv/bin/portal completions bash)", or a file of its completions."""
    from .commands import main

    made = get_completion_class(shell)
    if made is None:
        raise click.ClickException(f"Nothing completes {shell}.")
    click.echo(made(main, {}, "portal", "_PORTAL_COMPLETE").source())
