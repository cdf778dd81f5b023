"""What people type and paste, without the characters that nobody sees: one cleaner for every field and cell.

Text copied from a mail, a chat, a PDF or a spreadsheet brings blanks of other widths, dashes of other lengths and marks
without a width. They look right, so they must read right. Passwords are never cleaned: there every character counts.
"""

from __future__ import annotations

import re
import unicodedata

# Of category "other letter" or "symbol", and yet nothing is seen of them: fillers of Hangul, the empty Braille cell.
_EMPTY = frozenset("\u115f\u1160\u3164\uffa0\N{BRAILLE PATTERN BLANK}")
# No dashes by their category, and typed as one: the minus of formulas, the bullet that is a hyphen.
_DASHES = frozenset("\N{MINUS SIGN}\N{HYPHEN BULLET}\N{SUPERSCRIPT MINUS}\N{SMALL HYPHEN-MINUS}")
# They say how the character before them is drawn, and are not drawn themselves.
_SELECTORS = frozenset({"\N{COMBINING GRAPHEME JOINER}", *map(chr, range(0xFE00, 0xFE10))})
# They join the parts of one emoji, and letters of Persian or Hindi: in prose they belong to what is read.
_JOINERS = frozenset("\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}")
_LINE_ENDS = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_BLANKS = re.compile(" +")


def as_typed(text: str) -> str:
    """Return ``text`` as one line of what is seen: for names, codes, figures, dates, addresses and search words.

    Characters without a width are dropped; every blank and line end is a space, several of them one, none at the ends;
    every dash is ``-``. Accents are in one piece (NFC). Digits and letters of other scripts stay what they are: the
    parser behind refuses them with its own reason.
    """
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", text).translate(_ONE_LINE)
    return _BLANKS.sub(" ", text).strip(" ")


def as_prose(text: str) -> str:
    """Return ``text`` as it is read in several lines: for claims, notices, reasons and what is pasted as a table.

    Lines end with ``\\n`` and tabs stay; blanks are spaces, and what turns the direction of writing or has no width is
    dropped. Dashes stay as they are, and so do blanks at the ends of lines.
    """
    return unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", text)).translate(_PROSE)


class _Table(dict[int, "int | str | None"]):
    """A table of translation that is filled as characters are met."""

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
        # "Cs" is half of a character: no database keeps it.
        if kind in ("Cf", "Cc", "Cs") or character in _SELECTORS:
            return None
        if not self._prose and (kind == "Pd" or character in _DASHES):
            return "-"
        return character


_ONE_LINE = _Table(prose=False)
_PROSE = _Table(prose=True)
