"""``portal db copy``: an installation moves from one database into another, of the same kind or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy.engine import make_url

from portal.config import KINDS, Settings
from portal.migrations import copies
from portal.migrations.copies import BadCopy
from portal.services.ops import audit_search, heartbeats

from . import installation
from .audit import required
from .installation import Portal
from .progress import Stages
from .verify import LEDGER, RECEIPTS, first_of


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--while-running", is_flag=True, help="A rehearsal: FROM stays in use, TO is as it was at one moment.")
def copy(source: str, target: str, *, while_running: bool) -> None:
    """Copy the installation in the database FROM into the empty database TO, and verify it there.

    FROM and TO are addresses as in PORTAL_DATABASE_URL; the pepper is that of the settings. Nothing changes in FROM.
    Stopped and started again, the copy goes on where it was. Stop server and worker of FROM first: mails and jobs that
    wait are in both.
    """
    settings = Settings.from_environment()
    here, there = _opened(settings, source, "FROM"), _opened(settings, target, "TO")
    try:
        _demand_source(here, while_running=while_running)
        with _mistakes_of(target), Stages() as stages:
            if copies.prepare(there.engine):
                click.echo("Going on with the copy that was begun.", err=True)
            with copies.one_moment(here.engine) as moment:
                event = copies.last_event(moment)
                copied = copies.load(moment, there.engine, progress=stages)
            copies.finish(there.engine)
            copies.verify(there.engine, progress=lambda table, done, of: stages(f"{table}, compared", done, of))
            _verify(there)
            copies.release(there.engine)
        with copies.one_moment(here.engine) as moment:
            last = copies.last_event(moment)
    finally:
        here.engine.dispose()
        there.engine.dispose()
    earlier = f", {copied.found} of them by an earlier run" if copied.found else ""
    click.echo(
        f"Copied {copied.rows} rows of {copied.tables} tables{earlier}; every row was read back and is the same."
    )
    click.echo(f"Audit chain, anchors, receipts and balances hold on the other side, up to audit event {event}.")
    if last != event and not while_running:
        raise click.ClickException(
            f"FROM was written to meanwhile: it is at audit event {last}, TO at {event}. Do not use TO: stop server "
            "and worker of FROM, and copy into another empty database."
        )
    click.echo("Next: set PORTAL_DATABASE_URL to TO, start server and worker, and never start them on FROM again.")


def _opened(settings: Settings, url: str, name: str) -> Portal:
    """Open one side, without asking anything of it; ``ClickException`` for an address that cannot be one."""
    if not url.startswith(KINDS):
        raise click.ClickException(f"{name} must be an address that begins with {' or '.join(KINDS)}.")
    if url.startswith(KINDS[0]):
        _prepare_file(make_url(url).database or "", name)
    return installation.open_with(replace(settings, database_url=url), name=name)


def _prepare_file(path: str, name: str) -> None:
    """Demand the file of a SQLite source, and create that of a target, private from the first moment."""
    file = Path(path)
    if path in ("", ":memory:"):
        raise click.ClickException(f"{name} must name a file.")
    if name == "FROM" and not file.is_file():
        raise click.ClickException(f"FROM is no file: {file}")
    if name == "TO" and not file.exists():
        file.touch(mode=0o600)


def _demand_source(here: Portal, *, while_running: bool) -> None:
    installation.demand_usable(here)
    with here.sessions() as session:
        seen = heartbeats.list_seen(session)
    silent_since = datetime.now(UTC) - heartbeats.SILENT_AFTER
    if seen and seen[0].seen_at > silent_since and not while_running:
        raise click.ClickException(
            f"A worker of FROM is alive ({seen[0].host}, process {seen[0].pid}): what it sends meanwhile would be sent "
            "again from TO. Stop server and worker and try again in a minute, or add --while-running for a rehearsal."
        )


def _verify(there: Portal) -> None:
    with there.sessions() as session:
        outcome, _ = audit_search.check_chain(session, required=required(there))
        if outcome.broken is not None:
            raise click.ClickException(f"The audit chain does not hold in TO: {outcome.broken}.")
        first_of(session, RECEIPTS + LEDGER)


@contextmanager
def _mistakes_of(target: str) -> Iterator[None]:
    """Turn what is in the way of a copy into one sentence that names the target, without its password."""
    try:
        yield
    except BadCopy as error:
        raise click.ClickException(f"{make_url(target).render_as_string(hide_password=True)}: {error}.") from error
