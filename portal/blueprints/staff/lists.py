"""What the long lists of the consoles share: a search over all of their rows, and a page of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from flask import request

from portal.services.store.names import comparable
from portal.web.forms import argument

Row = TypeVar("Row")
# A form carries at most fifty fields: the ticks of a page, and the others beside them.
ON_A_PAGE = 40
LAST_PAGE = 1000
LONGEST_SEARCH = 60


def says(text: str, typed: str) -> bool:
    """Tell whether every word of what was typed stands in ``text``, whatever its accents and capitals."""
    said = comparable(text)
    return all(word in said for word in comparable(typed).split())


def asked_page() -> int:
    """Return ``?pagina=``; 1 for none, and for one that is no page."""
    number = request.args.get("pagina", 1, type=int)
    return number if 1 <= number <= LAST_PAGE else 1


class Found(Generic[Row]):
    """The rows that fit ``?q=``, and the page of them that ``?pagina=`` asks for."""

    def __init__(self, rows: Sequence[Row], *, words: Callable[[Row], str]) -> None:
        self.text = argument("q", longest=LONGEST_SEARCH)
        self.fitting = [row for row in rows if says(words(row), self.text)] if self.text else list(rows)
        # A search that leaves fewer pages shows its last one.
        self.pages = max(1, -(-len(self.fitting) // ON_A_PAGE))
        self.number = min(asked_page(), self.pages)
        self.shown = self.fitting[(self.number - 1) * ON_A_PAGE : self.number * ON_A_PAGE]
