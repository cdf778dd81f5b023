"""Texts of the guide with their marks, read once into pieces that pages, papers and the search place.

``**word**`` is strong; ``[words](target)`` is a link. A target is ``endpoint`` or ``endpoint name=value``, ``#anchor``
of the guide, ``tel:`` for the distributor's telephone or ``site:`` for its own site.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_MARK = re.compile(r"\*\*(?P<strong>[^*]+)\*\*|\[(?P<words>[^\]]+)\]\((?P<target>[^)]+)\)")


class Piece(NamedTuple):
    """Part of a text; ``target`` is that of a link, empty otherwise."""

    words: str
    target: str = ""
    is_strong: bool = False


def read_pieces(text: str) -> tuple[Piece, ...]:
    """Return the pieces of a marked text, in order."""
    pieces, last = [], 0
    for mark in _MARK.finditer(text):
        if mark.start() > last:
            pieces.append(Piece(text[last : mark.start()]))
        if mark["strong"]:
            pieces.append(Piece(mark["strong"], is_strong=True))
        else:
            pieces.append(Piece(mark["words"], mark["target"]))
        last = mark.end()
    if last < len(text):
        pieces.append(Piece(text[last:]))
    return tuple(pieces)


def plain(text: str) -> str:
    """Return a marked text without its marks."""
    return "".join([piece.words for piece in read_pieces(text)])
