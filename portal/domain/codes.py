"""Codes of points that a spreadsheet may confuse (adr 0083)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum

from portal.domain.typed_text import as_typed

_NUMBER = re.compile(r"([0-9]+)(?:[.,]([0-9]+))?(?:E([+-]?[0-9]{1,3}))?", re.ASCII)
# How a spreadsheet writes a number: never with leading zeros.
_AS_WRITTEN = re.compile(r"(?:0|[1-9][0-9]*)(?:[.,][0-9]+)?(?:E[+-]?[0-9]{1,3})?", re.ASCII)


def bare_form(code: str) -> str:
    """Return a code without case, accents and punctuation: ``pe 0003`` and ``PE-0003`` are both ``PE0003``."""
    split = unicodedata.normalize("NFKD", code.strip()).upper()
    return "".join(character for character in split if character.isalnum())


def keys_of(code: str) -> frozenset[str]:
    """Return the forms a code may be changed to; two codes that share a form are alike.

    As a number of fifteen digits without leading zeros or exponent: ``00012`` is ``12``, ``12E3`` is ``12000``. And
    without case, accents and punctuation: ``pe 0003`` is ``PE-0003``.
    """
    split = unicodedata.normalize("NFKD", code.strip()).upper()
    keys = {f"letters {bare_form(code)}"}
    number = _NUMBER.fullmatch(split)
    if number is not None:
        value = Decimal(f"{number[1]}.{number[2] or '0'}E{number[3] or '0'}")
        keys.add(f"number {value:.14E}")
    return frozenset(keys)


def may_be_changed(text: str) -> bool:
    """Tell whether a spreadsheet may have produced ``code`` from another one: a number in its spelling."""
    return _AS_WRITTEN.fullmatch(text.strip().upper()) is not None


def find_alike(code: str, others: Iterable[str]) -> str | None:
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


# The DIAN's weights, from the last digit to the first.
_WEIGHTS = (3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71)
_TYPED = re.compile(r"([1-9][0-9]*|[1-9][0-9]{0,2}(?:[. ][0-9]{3})+) ?- ?([0-9])")


class NitProblem(StrEnum):
    """Reason why a text is no NIT."""

    BAD_FORMAT = "bad-format"
    BAD_CHECK_DIGIT = "bad-check-digit"


class BadNit(ValueError):
    """The text is no NIT; ``problem`` says why."""

    def __init__(self, problem: NitProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


def compute_nit_check_digit(number: str) -> int:
    """Return the check digit of a NIT given without it, 1 to 15 ASCII digits: 8 for ``900123456``."""
    if not re.fullmatch(r"[0-9]{1,15}", number):
        raise BadNit(NitProblem.BAD_FORMAT)
    rest = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, reversed(number), strict=False)) % 11
    return 11 - rest if rest > 1 else rest


def normalise_nit(text: str) -> str:
    """Return a typed NIT as it is stored, ``900123456-8``; dots or spaces may group the digits.

    Six to ten digits, a hyphen and the check digit; raises ``BadNit`` for another form or a digit that does not fit.
    """
    typed = _TYPED.fullmatch(as_typed(text))
    number = re.sub("[. ]", "", typed[1]) if typed else ""
    if typed is None or not 6 <= len(number) <= 10:
        raise BadNit(NitProblem.BAD_FORMAT)
    if compute_nit_check_digit(number) != int(typed[2]):
        raise BadNit(NitProblem.BAD_CHECK_DIGIT)
    return f"{number}-{typed[2]}"


def print_nit(nit: str) -> str:
    """Return a stored NIT as people write it: ``900.123.456-8``; any other text unchanged."""
    number, _, digit = nit.partition("-")
    if not number.isascii() or not number.isdigit():
        return nit
    return f"{int(number):,}-{digit}".replace(",", ".")
