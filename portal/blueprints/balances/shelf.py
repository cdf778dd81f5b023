"""Rendered pages kept in the process, by everything they were made of."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from flask import current_app

from portal.web import gzip_pieces
from portal.web.gzip_pieces import Piece

# A sheet has about 11 kB, compressed: some 7 MB per process.
MOST = 600
INDENTATION = re.compile(r"\n\s+")
# Breaks between the cells and rows of a table.
BREAKS = tuple((f"</{tag}>\n<t", f"</{tag}><t") for tag in ("td", "th", "tr"))
# The highest takes half a millisecond more, a seventh of a sheet, for one byte in a hundred.
LEVEL = 7


@dataclass(frozen=True, slots=True)
class Rendered:
    """Markup of our own template, kept as it is sent; other templates print it as it is."""

    piece: Piece

    @classmethod
    def of(cls, markup: str) -> Rendered:
        """Return markup, compressed by itself, without indentation and the breaks between the cells of a table."""
        spare = INDENTATION.sub("\n", markup)
        for found, instead in BREAKS:
            spare = spare.replace(found, instead)
        return cls(gzip_pieces.deflate(spare.encode(), LEVEL))

    @classmethod
    def of_template(cls, name: str, **context: Any) -> Rendered:
        """Render a template from its context alone: without request and reader."""
        return cls.of(str(current_app.jinja_env.get_template(name).make_module(context)))

    @property
    def markup(self) -> str:
        """The markup itself."""
        return self.piece.plain.decode()

    def __html__(self) -> str:
        return self.markup


class Shelf:
    """Sheets used last; safe for several threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Rendered] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Rendered]) -> Rendered:
        """Return the text kept under ``key``, made now when missing.

        The key holds everything the text depends on, with the stamp of the figures, which is read from the database
        each time: equal keys mean equal texts.
        """
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made
