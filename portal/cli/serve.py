"""``portal run``: what ``make run`` does, from nothing to a portal that answers; ``portal serve`` for production."""

from __future__ import annotations

import json
import os
import sys
import time

import click

from portal.migrations import revisions
from portal.server import main
from portal.services.ops import installation

from .installation import Portal, mark_pepper, opened, revision_of
from .supervision import Child, Parent

# The server gives its requests KILL_SECONDS to end, and its parent a moment more.
WORKER_AFTER_SECONDS = 3.0
PATIENCE_SECONDS = main.KILL_SECONDS + 1


@click.command()
@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True)
@click.option("--port", envvar="PORT", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--worker/--no-worker", default=True, show_default=True, help="Start 'portal worker' beside the server.")
def run(host: str, port: int, worker: bool) -> None:
    """Migrate, load the demonstration on first start (development), serve and work until told to stop.

    A server or worker that dies is started again. A demonstration from before the first release is set aside.
    """
    # The server reads them again, for the address in mails.
    os.environ |= {"HOST": host, "PORT": str(port)}
    with opened(migrated=False) as portal:
        refuse_taken(host, port)
        _upgrade_if_older(portal)
        mark_pepper(portal)
        if not portal.settings.is_production:
            _load_if_empty(portal)
        _greet(portal, host, port)
        seconds = portal.settings.body_seconds
    sys.stdout.flush()
    sys.stderr.flush()
    children = [Child("server", server_command(host, port, header_seconds=seconds))]
    if worker:
        # The server's processes load first: on two cores a third would keep customers waiting.
        children.append(Child("worker", worker_command(os.getpid()), due=time.monotonic() + WORKER_AFTER_SECONDS))
    sys.exit(Parent(children, patience_seconds=PATIENCE_SECONDS).run())


@click.command()
@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True)
@click.option("--port", envvar="PORT", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=main.WORKERS, show_default=True, help="Processes.")
def serve(host: str, port: int, workers: int) -> None:
    """Serve, and nothing else: for a service manager, which runs 'portal worker' beside it.

    The database must be at its newest revision. A process that dies is started again; SIGHUP starts all of them
    anew, one after the other, without a request lost.
    """
    os.environ |= {"HOST": host, "PORT": str(port)}
    with opened() as portal:
        seconds = portal.settings.body_seconds
    refuse_taken(host, port)
    # In this process's place, without what the commands have loaded.
    command = server_command(host, port, workers=workers, header_seconds=seconds)
    os.execv(command[0], command)  # noqa: S606


def server_command(
    host: str,
    port: int,
    *,
    workers: int = main.WORKERS,
    header_seconds: float = 20.0,
    target: str = main.TARGET,
) -> list[str]:
    """Return the command line of the server."""
    return [sys.executable, "-m", "portal.server.main", host, str(port), str(workers), str(header_seconds), target]


def worker_command(parent: int) -> list[str]:
    """Return the command line of the worker that ends with the process ``parent``."""
    return [sys.executable, "-m", "portal.cli", "worker", "--parent", str(parent)]


def refuse_taken(host: str, port: int) -> None:
    """Say at once that the port is taken, before anything else is done."""
    try:
        main.refuse_taken(host, port)
    except main.PortTaken as error:
        raise click.ClickException(str(error)) from error


def _upgrade_if_older(portal: Portal) -> None:
    before = revision_of(portal)
    if before == revisions.head():
        return
    # Only an upgrade needs Alembic and the copies.
    from portal.migrations import runner

    from .backup import save_before
    from .former_demonstration import set_aside_former

    set_aside_former(portal)
    before = revision_of(portal)
    if before is not None:
        save_before(portal, "upgrade")
    runner.upgrade(portal.engine)


def _load_if_empty(portal: Portal) -> None:
    with portal.sessions() as session:
        empty = installation.is_empty(session)
    if empty:
        # Only a first start needs all that makes a demonstration.
        from .demo import load_into

        click.echo("First start: loading the demonstration.", err=True)
        load_into(portal)


def _greet(portal: Portal, host: str, port: int) -> None:
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"\n  Portal de clientes no regulados: http://{shown}:{port}\n")
    notes = portal.demonstration_notes
    if portal.settings.is_production or not notes.is_file():
        return
    click.echo("  Accounts of the demonstration:")
    for account in json.loads(notes.read_text(encoding="utf-8"))["accounts"]:
        click.echo(f"    {account['role']:<11} {account['email']:<30} {account['password']}")
    click.echo(f"  Web keys, numeric keys and the secrets of the second factor: {notes}")
    click.echo("  Code of an account's second factor now: .venv/bin/portal demo code EMAIL")
    mail = "is sent by the worker" if portal.settings.smtp_url else "is shown below"
    click.echo(f"  Mail {mail}. Ctrl+C stops.\n")
