"""Commands of the portal: parse, call a service, print."""

import os
from pathlib import Path

import click

from portal.env_file import read_env_file

from .commands import main

__all__ = ["console", "main"]


def console() -> None:
    """Run ``portal`` as typed, with the ``.env`` of this folder."""
    try:
        read_env_file(Path.cwd() / ".env", os.environ)
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from None
    main()
