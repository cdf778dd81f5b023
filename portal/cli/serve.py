"""``portal run``: everything from migration to a serving portal; ``portal serve`` for production."""

from __future__ import annotations

import json
import os
import sys

import click

from portal.config import ROOT
from portal.domain.distributor import Distributor
from portal.migrations import revisions
from portal.server import sockets
from portal.server.arguments import WORKERS, Arguments
from portal.services.ops import installation
from portal.services.store import distributors

from .installation import Portal, mark_pepper, opened, revision_of


@click.command()
@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True)
@click.option("--port", envvar="PORT", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--worker/--no-worker", default=True, show_default=True, help="Start 'portal worker' beside the server.")
@click.option("--distributor", "name", help="Serve the demonstration of another distributor, from a folder of its own.")
def run(host: str, port: int, worker: bool, name: str | None) -> None:
    """Migrate, load the demonstration on first start (development), serve and work until told to stop.

    A server or worker that dies is started again. A demonstration from before the first release is set aside.
    """
    other = None if name is None else _apart(name)
    # The server's processes read them for the address in mails.
    os.environ |= {"HOST": host, "PORT": str(port)}
    with opened(migrated=False) as portal:
        refuse_taken(host, port)
        _upgrade_if_older(portal)
        mark_pepper(portal)
        if not portal.settings.is_production:
            _load_if_empty(portal, other)
        _greet(portal, host, port)
    # Replaces this process, without what a first start has loaded.
    command = Arguments(host, port, worker=worker).command()
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(command[0], command)  # noqa: S606


@click.command()
@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True)
@click.option("--port", envvar="PORT", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=WORKERS, show_default=True, help="Processes.")
@click.option("--worker/--no-worker", default=False, show_default=True, help="Start 'portal worker' beside the server.")
def serve(host: str, port: int, workers: int, worker: bool) -> None:
    """Serve, and nothing else unless told: for a service manager, which runs 'portal worker' as a unit of its own.

    A worker beside the server shares its memory. The database must be at its newest revision. A process that dies is
    started again; SIGHUP loads program, .env and secrets anew and replaces all processes, without a request lost.
    """
    os.environ |= {"HOST": host, "PORT": str(port)}
    with opened():
        pass
    refuse_taken(host, port)
    # Loaded only by who serves.
    from portal.server import main

    main.run(Arguments(host, port, workers=workers, worker=worker))


def refuse_taken(host: str, port: int) -> None:
    """Refuse a taken port before anything else is done."""
    try:
        sockets.refuse_taken(host, port)
    except sockets.PortTaken as error:
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


def _apart(name: str) -> Distributor:
    """Return the fictitious distributor of this name; this process and its children use a folder of its own.

    Refused in production, where one portal has one distributor, its row.
    """
    from portal.services.demo.distributors import DISTRIBUTORS

    if os.environ.get("PORTAL_ENV") == "production":
        raise click.ClickException("The demonstration of another distributor is for development only.")
    if name not in DISTRIBUTORS:
        raise click.ClickException(f"{name} is no distributor of the demonstration: {', '.join(sorted(DISTRIBUTORS))}.")
    if not os.environ.get("PORTAL_INSTANCE"):
        os.environ["PORTAL_INSTANCE"] = str(ROOT / "instance" / name)
    return DISTRIBUTORS[name]


def _load_if_empty(portal: Portal, other: Distributor | None) -> None:
    with portal.sessions() as session:
        empty = installation.is_empty(session)
        ours = distributors.read(session)
    if other is not None and not empty and ours != other:
        raise click.ClickException(f"{portal.settings.instance} holds the customers of {ours.name} already.")
    if empty:
        # Only a first start needs the loader of the demonstration.
        from .demo import load_into

        click.echo("First start: loading the demonstration.", err=True)
        load_into(portal, other)


def _greet(portal: Portal, host: str, port: int) -> None:
    shown = f"[{host}]" if ":" in host else host
    with portal.sessions() as session:
        ours = distributors.read(session)
    click.echo(f"\n  Portal de clientes no regulados: http://{shown}:{port}\n  Distribuidor: {ours.legal_name}\n")
    notes = portal.demonstration_notes
    if portal.settings.is_production or not notes.is_file():
        return
    click.echo("  Accounts of the demonstration:")
    for account in json.loads(notes.read_text(encoding="utf-8"))["accounts"]:
        click.echo(f"    {account['role']:<11} {account['email']:<30} {account['password']}")
    click.echo(f"  Web keys, numeric keys and the secrets of the second factor: {notes}")
    there = os.environ.get("PORTAL_INSTANCE")
    before = f"PORTAL_INSTANCE={there} " if there else ""
    click.echo(f"  Code of an account's second factor now: {before}.venv/bin/portal demo code EMAIL")
    mail = "is sent by the worker" if portal.settings.smtp_url else "is shown below"
    click.echo(f"  Mail {mail}. Ctrl+C stops.\n")
