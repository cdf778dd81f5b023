"""Search in the guide: entries that have every word that was typed, and where those words stand.

Accents, case and hyphens do not matter, nor does the plural of a typed word: "renominacion" finds "re-nominación".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from portal.domain.searched import comparable
from portal.domain.typed_text import as_typed

from .guide import Part, plain_of

LONGEST = 80
# Said in questions and found nearly everywhere: left out of a search that has other words.
_SMALL = frozenset(
    [
        "a",
        "al",
        "como",
        "con",
        "cual",
        "cuando",
        "de",
        "del",
        "donde",
        "el",
        "en",
        "es",
        "esta",
        "hago",
        "hay",
        "la",
        "las",
        "lo",
        "los",
        "me",
        "mi",
        "mis",
        "no",
        "o",
        "para",
        "por",
        "que",
        "se",
        "si",
        "su",
        "sus",
        "tengo",
        "un",
        "una",
        "y",
    ]
)
_SHORTEST_PLURAL = 4
_WORD = re.compile(r"[^\W_]+")


class Folded(NamedTuple):
    """Text without accents, case and hyphens; ``places`` gives for each character where it stood."""

    text: str
    places: tuple[int, ...]


def read_words(typed: str) -> list[str]:
    """Return the folded words of a search without their plural, the small ones only where there is no other."""
    folded = fold(as_typed(typed)[:LONGEST]).text
    words = list(dict.fromkeys(_WORD.findall(folded)))
    return [_singular(word) for word in words if word not in _SMALL] or words


def find_entries(parts: Sequence[Part], words: Sequence[str]) -> list[Part]:
    """Return the parts with the entries alone that have every word, those with all of them in the title first."""
    found = []
    for part in parts:
        hits = [entry for entry in part.entries if _has(f"{entry.title} {plain_of(entry)}", words)]
        if hits:
            hits.sort(key=lambda entry: not _has(entry.title, words))
            found.append(part._replace(entries=tuple(hits)))
    return found


def split_found(text: str, words: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Yield the text in pieces, each with whether it is a word that was searched for."""
    last = 0
    for begins, ends in _places(text, words):
        if begins > last:
            yield text[last:begins], False
        yield text[begins:ends], True
        last = ends
    if last < len(text):
        yield text[last:], False


def fold(text: str) -> Folded:
    """Return a text as it is compared, with the place of each of its characters."""
    characters, places = [], []
    for place, character in enumerate(text):
        for plain in comparable(character) if not character.isspace() else " ":
            if plain != "-":
                characters.append(plain)
                places.append(place)
    return Folded("".join(characters), tuple(places))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > _SHORTEST_PLURAL and word.endswith("s") else word


def _has(text: str, words: Sequence[str]) -> bool:
    folded = fold(text).text
    return all(re.search(rf"(?<!\w){re.escape(word)}", folded) for word in words)


def _places(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Return first and last place of each found word, in order, the whole word of the text each."""
    if not words:
        return []
    folded = fold(text)
    choice = "|".join([re.escape(word) for word in sorted(words, key=len, reverse=True)])
    return [
        (folded.places[hit.start()], folded.places[hit.end() - 1] + 1)
        for hit in re.finditer(rf"(?<!\w)(?:{choice})\w*", folded.text)
    ]
