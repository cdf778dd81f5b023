"""Normal form of search words and of searched text: without case, accents or the signs of numbers."""

from __future__ import annotations

import unicodedata

# Most words of a search.
MOST_WORDS = 8
# Longest stored text of a row, in characters.
LONGEST = 640


def comparable(name: str) -> str:
    """Return the key by which names are ordered and recognised: ``"  Ñandú  El Álamo"`` is ``"nandu el alamo"``."""
    split = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(character for character in split if not unicodedata.combining(character))
    return " ".join(bare.split())


def bare(text: str) -> str:
    """Return the letters and digits alone: ``"PE-0003"`` is ``"pe0003"``, ``"900.123.456-8"`` is ``"9001234568"``."""
    return "".join(character for character in comparable(text) if character.isalnum())


def words_of(text: str) -> list[str]:
    """Return the words of a search, at most eight, longest first: it leaves the fewest rows for the others."""
    words = dict.fromkeys(comparable(text).split()[:MOST_WORDS])
    return sorted(words, key=len, reverse=True)


def search_text(*texts: str | None, codes: tuple[str, ...] = ()) -> str:
    """Return the searched text of a row; codes stand in it as written and without their signs."""
    said = [text for text in texts if text]
    for code in codes:
        said += [code] if bare(code) == comparable(code) else [code, bare(code)]
    return comparable(" ".join(said))[:LONGEST]
