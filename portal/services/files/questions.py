"""Questions about a file, answered by its sender and never guessed (adr 0082)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from sqlalchemy.orm import Session

from portal.domain.searched import comparable
from portal.domain.typed_text import as_typed
from portal.models import FileSender
from portal.services.store.acts import Act, Actor

from .problems import BadFile, Problem


class Question(StrEnum):
    """Questions that a file may need; the words are in the interface."""

    SHEET = "sheet"
    HIDDEN = "hidden"
    FIGURES = "figures"
    STAMPS = "stamps"
    ORDER = "order"
    TODAY = "today"


class Answer(StrEnum):
    """Possible answers, as in a form or a command; a sheet is ``hoja-`` and its number from 1."""

    HIDDEN_TOO = "ocultas-si"
    HIDDEN_NOT = "ocultas-no"
    DOTS_GROUP = "punto-miles"
    DOTS_DECIMAL = "punto-decimal"
    STAMP_BEGINS = "hora-inicio"
    STAMP_ENDS = "hora-fin"
    DAY_FIRST = "dia-mes"
    MONTH_FIRST = "mes-dia"
    TODAY_TOO = "hoy-si"
    TODAY_NOT = "hoy-no"


CHOICES: dict[Question, tuple[Answer, ...]] = {
    Question.HIDDEN: (Answer.HIDDEN_TOO, Answer.HIDDEN_NOT),
    Question.FIGURES: (Answer.DOTS_GROUP, Answer.DOTS_DECIMAL),
    Question.STAMPS: (Answer.STAMP_ENDS, Answer.STAMP_BEGINS),
    Question.ORDER: (Answer.DAY_FIRST, Answer.MONTH_FIRST),
    Question.TODAY: (Answer.TODAY_NOT, Answer.TODAY_TOO),
}
_SHEET = re.compile(r"hoja-([1-9][0-9]{0,2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answers:
    """Facts about a file beside its bytes; None if not asked yet.

    ``stamp_ends``: a day with the hour 00:00 is the end of the gas day before. ``dots_group``: ``5.320`` is 5320.
    ``month_first``: 11/05/2026 is the 5th of November. ``sheet`` counts from 0.
    """

    sheet: int | None = None
    hidden: bool | None = None
    dots_group: bool | None = None
    stamp_ends: bool | None = None
    today: bool | None = None
    month_first: bool | None = None

    def plus(self, word: str) -> Answers:
        """Return the answers with one more; ``ValueError`` for an unknown word."""
        sheet = _SHEET.fullmatch(word)
        if sheet is not None:
            return replace(self, sheet=int(sheet[1]) - 1)
        answer = Answer(word)
        if answer in CHOICES[Question.HIDDEN]:
            return replace(self, hidden=answer is Answer.HIDDEN_TOO)
        if answer in CHOICES[Question.FIGURES]:
            return replace(self, dots_group=answer is Answer.DOTS_GROUP)
        if answer in CHOICES[Question.STAMPS]:
            return replace(self, stamp_ends=answer is Answer.STAMP_ENDS)
        if answer in CHOICES[Question.ORDER]:
            return replace(self, month_first=answer is Answer.MONTH_FIRST)
        return replace(self, today=answer is Answer.TODAY_TOO)

    @property
    def words(self) -> list[str]:
        """Return the answers in stored form, as ``plus`` accepts them."""
        said: list[str] = [] if self.sheet is None else [f"hoja-{self.sheet + 1}"]
        for question, known in (
            (Question.HIDDEN, self.hidden),
            (Question.FIGURES, self.dots_group),
            (Question.STAMPS, self.stamp_ends),
            (Question.TODAY, None if self.today is None else not self.today),
            (Question.ORDER, None if self.month_first is None else not self.month_first),
        ):
            if known is not None:
                said.append(CHOICES[question][0 if known else 1].value)
        return said


NOTHING_KNOWN = Answers()


def answers_of(words: Iterable[str]) -> Answers:
    """Return the answers of these words; ``ValueError`` for an unknown one."""
    known = NOTHING_KNOWN
    for word in words:
        known = known.plus(word)
    return known


class Unanswered(BadFile):
    """The file cannot be understood before a question is answered; a refused file where none can be asked.

    ``facts`` fill in the question; ``choices`` are its possible answers.
    """

    def __init__(
        self,
        question: Question,
        problems: Iterable[Problem],
        *,
        facts: dict[str, str] | None = None,
        choices: Iterable[str] | None = None,
    ) -> None:
        super().__init__(problems)
        self.question = question
        self.facts = facts or {}
        self.choices = tuple(choices if choices is not None else CHOICES[question])


_LONGEST = 200


def sender_of(actor: Actor) -> str:
    """Return the name of an account as a sender."""
    return f"account:{actor.user_id}"


def name_sender(name: str) -> str | None:
    """Return the sender of a name that people type, the same however it is spelled; None for a blank one."""
    key = comparable(as_typed(name))
    return f"name:{key[:150]}" if key else None


def name_sender_of_folder(folder: Path) -> str:
    """Return the name of a folder as a sender: the end of its absolute path."""
    return f"folder:{str(folder.resolve()).encode('utf-8', 'replace').decode()[-150:]}"[:_LONGEST]


def load_known(session: Session, sender: str) -> Answers:
    """Return the sender's answers that hold for all files."""
    found = session.get(FileSender, sender)
    return Answers() if found is None else Answers(stamp_ends=found.stamp_ends)


def remember(act: Act, *, sender: str, word: str) -> None:
    """Store an answer that holds for every file of the sender, inside the caller's transaction; ignore any other."""
    session = act.session
    if word not in (Answer.STAMP_BEGINS, Answer.STAMP_ENDS):
        return
    found = session.get(FileSender, sender)
    if found is None:
        found = FileSender(sender=sender)
        session.add(found)
    found.stamp_ends = word == Answer.STAMP_ENDS
    found.decided_at, found.decided_by_id = act.now, act.actor.user_id
    session.flush()
