"""``portal run``: what ``make run`` does, from an empty folder to a portal that answers."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys

import click

from portal.migrations import runner
from portal.services import demo as demonstration

from .backup import save_before
from .demo import load_into, notes_of
from .opening import Portal, opened

WORKERS, BLOCKING_THREADS = 2, 2
# Longer than the slowest answer, which waits five seconds for the database.
KILL_SECONDS = 8


@click.command()
@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True)
@click.option("--port", envvar="PORT", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--worker/--no-worker", default=True, show_default=True, help="Start 'portal worker' beside the server.")
def run(host: str, port: int, worker: bool) -> None:
    """Migrate, load the demonstration on first start (development), serve and work until told to stop."""
    # The server reads them again, for the address in mails.
    os.environ |= {"HOST": host, "PORT": str(port)}
    with opened(migrated=False) as portal:
        _refuse_taken(host, port)
        before = runner.current(portal.engine)
        if before != runner.head():
            if before is not None:
                save_before(portal, "upgrade")
            runner.upgrade(portal.engine)
        if not portal.settings.is_production:
            with portal.sessions() as session:
                empty = demonstration.is_empty(session)
            if empty:
                click.echo("First start: loading the demonstration.", err=True)
                load_into(portal)
        _greet(portal, host, port)
    sys.stdout.flush()
    sys.stderr.flush()
    if worker:
        # It ends with this process, which the server becomes below.
        subprocess.Popen(worker_command(os.getpid()))  # noqa: S603
    # The server takes the place of this process, so that whoever started it stops the server itself.
    os.execv(sys.executable, server_command(host, port))  # noqa: S606


def server_command(host: str, port: int) -> list[str]:
    """Return the command line of the server."""
    return [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        host,
        "--port",
        str(port),
        "--workers",
        str(WORKERS),
        "--blocking-threads",
        str(BLOCKING_THREADS),
        "--no-ws",
        # A worker that is told to stop while it still starts does not hear it; it must not keep the portal from ending.
        "--workers-kill-timeout",
        str(KILL_SECONDS),
        "--log-level",
        "warning",
        "portal.wsgi:app",
    ]


def worker_command(parent: int) -> list[str]:
    """Return the command line of the worker that ends with the process ``parent``."""
    return [sys.executable, "-m", "portal.cli", "worker", "--parent", str(parent)]


def _refuse_taken(host: str, port: int) -> None:
    """Say at once that the port is taken, instead of after the demonstration was loaded."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"Nothing can listen on {host}:{port} ({error.strerror or error}); set HOST or PORT to another."
            ) from error


def _greet(portal: Portal, host: str, port: int) -> None:
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"\n  Portal de clientes no regulados: http://{shown}:{port}\n")
    notes = notes_of(portal)
    if portal.settings.is_production or not notes.is_file():
        return
    click.echo("  Accounts of the demonstration:")
    for account in json.loads(notes.read_text(encoding="utf-8"))["accounts"]:
        click.echo(f"    {account['role']:<11} {account['email']:<30} {account['password']}")
    click.echo(f"  Web keys, numeric keys and the secrets of the second factor: {notes}")
    click.echo("  Code of an account's second factor now: portal demo code EMAIL")
    mail = "is sent by the worker" if portal.settings.smtp_url else "is shown below"
    click.echo(f"  Mail {mail}. Ctrl+C stops.\n")
