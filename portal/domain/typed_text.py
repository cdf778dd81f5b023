"""Cleaner of typed and pasted text: drops invisible characters in every field and cell.

Text copied from a mail, a chat, a PDF or a spreadsheet brings blanks of other widths, dashes of other lengths and marks
without a width. Passwords are never cleaned: there every character counts.
"""

from __future__ import annotations

import re
import unicodedata

# Category "other letter" or "symbol", but invisible: fillers of Hangul, the empty Braille cell.
_EMPTY = frozenset("\u115f\u1160\u3164\uffa0\N{BRAILLE PATTERN BLANK}")
# Typed as dashes, though of another category: the minus of formulas, the bullet that is a hyphen.
_DASHES = frozenset("\N{MINUS SIGN}\N{HYPHEN BULLET}\N{SUPERSCRIPT MINUS}\N{SMALL HYPHEN-MINUS}")
# Change how the character before them is drawn; invisible themselves.
_SELECTORS = frozenset({"\N{COMBINING GRAPHEME JOINER}", *map(chr, range(0xFE00, 0xFE10))})
# Join the parts of one emoji, and letters of Persian or Hindi: kept in prose.
_JOINERS = frozenset("\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}")
_LINE_ENDS = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_BLANKS = re.compile(" +")
_EMPTY_LINES = re.compile(r"\n{3,}")


def as_typed(text: str) -> str:
    """Return ``text`` as one visible line: for names, codes, figures, dates, addresses and search words.

    Characters without a width are dropped; runs of blanks and line ends become one space, none at the ends; every dash
    is ``-``. Accents are composed (NFC). Digits and letters of other scripts stay: the parser behind refuses them with
    its own reason.
    """
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", text).translate(_ONE_LINE)
    return _BLANKS.sub(" ", text).strip(" ")


def as_prose(text: str) -> str:
    """Return ``text`` in several lines: for claims, announcements, reasons and pasted tables.

    Lines end with ``\\n`` and tabs stay; blanks become spaces; characters without a width or that change the direction
    of writing are dropped. Dashes stay, and so do blanks at the ends of lines.
    """
    return unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", text)).translate(_PROSE)


def clean_text(typed: str) -> str:
    """Return what somebody wrote as it is stored: ``as_prose``, without trailing blanks or repeated empty lines."""
    kept = [line.replace("\t", " ").rstrip() for line in as_prose(typed).split("\n")]
    return _EMPTY_LINES.sub("\n\n", "\n".join(kept)).strip()


class _Table(dict[int, "int | str | None"]):
    """Translation table filled as characters are met."""

    def __init__(self, *, prose: bool) -> None:
        super().__init__()
        self._prose = prose

    def __missing__(self, code: int) -> int | str | None:
        self[code] = found = self._read(chr(code))
        return found

    def _read(self, character: str) -> str | None:
        kind = unicodedata.category(character)
        if self._prose and (character in "\n\t" or character in _JOINERS or character in _SELECTORS):
            return character
        if kind in ("Zs", "Zl", "Zp") or character in "\t\n\r\x0b\x0c\x85" or character in _EMPTY:
            return " "
        # "Cs" is half of a character: no database stores it.
        if kind in ("Cf", "Cc", "Cs") or character in _SELECTORS:
            return None
        if not self._prose and (kind == "Pd" or character in _DASHES):
            return "-"
        return character


_ONE_LINE = _Table(prose=False)
_PROSE = _Table(prose=True)


def plain_name(text: str) -> str:
    """Return a name for a file: ``EDS La Grama Ñ.º 2`` is ``eds-la-grama-n-2``; empty if no letter or digit is left."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")
