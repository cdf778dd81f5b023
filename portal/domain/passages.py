"""Passage of a public text, as a search shows it: a point of a document, a step of the guide, a term, a notice."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class PassageKind(StrEnum):
    """Kind of a public text."""

    SUMMARY = "summary"
    DOCUMENT = "document"
    GUIDE = "guide"
    QUESTION = "question"
    TERM = "term"
    NOTICE = "notice"
    PAGE = "page"


class Passage(NamedTuple):
    """Text of up to a few paragraphs with its title and address, and when it is shown (None: always)."""

    kind: PassageKind
    title: str
    text: str
    # With the anchor, without the host.
    path: str
    shown_from: datetime | None = None
    shown_until: datetime | None = None


class Piece(NamedTuple):
    """Part of a text, and whether it is one of the words that were searched."""

    text: str
    is_match: bool


class Hit(NamedTuple):
    """Passage that was found: its title and the part of its text around the first match, in pieces."""

    kind: PassageKind
    path: str
    title: tuple[Piece, ...]
    extract: tuple[Piece, ...]


class Found(NamedTuple):
    """Passages that were found, best first; ``all_words`` is False where none has all of the words."""

    hits: tuple[Hit, ...]
    all_words: bool
