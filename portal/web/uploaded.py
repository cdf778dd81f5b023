"""Uploaded file of a form: its content, the answers about it, its faults and questions for the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import request
from werkzeug.datastructures import FileStorage
from wtforms import Field

from portal.services.files import intake, uploads
from portal.services.files.problems import BadFile
from portal.services.files.questions import NOTHING_KNOWN, Answers, Unanswered
from portal.web.access import act
from portal.words.files import problem_words
from portal.words.understood import Asked, asked

from .answers import NotChosen

# Faults of a file shown on a page; it counts the others.
MOST_SHOWN = 100


@dataclass
class Told:
    """Words of a file's faults, or its open question."""

    problems: list[str] = field(default_factory=list)
    question: Asked | None = None

    @property
    def is_sound(self) -> bool:
        """True without a fault and without an open question."""
        return not self.problems and self.question is None

    def context(self, most: int = MOST_SHOWN) -> dict[str, Any]:
        """Return the context of the template."""
        return {
            "problems": self.problems[:most],
            "more_problems": max(0, len(self.problems) - most),
            "question": self.question,
        }


def words_of(bad: BadFile) -> list[str]:
    """Return each problem in words, in the order of the file."""
    return [problem_words(problem) for problem in bad.problems]


@contextmanager
def told_of_file(words: Callable[[Any], list[str]] = words_of) -> Iterator[Told]:
    """Collect the faults or the open question that the block raises about a file."""
    told = Told()
    try:
        yield told
    except Unanswered as open_:
        told.question = asked(open_)
    except BadFile as bad:
        told.problems = words(bad)


def list_sent(field: Field) -> list[FileStorage]:
    """Return the files of a field, without the empty part that a browser sends for none."""
    return [sent for sent in field.data or [] if isinstance(sent, FileStorage) and sent.filename]


def content_of(sent: FileStorage) -> bytes:
    """Return the bytes of an uploaded file."""
    with sent.stream:
        return sent.read()


def name_of(sent: FileStorage) -> str:
    """Return the name of an uploaded file."""
    return sent.filename or "sin nombre"


def keep_sent(kind: intake.Kind[Any, Any, Any], sent: FileStorage) -> str:
    """Keep an uploaded file with the form's answers about it; return its public id. Raises as ``intake.keep``."""
    return intake.keep(act(), kind, name=name_of(sent), content=content_of(sent), answers=answers_of_form())


def answers_of_form(known: Answers = NOTHING_KNOWN) -> Answers:
    """Return the known answers about a file and those of the form; 400 for an invalid one."""
    for word in request.form.getlist("answer"):
        try:
            known = known.plus(word)
        except ValueError:
            raise NotChosen from None
    return known


def answers_upload(public_id: str) -> bool:
    """Store the form's answers about a waiting file; False when the form decides about the file instead.

    400 for an invalid answer; raises ``Conflict`` when the file was decided already.
    """
    if "accion" in request.form or "answer" not in request.form:
        return False
    word = request.form["answer"]
    try:
        uploads.answer(act(), public_id=public_id, word=word)
    except ValueError:
        raise NotChosen from None
    return True
