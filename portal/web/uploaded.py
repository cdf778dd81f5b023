"""What a form says about the file that it brings, and how the page tells what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import request
from werkzeug.datastructures import FileStorage

from portal.services.files import uploads
from portal.services.files.problems import BadFile
from portal.services.files.questions import NOTHING_KNOWN, Answers, Unanswered
from portal.words.files import problem_words
from portal.words.sheets import Asked, asked

from . import database, runtime
from .access import me
from .answers import NotChosen

# A page names so many problems of a file, and says how many more there are.
MOST_SHOWN = 100


@dataclass
class Told:
    """What is told of a file: the words of each problem, or the question that is open about it."""

    problems: list[str] = field(default_factory=list)
    question: Asked | None = None

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong with it and nothing open."""
        return not self.problems and self.question is None

    def context(self, most: int = MOST_SHOWN) -> dict[str, Any]:
        """Return what a template shows of it."""
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
    """Do something with a file; what is wrong with it or open about it is told instead of raised."""
    told = Told()
    try:
        yield told
    except Unanswered as open_:
        told.question = asked(open_)
    except BadFile as bad:
        told.problems = words(bad)


def content_of(sent: FileStorage) -> bytes:
    """Return the bytes of a file that was sent."""
    with sent.stream:
        return sent.read()


def name_of(sent: FileStorage) -> str:
    """Return the name under which it was sent."""
    return sent.filename or "sin nombre"


def answers_of_form(known: Answers = NOTHING_KNOWN) -> Answers:
    """Return what is known of a file, and what the form answers besides; 400 for what is no answer."""
    for word in request.form.getlist("answer"):
        try:
            known = known.plus(word)
        except ValueError:
            raise NotChosen from None
    return known


def answers_upload(public_id: str) -> bool:
    """Keep what the form answers about a waiting file; False when it decides about the file instead.

    400 for what is no answer; ``Conflict`` when the file was decided already.
    """
    if "accion" in request.form or "answer" not in request.form:
        return False
    word = request.form["answer"]
    try:
        uploads.answer(database.current(), actor=me(), public_id=public_id, word=word, now=runtime.now())
    except ValueError:
        raise NotChosen from None
    return True
