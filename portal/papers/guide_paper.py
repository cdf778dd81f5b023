"""Guide as PDF: the steps, the answers and the glossary; every word ready, the template only places them."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from portal.domain.calendar import day_words
from portal.domain.gas_day import GasDay
from portal.services.files.typst import typeset
from portal.services.store.acts import Act
from portal.words import guide
from portal.words.guide import Entry, Part

from .letterhead import letterhead

TEMPLATE = Path(__file__).parents[1] / "templates" / "market" / "guide.typ"

# The last paper of the process: it is the same for everybody for a day, and takes a second to make.
_turn = Lock()
_last: dict[str, bytes] = {}


class Paper(NamedTuple):
    """Data of a guide, the moment it is dated with, and the digest that names it."""

    data: dict[str, Any]
    moment: datetime
    digest: str


def prepare(act: Act) -> Paper:
    """Return the guide of today: another day, another fact or another distributor gives another digest."""
    facts, today = guide.read_facts(act, distributor=act.distributor), GasDay.of(act.now)
    data = {
        "title": "Guía de uso del portal",
        "letterhead": letterhead(act.distributor),
        "lead": f"Para los clientes no regulados de {act.distributor.name}",
        "sections": [
            {"title": "Los 24 pasos", "parts": _parts(guide.list_chapters(facts))},
            {"title": "¿Qué hago si…?", "parts": _parts(guide.list_subjects(facts))},
            {"title": "Glosario", "parts": _parts(guide.list_letters(facts))},
        ],
        "made": f"Vigente el {day_words(today.date)}",
        "page": act.base_url.partition("://")[2] + guide.STEPS_PATH,
        "page-url": act.link(guide.STEPS_PATH),
    }
    given = json.dumps(data, ensure_ascii=False).encode() + TEMPLATE.read_bytes()
    return Paper(data, today.start, hashlib.sha256(given).hexdigest()[:32])


def as_pdf(paper: Paper) -> bytes:
    """Return the guide as PDF; the same paper is made once."""
    with _turn:
        if paper.digest not in _last:
            made = typeset(TEMPLATE, paper.data, now=paper.moment, complete_in="la guía del portal")
            _last.clear()
            _last[paper.digest] = made
        return _last[paper.digest]


def _parts(parts: list[Part]) -> list[dict[str, Any]]:
    return [
        {
            "title": part.title,
            "entries": [_entry(entry) for entry in part.entries],
            "note": [[piece.is_strong, piece.words] for piece in part.note],
        }
        for part in parts
    ]


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "title": f"{entry.number}. {entry.title}" if entry.number else entry.title,
        "paragraphs": [
            {
                "item": number in entry.items,
                # Links lead nowhere on paper: their words stand as the others.
                "pieces": [[piece.is_strong, piece.words] for piece in pieces],
            }
            for number, pieces in enumerate(entry.paragraphs)
        ],
    }
