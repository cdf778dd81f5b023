"""Codes of points as spreadsheets change them: which two codes would become one (adr 0083)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal

_NUMBER = re.compile(r"([0-9]+)(?:[.,]([0-9]+))?(?:E([+-]?[0-9]{1,3}))?", re.ASCII)
# How a spreadsheet writes a number itself: zeros in front are not of its making.
_AS_WRITTEN = re.compile(r"(?:0|[1-9][0-9]*)(?:[.,][0-9]+)?(?:E[+-]?[0-9]{1,3})?", re.ASCII)


def keys_of(code: str) -> frozenset[str]:
    """Return what is left of a code in each way in which it may be changed; two codes that share one are alike.

    As a number, of which a spreadsheet keeps fifteen digits, no zeros in front and no exponent: ``00012`` is ``12``,
    ``12E3`` is ``12000``. And without case, accents and punctuation: ``pe 0003`` is ``PE-0003``.
    """
    split = unicodedata.normalize("NFKD", code.strip()).upper()
    bare = "".join(character for character in split if character.isalnum())
    keys = {f"letters {bare}"}
    number = _NUMBER.fullmatch(split)
    if number is not None:
        value = Decimal(f"{number[1]}.{number[2] or '0'}E{number[3] or '0'}")
        keys.add(f"number {value:.14E}")
    return frozenset(keys)


def may_be_changed(text: str) -> bool:
    """Tell whether a code may be what a spreadsheet made of another one: a number as it writes it."""
    return _AS_WRITTEN.fullmatch(text.strip().upper()) is not None


def alike(code: str, others: Iterable[str]) -> str | None:
    """Return the first of the other codes that a spreadsheet, or a hasty hand, would take for this one."""
    keys = keys_of(code)
    return next((other for other in others if other != code and keys & keys_of(other)), None)


def index_of(codes: Iterable[str]) -> Mapping[str, list[str]]:
    """Return the codes by each of their keys."""
    found: dict[str, list[str]] = {}
    for code in codes:
        for key in keys_of(code):
            found.setdefault(key, []).append(code)
    return found
