"""Names as they are compared and ordered: without case, accents or doubled blanks, alike on every database."""

from __future__ import annotations

import unicodedata


def comparable(name: str) -> str:
    """Return the key by which names are ordered and recognised: ``"  Ñandú  El Álamo"`` is ``"nandu el alamo"``."""
    split = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(character for character in split if not unicodedata.combining(character))
    return " ".join(bare.split())


def end_sentence(text: str) -> str:
    """Return a text with the full stop that ends its sentence: "Gas S.A.S." has it already."""
    return text if text.endswith(".") else f"{text}."
