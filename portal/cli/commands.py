"""The command ``portal``: every group, and one clear line instead of a traceback for what a person can mend."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portal.config import BadSettings
from portal.services.refusals import Refused

from .words import refusal_words

# Exit status of a mistake that a person can mend; click itself uses 2 for a wrong command line.
MISTAKE = 1


class PortalCommands(click.Group):
    """The root group: turns what went wrong outside of the program into one line on stderr and status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except BadSettings as error:
            raise click.ClickException(str(error)) from error
        except Refused as error:
            raise click.ClickException(refusal_words(error)) from error
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            raise click.ClickException(f"The database cannot be used: {first_line(error)}") from error
        except DatabaseError as error:
            # What is no database at all; a broken statement or constraint is a mistake of ours and keeps its traceback.
            if type(error) is not DatabaseError:
                raise
            raise click.ClickException(f"The database cannot be used: {first_line(error)}") from error
        except OSError as error:
            if error.strerror is None:
                raise
            place = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(f"{place}{error.strerror}") from error


def first_line(error: SQLAlchemyError) -> str:
    """Return what the driver says, without the statement and its values."""
    text = str(getattr(error, "orig", None) or error).strip()
    return text.splitlines()[0] if text else type(error).__name__


@click.group(cls=PortalCommands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="portal-clientes", prog_name="portal", message="%(prog)s %(version)s")
def main() -> None:
    """Portal de clientes no regulados: run it, feed it, look after it.

    Settings come from the environment, or from a file .env in this folder; .env.example lists them.
    """


def _add_commands() -> None:
    from . import (
        accounts,
        adjustments,
        audit,
        backup,
        corrections,
        database,
        days,
        demo,
        files,
        keys,
        ledger,
        months,
        receipts,
        routes,
        serve,
        verify,
        watching,
        worker,
    )

    for command in (
        serve.run,
        serve.serve,
        database.db,
        demo.demo,
        accounts.users,
        accounts.bindings,
        keys.keys,
        files.readings,
        files.heating_values,
        ledger.ledger,
        adjustments.adjustments,
        months.months,
        days.days,
        corrections.corrections,
        audit.audit,
        receipts.receipts,
        backup.backup,
        worker.worker,
        routes.routes,
        verify.verify,
    ):
        main.add_command(command)
    files.readings.add_command(watching.watch)


_add_commands()
