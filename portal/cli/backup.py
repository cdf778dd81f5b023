"""``portal backup``: copies of the database of either kind, their list, their verification, restores and drills."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import click
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from portal.clock import system_clock
from portal.migrations import revisions
from portal.migrations.revisions import Standing
from portal.models.engine import make_engine
from portal.models.patience import COMMANDS
from portal.services.ops import anchors, backups
from portal.services.ops.anchors import BadAnchors, Required
from portal.services.ops.backups import AlreadyRunning, BadBackup, Drill, Plan
from portal.services.store.acts import Act, Actor
from portal.web.backup_plan import backup_plan_of
from portal.web.database import session_factory
from portal.words import schema

from .installation import Portal, demand_way_on, opened
from .verify import verify_all

Result = TypeVar("Result")


@click.group()
def backup() -> None:
    """Copies of the database. Keys and pepper are not in them: keep those apart."""


def plan_of(portal: Portal, *, folder: Path | None = None) -> Plan:
    """Return what is copied and kept by the settings; ``folder`` takes the place of theirs."""
    plan = backup_plan_of(portal.settings)
    return plan if folder is None else replace(plan, folder=folder)


@backup.command()
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), help="Unless told, PORTAL_BACKUP_FOLDER.")
@click.option("--if-due", is_flag=True, help="Only if the newest copy is old enough: for a timer beside the worker.")
def create(folder: Path | None, if_due: bool) -> None:
    """Copy the database while the portal runs, verify the copy, print its path and remove what need not be kept.

    PostgreSQL is copied by pg_dump. Into another folder (--folder) nothing is removed.
    """
    with opened(patience=COMMANDS) as portal:
        plan = plan_of(portal, folder=folder)
        if folder is not None:
            click.echo(_verified(lambda: backups.copy(plan, now=system_clock())))
            return
        with portal.sessions() as session:
            taken = _verified(lambda: (backups.take_due if if_due else backups.take)(_act(session), plan))
    if taken is None:
        click.echo("The newest copy is recent enough, or another process is taking one.", err=True)
        return
    click.echo(taken.path)
    if taken.removed:
        click.echo(f"Older copies that need not be kept: {taken.removed} removed.", err=True)


def _act(session: Session) -> Act:
    """Return an act by the system's clock, which the copies bear."""
    return Act(session, Actor.system(), system_clock(), system_clock)


@backup.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for programs.")
def list_copies(as_json: bool) -> None:
    """List the copies of this host, newest first: file, moment, size, rows, last audit event."""
    with opened(migrated=False) as portal:
        plan = plan_of(portal)
    kept = backups.list_kept(plan.folder)
    for copy in kept:
        note = backups.read_note(plan.folder / copy.name)
        said = {
            "file": str(plan.folder / copy.name),
            "made_at": copy.made_at.isoformat(),
            "bytes": copy.bytes,
            "revision": note and note.revision,
            "rows": note and note.total,
            "audit_event": note and note.audit_sequence,
        }
        rows = f"{note.total} rows, audit to event {note.audit_sequence}" if note else "no note beside it"
        line = f"{copy.made_at:%Y-%m-%d %H:%M:%S} UTC  {copy.bytes / 1024**2:9.1f} MiB  {said['file']}  {rows}"
        click.echo(json.dumps(said) if as_json else line)
    if not kept and not as_json:
        click.echo(f"There is no copy in {plan.folder}: .venv/bin/portal backup create", err=True)


@backup.command()
@click.argument("file", type=click.Path(path_type=Path))
def verify(file: Path) -> None:
    """Prove that FILE is a whole copy, with the rows that were noted when it was taken."""
    with opened(migrated=False) as portal:
        figures = _verified(lambda: backups.read_figures(file, programs=portal.settings.postgresql_programs))
    click.echo(f"{file} is a whole copy.")
    problem = schema.words(figures.revision, f"la copia {file}")
    if problem is not None:
        click.echo(f"Pero {problem}.", err=True)


@backup.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.confirmation_option(prompt="This puts the copy in the place of the present database. Go on?")
def restore(file: Path) -> None:
    """Put FILE in the place of the present database; what is there now is copied first.

    Stop servers and workers before.
    """
    with opened(migrated=False) as portal:
        plan = plan_of(portal)
        _verified(lambda: backups.demand_fits(file, url=plan.database_url))
        figures = _verified(lambda: backups.read_figures(file, programs=plan.programs))
        # The portal could not upgrade such a copy.
        demand_way_on(figures.revision, f"la copia {file}")
        if _holds_something(portal):
            kept = _verified(lambda: backups.copy(plan, now=system_clock(), purpose="before-restore"))
            click.echo(f"What was there is kept in {kept}.", err=True)
        portal.engine.dispose()
        _verified(lambda: backups.restore(file, url=plan.database_url, programs=plan.programs))
        _note_restored(portal)
        click.echo(f"The database is the one of {file}. If that is of an older portal: .venv/bin/portal db upgrade")


