"""Codes of points that a spreadsheet may confuse (adr 0083)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal

_NUMBER = re.compile(r"([0-9]+)(?:[.,]([0-9]+))?(?:E([+-]?[0-9]{1,3}))?", re.ASCII)
# How a spreadsheet writes a number: never with leading zeros.
_AS_WRITTEN = re.compile(r"(?:0|[1-9][0-9]*)(?:[.,][0-9]+)?(?:E[+-]?[0-9]{1,3})?", re.ASCII)


def keys_of(code: str) -> frozenset[str]:
    """Return the forms a code may be changed to; two codes that share a form are alike.

    As a number of fifteen digits without leading zeros or exponent: ``00012`` is ``12``, ``12E3`` is ``12000``. And
    without case, accents and punctuation: ``pe 0003`` is ``PE-0003``.
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
    """Tell whether a spreadsheet may have produced ``code`` from another one: a number in its spelling."""
    return _AS_WRITTEN.fullmatch(text.strip().upper()) is not None


def alike(code: str, others: Iterable[str]) -> str | None:
    """Return the first of the other codes that is alike, None without one."""
    keys = keys_of(code)
    return next((other for other in others if other != code and keys & keys_of(other)), None)


def index_of(codes: Iterable[str]) -> Mapping[str, list[str]]:
    """Return the codes by each of their keys (``keys_of``)."""
    found: dict[str, list[str]] = {}
    for code in codes:
        for key in keys_of(code):
            found.setdefault(key, []).append(code)
    return found
