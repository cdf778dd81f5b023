"""``portal readings`` and ``portal heating-values``: files taken in, all or nothing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import click

from portal.domain.counts import agree
from portal.services.files import intake
from portal.services.files.formats import COMPOUND, ZIP
from portal.services.files.problems import BadFile
from portal.services.files.questions import Answer, Answers, answers_of
from portal.services.files.sheet_tables import HISTORY, UPLOAD, Seen
from portal.services.measures import heating_value_files
from portal.services.measures import readings as measured
from portal.services.store.acts import Act
from portal.words.understood import understood

from .installation import ACTOR, opened
from .progress import Stages
from .words import problem_words

FILE = click.Path(path_type=Path)
ANSWERS = click.option(
    "--answer",
    "answers",
    multiple=True,
    metavar="WORD",
    help="An answer to what the file leaves open, as its refusal names it; may be given several times.",
)


class FileRefused(click.ClickException):
    """A refused file: one line, then one for each broken rule."""

    def __init__(self, name: str, refused: BadFile) -> None:
        count = len(refused.problems)
        faults = f"{count} {agree(count, 'problem', 'problems')}"
        lines = [f"{name} was refused and nothing of it was written ({faults}):"]
        super().__init__("\n".join(lines + [f"  {problem_words(problem)}" for problem in refused.problems]))


TAKE_GOOD_ROWS = click.option(
    "--take-good-rows",
    "partly",
    is_flag=True,
    help="Take the good rows of a file, and keep the others to be mended on the console.",
)


@click.group()
def readings() -> None:
    """Readings of delivery points."""


@readings.command("import")
@click.argument("file", type=FILE)
@click.option("--preview", is_flag=True, help="Say what would change and write nothing.")
@TAKE_GOOD_ROWS
@ANSWERS
def import_readings(file: Path, preview: bool, partly: bool, answers: tuple[str, ...]) -> None:
    """Take in a CSV or Excel file: delivery point, gas day, quantity in m3 (, unit, state, reason).

    Every row or none, unless told to take the good ones.

    Points go by id, carrier's code or name; days are YYYY-MM-DD or dd/mm/yyyy; states P, C, E, A.
    """
    with file.open("rb") as opened_file, opened() as portal, portal.sessions() as session:
        content = _content(file, opened_file)
        limits = UPLOAD if isinstance(content, bytes) else HISTORY
        known = known_answers(answers)
        try:
            if preview:
                plan = intake.preview(
                    Act.at(session, ACTOR, portal.now()), measured.FILES, content=content, limits=limits, answers=known
                )
                if plan.left and not partly:
                    raise BadFile([problem for each in plan.left for problem in each.problems])
                _tell(plan.seen)
                click.echo(
                    f"Would add {plan.new}, change {plan.changed} and leave {plan.unchanged} readings as they are."
                )
                return
            with Stages() as stages:
                imported = intake.import_file(
                    Act.at(session, ACTOR, portal.now()),
                    measured.FILES,
                    name=file.name,
                    content=content,
                    limits=limits,
                    told=intake.Told(stages.stage("Rows"), stages.stage("Days of accounts")),
                    answers=known,
                    partly=partly,
                )
        except BadFile as refused:
            raise FileRefused(file.name, refused) from None
    if imported.already is not None:
        click.echo(f"{file.name} was taken in on {_when(imported.already)} already; nothing changed.")
        return
    _tell(imported.seen)
    left = f" {imported.left} {agree(imported.left, 'row is', 'rows are')} left to be mended." if imported.left else ""
    click.echo(
        f"{file.name}: {imported.rows} rows; {imported.new} new readings, {imported.changed} changed, "
        f"{imported.unchanged} as they were.{left}"
    )


@click.group("heating-values")
def heating_values() -> None:
    """The heating value of the gas at each exit point."""


@heating_values.command("import")
@click.argument("file", type=FILE)
@ANSWERS
def import_heating_values(file: Path, answers: tuple[str, ...]) -> None:
    """Take in a CSV or Excel file: exit point's code, gas day, BTU/ft3 from 700 to 1500. Every row or none."""
    with file.open("rb") as opened_file, opened() as portal, portal.sessions() as session, Stages() as stages:
        try:
            imported = intake.import_file(
                Act.at(session, ACTOR, portal.now()),
                heating_value_files.FILES,
                name=file.name,
                content=_content(file, opened_file),
                told=intake.Told(days=stages.stage("Days converted")),
                answers=known_answers(answers),
            )
        except BadFile as refused:
            raise FileRefused(file.name, refused) from None
    _tell(imported.seen)
    click.echo(
        f"{file.name}: {imported.rows} rows; {imported.new} new values, {imported.changed} changed, "
        f"{imported.unchanged} as they were."
    )


def _content(file: Path, opened_file: BinaryIO) -> bytes | BinaryIO:
    """Return a workbook's bytes, at most one beyond the limit; a text as it is, to be read in parts.

    The kind follows from the first bytes, not from the name.
    """
    is_workbook = opened_file.read(4).startswith((ZIP, COMPOUND)) or file.suffix.lower() == ".xlsx"
    opened_file.seek(0)
    return opened_file.read(UPLOAD.bytes + 1) if is_workbook else opened_file


def known_answers(words: tuple[str, ...]) -> Answers:
    """Return the answers of ``--answer``; a wrong command line for an unknown word."""
    try:
        return answers_of(words)
    except ValueError:
        raise click.BadParameter(f"known are {', '.join(Answer)} and hoja-1, hoja-2 …", param_hint="--answer") from None


def _tell(seen: Seen) -> None:
    """Print what was left out of a file, if anything."""
    for sentence in understood(seen)[1:]:
        click.echo(f"  {sentence}", err=True)


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