def _holds_something(portal: Portal) -> bool:
    database = find_database_file(portal)
    if database is not None:
        return database.exists() and database.stat().st_size > 0
    return bool(inspect(portal.engine).get_table_names())


def _note_restored(portal: Portal) -> None:
    """Note in the file of anchors that the database is an older copy; one without anchors is skipped."""
    if not inspect(portal.engine).has_table("anchors"):
        click.echo("After '.venv/bin/portal db upgrade' run '.venv/bin/portal audit restored'.", err=True)
        return
    with portal.sessions() as session:
        try:
            anchors.note_restored(Act.of_system(session, portal.now()), path=portal.settings.audit_anchors)
        except BadAnchors as error:
            click.echo(f"The file of anchors was left as it is: {error}.", err=True)


@backup.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--into", metavar="URL", help="Empty PostgreSQL database for it, where none may be made on the server.")
def drill(file: Path | None, into: str | None) -> None:
    """Restore the newest copy, or FILE, into a scratch database, run every verification there, and remove it.

    Prints figures and seconds; the doctor says how old the last drill is. The present database is only read.
    """
    with opened(patience=COMMANDS) as portal:
        plan = plan_of(portal)
        began = system_clock()
        with portal.sessions() as session:
            try:
                path = file or _verified(lambda: backups.drills.find_newest(plan))
                drilled = _drilled(portal, plan, path, into)
            except click.ClickException as error:
                backups.runs.record(_act(session), began_at=began, is_drill=True, problem=error.message)
                raise
            backups.runs.record(
                _act(session),
                began_at=began,
                is_drill=True,
                file_name=path.name[:120],
                size=drilled.bytes,
                rows=drilled.figures.total,
            )


def _drilled(portal: Portal, plan: Plan, path: Path, into: str | None) -> Drill:
    with _scratch(portal, plan, path, into) as (found, session):
        began = time.monotonic()
        with _anchors_of(portal, session) as required:
            verify_all(session, required=required)
        seconds = time.monotonic() - began
        figures, megabytes = found.figures, found.bytes / 1024**2
        click.echo(
            f"{path}: {megabytes:.1f} MiB, {figures.total} rows of {len(figures.rows)} tables, audit to event "
            f"{figures.audit_sequence}. Read through in {found.verify_seconds:.1f} s, restored in "
            f"{found.restore_seconds:.1f} s, verified in {seconds:.1f} s. The scratch database is gone."
        )
        return found


@contextmanager
def _scratch(portal: Portal, plan: Plan, path: Path, into: str | None) -> Iterator[tuple[Drill, Session]]:
    """Yield the drill and a session on its database, brought to the program's revision if it is older."""
    try:
        with backups.drills.restored(plan, path, into=into) as found:
            demand_way_on(found.figures.revision, f"la copia {path}")
            engine = make_engine(found.url, patience=COMMANDS)
            try:
                if revisions.standing(found.figures.revision) is not Standing.NEWEST:
                    from portal.migrations import runner

                    runner.upgrade(engine)
                    click.echo(f"The copy was of revision {found.figures.revision}; it was upgraded.", err=True)
                with session_factory(engine, portal.vault, portal.settings.base_url)() as session:
                    yield found, session
            finally:
                engine.dispose()
    except (BadBackup, AlreadyRunning) as error:
        raise click.ClickException(_sentence(error)) from error


@contextmanager
def _anchors_of(portal: Portal, session: Session) -> Iterator[Required]:
    """Yield what the anchors of a copy must agree with: this host's file, as far as the copy goes."""
    newest = anchors.find_newest(session)
    now = newest.at if newest else portal.now()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audit-anchors.log"
        anchors.copy_until(portal.settings.audit_anchors, path, last=newest.number if newest else 0)
        yield Required(path, now)


def save_before(portal: Portal, purpose: str) -> None:
    """Copy a SQLite database before a change to all of it; a revision of PostgreSQL's is one transaction."""
    if find_database_file(portal) is not None:
        kept = _verified(lambda: backups.copy(plan_of(portal), now=system_clock(), purpose=f"before-{purpose}"))
        click.echo(f"What was there is kept in {kept}.", err=True)


def find_database_file(portal: Portal) -> Path | None:
    """Return the file of a SQLite database, None for PostgreSQL."""
    return backups.find_database_file(portal.settings.database_url)


def _verified(step: Callable[[], Result]) -> Result:
    try:
        return step()
    except (BadBackup, AlreadyRunning) as error:
        raise click.ClickException(_sentence(error)) from error
    except OSError as error:
        raise click.ClickException(f"The copy cannot be written: {error.strerror or error}.") from error


def _sentence(error: BadBackup | AlreadyRunning) -> str:
    if isinstance(error, AlreadyRunning):
        return "Another process is copying the database at this moment; try again."
    text = str(error)
    return f"{text[0].upper()}{text[1:]}."
