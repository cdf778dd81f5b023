"""Long lists of the consoles: a search over all rows, and a page of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from flask import request

from portal.domain.searched import bare
from portal.services.store import point_search
from portal.web import database
from portal.web.forms import argument

Row = TypeVar("Row")
# A form carries at most fifty fields: the ticks of a page, and the others.
ON_A_PAGE = 40
LAST_PAGE = 1000
LONGEST_SEARCH = 60


def points_named(text: str) -> frozenset[str] | None:
    """Return the public ids of the points that match a text, None (all of them) for a blank one."""
    return point_search.find_ids(database.current(), text=text) if text.strip() else None


def asked_page() -> int:
    """Return ``?pagina=``; 1 without one, and for an invalid one."""
    number = request.args.get("pagina", 1, type=int)
    return number if 1 <= number <= LAST_PAGE else 1


class Found(Generic[Row]):
    """Rows that match ``?q=``, and the page of them in ``?pagina=``."""

    def __init__(
        self, rows: Sequence[Row], *, point: Callable[[Row], str], number: Callable[[Row], str | None] | None = None
    ) -> None:
        """``point`` gives the public id of a row's point, which the one search finds or not; ``number`` a row's own."""
        self.text = argument("q", longest=LONGEST_SEARCH)
        named, sought = points_named(self.text), bare(self.text)
        self.fitting = [
            row
            for row in rows
            if named is None
            or point(row) in named
            or (number is not None and sought and sought in bare(number(row) or ""))
        ]
        # A search that leaves fewer pages shows its last one.
        self.pages = max(1, -(-len(self.fitting) // ON_A_PAGE))
        self.number = min(asked_page(), self.pages)
        self.shown = self.fitting[(self.number - 1) * ON_A_PAGE : self.number * ON_A_PAGE]
