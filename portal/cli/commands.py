"""Command ``portal``: every group; one clear line instead of a traceback for a mistake that a person can mend."""

from __future__ import annotations

import importlib
import os
import subprocess
from importlib import metadata
from typing import Any

import click
import structlog
from click.shell_completion import CompletionItem
from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portal.config import LOG_FORMAT, LOG_FORMATS, ROOT, BadSettings
from portal.services.store.refusals import Refused

from .words import refusal_words

# Module and name of each command, loaded on demand: a restarting portal loads no other command's libraries.
COMMANDS = {
    "adjustments": "adjustments:adjustments",
    "audit": "audit:audit",
    "backup": "backup:backup",
    "bindings": "accounts:bindings",
    "cases": "cases:cases",
    "completions": "completions:completions",
    "corrections": "corrections:corrections",
    "days": "days:days",
    "db": "database:db",
    "demo": "demo:demo",
    "distributor": "distributor:distributor",
    "doctor": "doctor:doctor",
    "heating-values": "files:heating_values",
    "history": "history:history",
    "jobs": "jobs:jobs",
    "keys": "keys:keys",
    "ledger": "ledger:ledger",
    "mail": "mail:mail",
    "months": "months:months",
    "punctuality": "punctuality:punctuality",
    "purge": "purge:purge",
    "readings": "folders:reading_commands",
    "receipts": "receipts:receipts",
    "routes": "routes:routes",
    "run": "serve:run",
    "serve": "serve:serve",
    "secrets": "secret_files:secrets",
    "status": "status:status",
    "templates": "templates:templates",
    "uploads": "uploads:uploads",
    "users": "accounts:users",
    "verify": "verify:verify",
    "worker": "worker:worker",
}
# Exit status of a mistake that a person can mend; click uses 2 for a wrong command line.
MISTAKE = 1


class PortalCommands(click.Group):
    """Root group that loads only the requested command.

    An error outside of the program becomes one line on stderr and status 1.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names, in the order of the help."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command, None without one of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(f"{__package__}.{module}"), name)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return what completes a word: names without loading their commands, which takes a second."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [CompletionItem(name) for name in self.list_commands(ctx) if name.startswith(incomplete)]

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; with ``PORTAL_LOG_FORMAT=json`` its mistake is a line of the log."""
        try:
            return self._run(ctx)
        except click.ClickException as error:
            if os.environ.get(LOG_FORMAT) != LOG_FORMATS[0]:
                raise
            from portal import logs

            logs.begin_command(ctx.invoked_subcommand or "")
            structlog.get_logger("portal.cli").error(
                "command failed", reason=error.format_message(), status=error.exit_code
            )
            raise SystemExit(error.exit_code) from error

    def _run(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BadSettings as error:
            raise click.ClickException(str(error)) from error
        except Refused as error:
            raise click.ClickException(refusal_words(error)) from error
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            raise click.ClickException(f"The database cannot be used: {first_line(error)}") from error
        except DatabaseError as error:
            # Not a database at all; a broken statement or constraint is our error and keeps its traceback.
            if type(error) is not DatabaseError:
                raise
            raise click.ClickException(f"The database cannot be used: {first_line(error)}") from error
        except OSError as error:
            if error.strerror is None:
                raise
            place = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(f"{place}{error.strerror}") from error


def first_line(error: SQLAlchemyError) -> str:
    """Return the driver's message, without the statement and its values."""
    text = str(getattr(error, "orig", None) or error).strip()
    return text.splitlines()[0] if text else type(error).__name__


def _tell_version(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    """Print the version, the schema that it works with, and the commit where the program is a working copy."""
    if not wanted or context.resilient_parsing:
        return
    from portal.migrations import revisions

    known = {"schema": revisions.head(), "commit": _commit()}
    told = ", ".join(f"{name} {value}" for name, value in known.items() if value)
    click.echo(f"portal {metadata.version('portal-clientes')} ({told})")
    context.exit()


def _commit() -> str | None:
    if not (ROOT / ".git").exists():
        return None
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=10", "--exclude=*"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=5)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    return told.stdout.strip() or None


@click.group(cls=PortalCommands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_tell_version, help="Version.")
def main() -> None:
    """Portal de clientes no regulados: run it, feed it, look after it.

    Settings come from the environment, or from a file .env in this folder; .env.example lists them.
    """
