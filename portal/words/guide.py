"""Guide of the portal: steps, answers and terms with today's facts, and their plain text for a search.

A text names a fact in braces; ``read_facts`` takes each from the one place that knows it: the timetable's rows, the
distributor's row, the constants of keys, attempts and terms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from portal.domain.accounts import Role
from portal.domain.attempts import PAIR_BLOCK, PAIR_FREE, pair_wait
from portal.domain.calls import CODE_LIFE
from portal.domain.counts import agree, counted, join_words
from portal.domain.distributor import Distributor
from portal.domain.gas_day import GasDay
from portal.domain.keys import NUMERIC_LENGTH, REPLACED_KEY_LIFE, UNUSED_KEY_LIFE, WEB_LENGTH
from portal.domain.modalities import Modality
from portal.domain.nominations import FORECAST_DAYS
from portal.domain.passages import Passage, PassageKind
from portal.domain.quantities import CUBIC_METRES_PER_KPC, Quantity, Unit, convert
from portal.domain.searched import comparable
from portal.domain.spans import few, span_words
from portal.domain.timetable import NoWindow, RequestKind, Window, find_window
from portal.services import timetable
from portal.services.ledger.heating_values import REFERENCE
from portal.services.people.sessions import IDLE
from portal.services.store.acts import Act
from portal.web.filters import MODALITY_WORDS, bare_figure, grouped

from . import glossary, guide_questions, guide_steps
from .marked_text import Piece, read_pieces
from .terms import TERMS

STEPS_PATH, QUESTIONS_PATH, GLOSSARY_PATH = "/guia", "/guia/que-hago-si", "/guia/glosario"
STEP, TERM, QUESTION = "paso-", "termino-", "si-"
# Begins a paragraph that is an item of a list.
ITEM = "- "
# Days of which the usual close is the one that most have: a moved close is an exception.
USUAL_DAYS = 15


class Entry(NamedTuple):
    """Step, answer or term as a page places it; ``anchor`` is its id, ``paragraphs`` its text in pieces.

    ``items`` are the places of the paragraphs that are items of a list; ``number`` is that of a step, ``picture`` what
    its picture shows, ``without`` why it has none.
    """

    anchor: str
    title: str
    paragraphs: tuple[tuple[Piece, ...], ...]
    items: frozenset[int] = frozenset()
    number: int | None = None
    picture: str = ""
    without: str = ""


class Part(NamedTuple):
    """Entries under one heading; ``note`` is said after them."""

    slug: str
    title: str
    entries: tuple[Entry, ...]
    note: tuple[Piece, ...] = ()


def list_chapters(facts: Mapping[str, object]) -> list[Part]:
    """Return the 24 steps by chapter."""
    return [
        Part(
            chapter.slug,
            chapter.title,
            tuple(
                Entry(
                    f"{STEP}{step.number}",
                    step.title,
                    (_read(step.text, facts),),
                    number=step.number,
                    picture=step.picture,
                    without=step.without,
                )
                for step in chapter.steps
            ),
            _read(chapter.note, facts),
        )
        for chapter in guide_steps.CHAPTERS
    ]


def list_subjects(facts: Mapping[str, object]) -> list[Part]:
    """Return the answers to "¿Qué hago si…?" by subject."""
    return [
        Part(
            subject.slug,
            subject.title,
            tuple(
                Entry(
                    question.slug,
                    question.title,
                    tuple(_read(text.removeprefix(ITEM), facts) for text in question.answer),
                    frozenset(n for n, text in enumerate(question.answer) if text.startswith(ITEM)),
                )
                for question in subject.questions
            ),
        )
        for subject in guide_questions.SUBJECTS
    ]


def list_letters(facts: Mapping[str, object]) -> list[Part]:
    """Return the terms of the glossary by first letter."""
    by_letter: dict[str, list[Entry]] = {}
    for term in glossary.TERMS:
        entry = Entry(f"{TERM}{term.slug}", term.title, (_read(term.text, facts),))
        by_letter.setdefault(comparable(term.title)[0], []).append(entry)
    return [Part(f"letra-{letter}", letter.upper(), tuple(entries)) for letter, entries in by_letter.items()]


def list_passages(act: Act, *, distributor: Distributor) -> Iterator[Passage]:
    """Yield every step, answer and term in plain text, with its facts of now."""
    facts = read_facts(act, distributor=distributor)
    for kind, path, parts in (
        (PassageKind.GUIDE, STEPS_PATH, list_chapters(facts)),
        (PassageKind.QUESTION, QUESTIONS_PATH, list_subjects(facts)),
        (PassageKind.TERM, GLOSSARY_PATH, list_letters(facts)),
    ):
        for part in parts:
            for entry in part.entries:
                yield Passage(kind, entry.title, plain_of(entry), f"{path}#{entry.anchor}")


def plain_of(entry: Entry) -> str:
    """Return the text of an entry without marks, its paragraphs joined by spaces."""
    return " ".join(["".join([piece.words for piece in pieces]) for pieces in entry.paragraphs])


def path_of(anchor: str) -> str:
    """Return the path, with anchor, of a step, an answer or a term."""
    if anchor.startswith(TERM):
        return f"{GLOSSARY_PATH}#{anchor}"
    return f"{QUESTIONS_PATH if anchor.startswith(QUESTION) else STEPS_PATH}#{anchor}"


def read_facts(act: Act, *, distributor: Distributor) -> dict[str, object]:
    """Return what the texts name in braces; one query, for the rows of the timetable."""
    rows, today = timetable.list_windows(act.session), GasDay.of(act.now)
    close, renomination_close = (_closes(rows, kind, today) for kind in RequestKind)
    notice, most, opens = _terms(rows, today)
    mbtu = convert(Quantity.of(1, Unit.MBTU), Unit.M3, REFERENCE)
    return {
        **vars(TERMS),
        "distributor": distributor,
        "site": distributor.host if distributor.website else "el sitio de la empresa",
        "telephone": f"[{distributor.telephone}](tel:)",
        "close": close,
        "renomination_close": renomination_close,
        "renomination_notice": notice,
        "renomination_most": most,
        "opens": opens,
        "modalities": join_words(list(MODALITY_WORDS.values())),
        "web_length": WEB_LENGTH,
        "numeric_length": NUMERIC_LENGTH,
        "free_attempts": few(PAIR_FREE),
        "first_wait": span_words(pair_wait(PAIR_FREE + 1)),
        "block_at": few(PAIR_BLOCK),
        "unused_key": span_words(UNUSED_KEY_LIFE),
        "replaced_key": span_words(REPLACED_KEY_LIFE),
        "idle": span_words(IDLE[Role.CUSTOMER]),
        "call_code": span_words(CODE_LIFE),
        "forecast_days": few(FORECAST_DAYS),
        "kpc": bare_figure(CUBIC_METRES_PER_KPC),
        "m3_per_mbtu": grouped(mbtu.amount, 0),
    }


def _read(text: str, facts: Mapping[str, object]) -> tuple[Piece, ...]:
    return read_pieces(text.format_map(facts))


def _closes(rows: Sequence[Window], kind: RequestKind, today: GasDay) -> str:
    """Return until when a kind is received, by modality where they differ: "las 12:00 del día anterior"."""
    by_words: dict[str, list[str]] = {}
    for modality in Modality:
        window = _usual(rows, modality, kind, today)
        if window is not None:
            words = f"las {window.closes_time:%H:%M} {_day_words(window.closes_day)}"
            by_words.setdefault(words, []).append(MODALITY_WORDS[modality])
    if len(by_words) == 1:
        return next(iter(by_words))
    return join_words([f"{words} ({join_words(names)})" for words, names in by_words.items()]) or "la hora del horario"


def _usual(rows: Sequence[Window], modality: Modality, kind: RequestKind, today: GasDay) -> Window | None:
    found: Counter[Window] = Counter()
    for ahead in range(1, USUAL_DAYS + 1):
        try:
            found[find_window(rows, modality, kind, today.plus(ahead))] += 1
        except NoWindow:
            continue
    return found.most_common(1)[0][0] if found else None


def _day_words(days: int) -> str:
    """Return the day of a close counted from its gas day."""
    if days == 0:
        return "del mismo día"
    return (
        agree(-days, "del día anterior", "de {} días antes")
        if days < 0
        else agree(days, "del día siguiente", "de {} días después")
    )


def _terms(rows: Sequence[Window], today: GasDay) -> tuple[str, str, str]:
    """Return notice and number of renominations, and since when a day is nominated, of the first modality."""
    first = next(iter(Modality))
    renomination = _usual(rows, first, RequestKind.RENOMINATION, today)
    nomination = _usual(rows, first, RequestKind.NOMINATION, today)
    notice = "el tiempo del horario" if renomination is None else counted(renomination.notice_hours, "hora", "horas")
    most = (
        "sin límite de veces"
        if renomination is None or renomination.max_per_day is None
        else agree(renomination.max_per_day, "una vez por día de gas", "hasta {} veces por día de gas")
    )
    opens = "el comienzo" if nomination is None else counted(-nomination.opens_day, "día", "días")
    return notice, most, opens
