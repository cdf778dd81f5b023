"""``portal readings watch``: takes in the files that telemetry drops into a folder, by the usual rules."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import click
from sqlalchemy.exc import InterfaceError, OperationalError

from portal.domain.counts import counted
from portal.services.files import intake, questions
from portal.services.files.formats import ZIP
from portal.services.files.problems import BadFile, Problem, Rule
from portal.services.files.questions import Answer, Unanswered
from portal.services.files.sheet_tables import BLOCK, UPLOAD
from portal.services.measures import readings
from portal.services.store.acts import Act
from portal.services.store.refusals import Conflict
from portal.services.store.transactions import transaction
from portal.words import files, understood

from .commands import first_line
from .files import TAKE_GOOD_ROWS
from .files import readings as reading_commands
from .installation import ACTOR, Portal, opened

TAKEN, REFUSED, ASKED = "taken", "refused", "asked"
# Suffixes of the text beside a file that was put aside.
MISTAKES, QUESTION = ".errores.txt", ".pregunta.txt"
SUFFIXES = (".csv", ".txt", ".xlsx")
# Suffixes of transfers that are still under way.
UNFINISHED = (".part", ".filepart", ".tmp", ".partial", ".crdownload", ".uploading")
PAUSE_SECONDS = 5
REST_SECONDS = 60
# Looks at a resting file without an end before somebody is told.
RESTS_WITHOUT_END = 10
MOST_TOLD = 200
HOURS = {"beginning": Answer.STAMP_BEGINS, "end": Answer.STAMP_ENDS}


@reading_commands.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--once", is_flag=True, help="Look once and end; status 1 when a file needs somebody. For a timer.")
@click.option(
    "--rest",
    type=click.IntRange(0, 86_400),
    default=REST_SECONDS,
    envvar="PORTAL_WATCH_REST_SECONDS",
    show_default=True,
    help="Seconds between two looks in which a file must not have changed.",
)
@click.option(
    "--hour-00-00-is",
    "hour",
    type=click.Choice(list(HOURS)),
    help="What 00:00 beside a day is in the files of this folder; asked once, kept from then on.",
)
@click.option(
    "--sender",
    default="",
    metavar="NAME",
    help="Who makes the files, as named on the console: what was confirmed of their layouts there counts here.",
)
@TAKE_GOOD_ROWS
def watch(folder: Path, once: bool, rest: int, hour: str | None, sender: str, partly: bool) -> None:
    """Take in each CSV or Excel file that is put into a folder, every row of it or none, until told to stop.

    A file is looked at once two looks at least 60 seconds apart found the same size and time and its last line ended.
    It goes to taken/, beside a text that names every mistake to refused/, or beside a question to asked/. What changes
    in taken/ afterwards is reported. Hidden files, and those of other names, stay where they are.
    """
    with opened() as portal:
        watcher = _Watcher(portal, folder, rest, partly, questions.name_sender(sender))
        if hour is not None:
            watcher.learn(HOURS[hour])
        if once:
            if not watcher.look():
                raise click.exceptions.Exit(1)
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: stop.set())
        click.echo(f"Watching {shown(str(folder))}; Ctrl+C stops.", err=True)
        while not stop.is_set():
            try:
                watcher.look()
            except (OperationalError, InterfaceError) as error:
                # The files stay where they are.
                click.echo(f"The database cannot be used: {first_line(error)}", err=True)
            except OSError as error:
                click.echo(f"The folder cannot be read: {error.strerror}", err=True)
            stop.wait(PAUSE_SECONDS)


class _Watcher:
    """Watched folder, and the state of its files at the last look."""

    def __init__(self, portal: Portal, folder: Path, rest: int, partly: bool, sender: str | None) -> None:
        self._portal, self._folder, self._rest, self._partly = portal, folder, rest, partly
        self._sender = sender or questions.name_sender_of_folder(folder)
        self._links: set[str] = set()

    def learn(self, word: str) -> None:
        """Store what the hour means in this folder, and take up the files that waited for that answer."""
        with self._portal.sessions() as session, transaction(session):
            questions.remember(Act.at(session, ACTOR, self._portal.now()), sender=self._sender, word=word)
        asked = self._folder / ASKED
        for path in sorted(asked.iterdir()) if asked.is_dir() else []:
            if path.suffix.lower() in SUFFIXES and not path.name.endswith(QUESTION):
                path.rename(_free(self._folder, path.name))
            else:
                path.unlink(missing_ok=True)

    def look(self) -> bool:
        """Take in every complete file at rest, in the order of names; return whether nobody is needed."""
        looks = Looks.read(self._folder)
        sound = self._watch_over_taken(looks)
        names = sorted(path.name for path in self._folder.iterdir())
        for name in names:
            path = self._folder / name
            if name.startswith(".") or path.suffix.lower() not in SUFFIXES:
                continue
            try:
                sound = self._consider(path, names, looks) and sound
            except FileNotFoundError:
                click.echo(f"{shown(name)}: gone before it was read.", err=True)
            except (OperationalError, InterfaceError):
                looks.write()
                raise
            except Exception as error:
                # An error of one file must not stop those after it.
                sound = False
                words = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
                click.echo(f"{shown(name)}: cannot be taken in ({words}); it stays where it is.", err=True)
                digest = hashlib.sha256(os.fsencode(name) + words.encode()).digest()
                self._tell(name, digest, [f"No se pudo leer: {words}."], readings.Trouble.UNREADABLE)
        looks.keep_only(names)
        looks.write()
        return sound

    def _consider(self, path: Path, names: list[str], looks: Looks) -> bool:
        if path.is_symlink():
            return self._refuse_link(path)
        if not path.is_file():
            return True
        now = time.time()
        found = path.stat()
        first = looks.first_of(path.name, found, now)
        if now - first < self._rest or any(f"{path.name}{each}" in names for each in UNFINISHED):
            return True
        if not _is_ended(path) and now - first < RESTS_WITHOUT_END * max(1, self._rest):
            click.echo(f"{shown(path.name)}: its end is missing; waited for.", err=True)
            return True
        return self._take_in(path, looks)

    def _refuse_link(self, path: Path) -> bool:
        """Tell of a link, once: what it leads to may be any file of this machine, or none."""
        if path.name not in self._links:
            self._links.add(path.name)
            click.echo(f"{shown(path.name)}: a link, which is not followed; put the file itself here.", err=True)
        words = "Es un enlace a otro archivo y no se sigue: ponga en la carpeta el archivo mismo."
        self._tell(path.name, hashlib.sha256(os.fsencode(path.name)).digest(), [words], readings.Trouble.UNREADABLE)
        return False

    def _take_in(self, path: Path, looks: Looks) -> bool:
        try:
            if path.stat().st_size > UPLOAD.bytes:
                raise BadFile([Problem(Rule.FILE_TOO_LARGE, fact=f"{UPLOAD.bytes // BLOCK} MiB")])
            content = path.read_bytes()
            if not _is_ended(path):
                raise BadFile([Problem(Rule.NOT_ENDED)])
            with self._portal.sessions() as session:
                done = intake.import_file(
                    Act.at(session, ACTOR, self._portal.now()),
                    readings.FILES,
                    name=shown(path.name),
                    content=content,
                    answers=questions.load_known(session, self._sender),
                    partly=self._partly,
                    parks_odd=True,
                    sender=self._sender,
                )
        except Unanswered as open_:
            question = understood.asked(open_)
            lines = [question.words, question.hint, *[words for _, words in question.choices]]
            return self._put_aside(path, ASKED, lines)
        except BadFile as refused:
            return self._put_aside(path, REFUSED, [files.problem_words(problem) for problem in refused.problems])
        except Conflict:
            # Another import wrote the same day: the next round sees its rows.
            click.echo(f"{shown(path.name)}: another import was faster; tried again in the next round.", err=True)
            return True
        moved = _move(path, TAKEN)
        looks.was_taken(moved)
        counts = f"{done.new} new, {done.changed} changed, {done.unchanged} as they were"
        if done.left:
            counts += f", {done.left} left to be mended"
        click.echo(f"{shown(path.name)}: {'was taken in already' if done.already else counts}.", err=True)
        for sentence in understood.understood(done.seen)[1:] if not done.already else []:
            click.echo(f"  {sentence}", err=True)
        return True

    def _put_aside(self, path: Path, to: str, lines: list[str]) -> bool:
        """Tell the operators, then move a file beside a text with the reason."""
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").digest()
        # Told before the move: a failed write is repeated with the file in the next round.
        self._tell(path.name, digest, lines, readings.Trouble.REFUSED if to == REFUSED else readings.Trouble.ASKED)
        moved = _move(path, to)
        more = [f"Y {counted(left, 'error', 'errores')} más."] if (left := len(lines) - MOST_TOLD) > 0 else []
        beside = moved.with_name(f"{_short(moved.name)}{MISTAKES if to == REFUSED else QUESTION}")
        beside.write_text("\n".join(lines[:MOST_TOLD] + more) + "\n", "utf-8")
        said = f"refused, {len(lines)} problems" if to == REFUSED else "somebody has to answer first"
        click.echo(f"{shown(path.name)}: {said}; see {to}/{shown(beside.name)}.", err=True)
        return False

    def _watch_over_taken(self, looks: Looks) -> bool:
        """Tell of each file in taken/ that changed after it was taken in."""
        changed = looks.changed_since_taken(self._folder / TAKEN)
        for name in changed:
            click.echo(f"{TAKEN}/{shown(name)}: changed after it was taken in; what was added was not read.", err=True)
            lines = ["El archivo cambió después de que se tomó: lo nuevo no se leyó. Envíelo de nuevo completo."]
            digest = hashlib.sha256(f"{name}{time.time()}".encode("utf-8", "replace")).digest()
            self._tell(name, digest, lines, readings.Trouble.CHANGED)
        return not changed

    def _tell(self, name: str, digest: bytes, mistakes: list[str], trouble: readings.Trouble) -> None:
        with self._portal.sessions() as session:
            readings.tell_refused(
                Act.of_system(session, self._portal.now()),
                name=shown(name),
                digest=digest,
                mistakes=mistakes,
                trouble=trouble,
            )


def _is_ended(path: Path) -> bool:
    """Tell whether a file is complete: a workbook has its directory, a text the end of its last line."""
    with path.open("rb") as file:
        if file.read(4) == ZIP:
            return zipfile.is_zipfile(path)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 64))
        return size == 0 or file.read().rstrip(b"\x1a\0").endswith((b"\n", b"\r"))


def _move(path: Path, to: str) -> Path:
    """Move a file into a folder beside it, under a free name."""
    folder = path.parent / to
    folder.mkdir(exist_ok=True)
    return path.rename(_free(folder, path.name))


def _free(folder: Path, name: str) -> Path:
    stem, suffix = Path(name).stem, Path(name).suffix
    target, number = folder / name, 1
    while target.exists():
        number += 1
        target = folder / f"{_short(stem)}.{number}{suffix}"
    return target


def _short(name: str) -> str:
    """Return a name short enough for a suffix: file systems allow 255 bytes."""
    return os.fsdecode(os.fsencode(name)[:200])


STATE = ".portal-watch.json"
# Taken files watched for changes: a sender appends within hours, if at all.
_MOST_TAKEN = 2_000


class Looked(NamedTuple):
    """State of a file: size, modification, and when first seen so (seconds since 1970)."""

    size: int
    changed: int
    at: float


@dataclass
class Looks:
    """Waiting files and taken files, by name."""

    path: Path
    waiting: dict[str, Looked] = field(default_factory=dict)
    taken: dict[str, Looked] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Looks:
        """Return the state stored at the last look; empty when absent or unreadable."""
        path = folder / STATE
        try:
            said = json.loads(path.read_text("utf-8"))
            return cls(
                path,
                {name: Looked(*known) for name, known in said["waiting"].items()},
                {name: Looked(*known) for name, known in said["taken"].items()},
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls(path)

    def write(self) -> None:
        """Store the state; a name that is no text is stored by its bytes (JSON escapes)."""
        newest = dict(sorted(self.taken.items(), key=lambda each: each[1].at)[-_MOST_TAKEN:])
        beside = self.path.with_suffix(".new")
        beside.write_text(json.dumps({"waiting": self.waiting, "taken": newest}), "utf-8")
        beside.replace(self.path)

    def first_of(self, name: str, found: os.stat_result, now: float) -> float:
        """Return since when the file is in its present state; store this look when it changed."""
        known = self.waiting.get(name)
        if known is None or (known.size, known.changed) != (found.st_size, found.st_mtime_ns) or known.at > now:
            known = self.waiting[name] = Looked(found.st_size, found.st_mtime_ns, now)
        return known.at

    def keep_only(self, names: list[str]) -> None:
        """Drop the files that are gone."""
        there = set(names)
        self.waiting = {name: known for name, known in self.waiting.items() if name in there}

    def was_taken(self, path: Path) -> None:
        """Store the state of a file that was taken in."""
        found = path.stat()
        self.taken[path.name] = Looked(found.st_size, found.st_mtime_ns, found.st_mtime)

    def changed_since_taken(self, folder: Path) -> list[str]:
        """Return the taken files that changed, each once per change."""
        changed: list[str] = []
        for name, known in list(self.taken.items()):
            try:
                found = (folder / name).stat()
            except OSError:
                # Removed by somebody who tidies the folder.
                del self.taken[name]
                continue
            if (found.st_size, found.st_mtime_ns) != (known.size, known.changed):
                changed.append(name)
                self.taken[name] = Looked(found.st_size, found.st_mtime_ns, known.at)
        return changed


def shown(name: str) -> str:
    """Return a name as text that every terminal, mail and database accepts."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
