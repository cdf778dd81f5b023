"""How a text file spells its letters: found out over all of it, refused when nobody could tell (adr 0081)."""

from __future__ import annotations

import codecs
import hashlib
import re
from typing import BinaryIO

from .formats import COMPOUND, START, ZIP, format_of_text
from .problems import BadFile, Problem, Rule

BLOCK = 1024 * 1024
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# Of Windows, of DOS in Western Europe (850 spells Spanish as 437 does), and of old Macintoshes.
_SINGLE = ("cp1252", "cp850", "mac_roman")
_LETTERS = "áéíóúüñÁÉÍÓÚÜÑ"
# What stands alone: marks of units and ordinals, quotation marks, blanks, dashes.
_MARKS = "³²°ºª¿¡«»“”‘’–—…·€£\N{NO-BREAK SPACE}"
_HIGH = re.compile(rb"[A-Za-z]?[\x80-\xff]+[A-Za-z]?")
_MOST_SAMPLES = 20_000


def encoding_of(file: BinaryIO, most_bytes: int) -> tuple[str, bytes]:
    """Return how the file spells its text, and the SHA-256 of its bytes; ``BadFile`` for what is no text, or too much.

    UTF-8 with or without mark, UTF-16 with mark; else of the pages of one byte a letter the one in which every letter
    beyond ASCII is Spanish, Windows-1252 first. When none is, the file is refused: letters of a reason would be lost.
    """
    file.seek(0)
    start = file.read(START)
    if start.startswith((ZIP, COMPOUND)):
        raise BadFile([Problem(Rule.WORKBOOK)])
    other = format_of_text(start)
    if other is not None:
        raise BadFile([Problem(Rule.OTHER_FORMAT, fact=other.value)])
    wide = start.startswith(UTF16_MARKS)
    look = _Look("utf-16" if wide else "utf-8-sig")
    file.seek(0)
    digest, size, block = hashlib.sha256(), 0, b"-"
    while block:
        block = file.read(BLOCK)
        size += len(block)
        if size > most_bytes:
            raise BadFile([Problem(Rule.FILE_TOO_LARGE, fact=f"{most_bytes // BLOCK} MiB")])
        digest.update(block)
        look.see(block)
    if look.decoder is not None:
        return ("utf-16" if wide else "utf-8-sig"), digest.digest()
    if look.zeros or wide:
        raise BadFile([Problem(Rule.NOT_TEXT)])
    return _single(look.samples), digest.digest()


class _Look:
    """What the blocks of a file tell of its letters; ``decoder`` is None once they are not what was thought."""

    def __init__(self, encoding: str) -> None:
        self.decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder(encoding)()
        self.samples: set[bytes] = set()
        self.zeros = False

    def see(self, block: bytes) -> None:
        """Look at the next block; an empty one is the end."""
        self.zeros = self.zeros or b"\0" in block
        if len(self.samples) < _MOST_SAMPLES and not block.isascii():
            self.samples.update(_HIGH.findall(block))
        if self.decoder is None:
            return
        try:
            if "\0" in self.decoder.decode(block, final=not block):
                self.decoder = None
        except UnicodeError:
            self.decoder = None


def _single(samples: set[bytes]) -> str:
    """Return the page of one byte a letter that makes Spanish of every sample."""
    decoded: dict[str, list[str]] = {}
    for page in _SINGLE:
        try:
            decoded[page] = [each.decode(page) for each in samples]
        except UnicodeDecodeError:
            continue
    for page, texts in decoded.items():
        if all(map(_is_spanish, texts)):
            return page
    raise BadFile([Problem(Rule.UNCLEAR_TEXT if decoded else Rule.NOT_TEXT)])


def _is_spanish(text: str) -> bool:
    """Tell whether the letters beyond ASCII could stand so in Spanish, one beside what stands around it."""
    for at, letter in enumerate(text):
        if letter.isascii():
            continue
        before, after = text[at - 1 : at], text[at + 1 : at + 2]
        if letter in _LETTERS:
            # A capital letter does not follow a small one.
            if letter.isupper() and before.islower():
                return False
        elif letter in _MARKS:
            # No mark but the apostrophe stands inside of a word.
            if before.isalpha() and after.isalpha() and letter not in "’\N{NO-BREAK SPACE}":
                return False
        else:
            return False
    return True
