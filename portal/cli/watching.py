"""``portal readings watch``: files that the telemetry drops into a folder, taken in by the rules of any other."""

from __future__ import annotations

import hashlib
import signal
import threading
import time
from pathlib import Path

import click
from sqlalchemy.exc import InterfaceError, OperationalError

from portal import file_words
from portal.services import readings
from portal.services.delimited_files import BLOCK, UPLOAD
from portal.services.file_problems import BadFile, Problem, Rule
from portal.services.refusals import Conflict

from .commands import first_line
from .opening import ACTOR, Portal, opened

TAKEN, REFUSED = "taken", "refused"
SUFFIXES = (".csv", ".txt", ".xlsx")
PAUSE_SECONDS = 5
# A file that is still being written changes; one that rests is whole.
RESTS_SECONDS = 2
MOST_TOLD = 200


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--once", is_flag=True, help="Take in what is there now and end; status 1 when a file was refused.")
def watch(folder: Path, once: bool) -> None:
    """Take in each CSV or Excel file that is put into a folder, every row of it or none, until told to stop.

    A file goes to taken/ or, beside a text that names every mistake, to refused/. It is looked at once it has rested
    for two seconds; hidden files, and those of other names, stay where they are.
    """
    with opened() as portal:
        if once:
            if not _look(portal, folder):
                raise click.exceptions.Exit(1)
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: stop.set())
        click.echo(f"Watching {folder}; Ctrl+C stops.", err=True)
        while not stop.is_set():
            try:
                _look(portal, folder)
            except (OperationalError, InterfaceError) as error:
                # The files wait where they are.
                click.echo(f"The database cannot be used: {first_line(error)}", err=True)
            stop.wait(PAUSE_SECONDS)


def _look(portal: Portal, folder: Path) -> bool:
    """Take in every file that rests, in the order of their names; tell whether none was refused."""
    rests = time.time() - RESTS_SECONDS
    sound = True
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.suffix.lower() not in SUFFIXES or path.is_symlink() or not path.is_file():
            continue
        if path.stat().st_mtime <= rests:
            sound = _take_in(portal, path) and sound
    return sound


def _take_in(portal: Portal, path: Path) -> bool:
    try:
        if path.stat().st_size > UPLOAD.bytes:
            raise BadFile([Problem(Rule.FILE_TOO_LARGE, fact=f"{UPLOAD.bytes // BLOCK} MiB")])
        with portal.sessions() as session:
            done = readings.import_file(
                session, actor=ACTOR, name=path.name, content=path.read_bytes(), now=portal.now()
            )
    except BadFile as refused:
        lines = [file_words.problem_words(problem) for problem in refused.problems]
        _tell(portal, path, lines)
        moved = _move(path, REFUSED)
        more = [f"Y {len(lines) - MOST_TOLD} errores más."] if len(lines) > MOST_TOLD else []
        moved.with_name(f"{moved.name}.errores.txt").write_text("\n".join(lines[:MOST_TOLD] + more) + "\n", "utf-8")
        click.echo(
            f"{path.name}: refused, {len(refused.problems)} problems; see {moved.parent.name}/{moved.name}.", err=True
        )
        return False
    except Conflict:
        # Another import was faster on the same day: the next round sees what it wrote.
        click.echo(f"{path.name}: another import was faster; tried again in the next round.", err=True)
        return True
    _move(path, TAKEN)
    said = (
        "was taken in already"
        if done.already
        else f"{done.new} new, {done.changed} changed, {done.unchanged} as they were"
    )
    click.echo(f"{path.name}: {said}.", err=True)
    return True


def _tell(portal: Portal, path: Path, mistakes: list[str]) -> None:
    # Before the file is moved: what cannot be written now is tried again with it in the next round.
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").digest()
    with portal.sessions() as session:
        readings.tell_refused(
            session,
            name=path.name,
            digest=digest,
            mistakes=mistakes,
            base_url=portal.settings.base_url,
            now=portal.now(),
        )


def _move(path: Path, to: str) -> Path:
    """Move a file into a folder beside it, under a name that nothing has there yet."""
    folder = path.parent / to
    folder.mkdir(exist_ok=True)
    target, number = folder / path.name, 1
    while target.exists():
        number += 1
        target = folder / f"{path.stem}.{number}{path.suffix}"
    return path.rename(target)
