"""Telephone numbers as people say and store them, and when two are the same."""

from __future__ import annotations

import re

from .typed_text import as_typed

# Seven digits for a fixed line until 2021, ten today; fifteen at most in the world (ITU-T E.164).
FEWEST, MOST = 7, 15
LONGEST = 40
_NUMBER = re.compile(r"\+?[0-9 ().-]+(?: ?(?:ext\.?|extensión|extension|x) ?[0-9]{1,6})?", re.IGNORECASE)
_DIGITS = re.compile("[0-9]")
_EXTENSION = re.compile("ext|x", re.IGNORECASE)
# A number of Colombia has ten digits behind its country code.
COUNTRY_CODE = "+57"
_NATIONAL = 10
_MOBILE = re.compile(r"\+573[0-9]{9}")


def read_telephone(typed: str) -> str | None:
    """Return a number as typed, on one line, "601 668 3100 ext. 12"; None for what is none."""
    number = as_typed(typed)
    if len(number) > LONGEST or (not number.isascii() and "extensión" not in number.lower()):
        return None
    if _NUMBER.fullmatch(number) is None:
        return None
    return number if FEWEST <= len(_main_digits(number)) <= MOST else None


def is_same_number(one: str, other: str) -> bool:
    """Tell whether two texts are one number: blanks and signs aside, with or without the country code."""
    first, second = national(one), national(other)
    return bool(first) and first == second


def national(text: str) -> str:
    """Return the last ten digits of a number without its extension; empty for fewer than seven digits."""
    digits = _main_digits(text)
    return digits[-_NATIONAL:] if len(digits) >= FEWEST else ""


def dial(text: str) -> str:
    """Return a number as a telephone dials it from anywhere, "+576016683100,12"; empty for what is not one number.

    Ten digits are a number of Colombia and get its code; any other length stays as it is. A comma is the pause before
    the extension.
    """
    digits, extension = _main_digits(text), _extension(text)
    if not FEWEST <= len(digits) <= MOST:
        return ""
    if text.lstrip(" (").startswith("+"):
        number = f"+{digits}"
    elif len(digits) == _NATIONAL:
        number = f"{COUNTRY_CODE}{digits}"
    else:
        number = digits
    return f"{number},{extension}" if extension else number


def dial_mobile(text: str) -> str:
    """Return a mobile number of Colombia as it is dialled, "+573115550101"; empty for any other number."""
    number = dial(text)
    return number if _MOBILE.fullmatch(number) else ""


def _main_digits(text: str) -> str:
    return "".join(_DIGITS.findall(_EXTENSION.split(text, maxsplit=1)[0]))


def _extension(text: str) -> str:
    return "".join(_DIGITS.findall("".join(_EXTENSION.split(text, maxsplit=1)[1:])))
