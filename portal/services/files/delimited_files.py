"""Delimited text of other systems: encoding, delimiter and header are detected, and refused if unclear."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import itertools
import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple

from portal.domain.typed_text import as_typed

from .cells import unquote
from .formats import COMPOUND, START, ZIP, detect_text_format
from .problems import BadFile, Problem, Rule
from .questions import NOTHING_KNOWN, Answers
from .sheet_headers import FIGURE, LINES_ABOVE, match_title
from .sheet_tables import MAX_COLUMNS, UPLOAD, Column, Limits, Origin, Read, Seen, Table, table_of
from .spelled_days import is_day

# A comma may also be part of figures, so it is tried last.
DELIMITERS = (";", "\t", "|", ",")
# Longer than any real cell; Excel holds 32,767 characters.
MOST_CHARACTERS = 2_000
# DOS's end-of-file mark, and the byte order mark of an appended file.
_END, _MARK = "\x1a", "\ufeff"
# Size of the sample that shows the delimiter.
_START = 256 * 1024
# Dropped from cells: blanks and marks at their ends, and the guard against formulas.
_UNCLEAN = re.compile(r"(?:^|[\x1e])[\s'=]|\s(?:[\x1e]|$)|[\x00-\x1d\x1f\x7f]|  ")

_QUOTED = re.compile(r'"(?:[^"]|"")*"')

# A longer cell is an error, but is still read, to distinguish it from a quote that was never closed.
csv.field_size_limit(1 << 20)


def read_table(
    source: bytes | BinaryIO,
    columns: Sequence[Column],
    *,
    limits: Limits = UPLOAD,
    listed: str | None = None,
    answers: Answers = NOTHING_KNOWN,
    lenient: bool = False,
) -> Table:
    """Return a delimited text file as a table, after one pass over it; a file is never held in memory whole.

    Accepted: UTF-8 with or without mark, UTF-16 with mark, Windows-1252, the pages of DOS and old Macintoshes; ``;``,
    tab, ``|`` or ``,``; a first line ``sep=``; a header among the first thirty records whose titles are among those of
    ``columns``, or none: then the columns are in their order. Blank lines are skipped. Raises ``BadFile`` for
    everything else, above ``limits``, 60 columns and 2,000 characters of a cell; ``Unanswered`` for an open question.
    The table's ``listed`` holds every text of the column of that name.
    """
    opened = open_text(source, columns, limits=limits)
    return table_of(
        opened.read,
        opened.digest,
        columns,
        origin=Origin(Seen(encoding=opened.encoding)),
        limits=limits,
        listed=listed,
        answers=answers,
        lenient=lenient,
    )


class OpenText(NamedTuple):
    """A delimited text whose encoding and delimiter are known; each call of ``read`` yields its records anew."""

    encoding: str
    digest: bytes
    read: Read


def open_text(source: bytes | BinaryIO, columns: Sequence[Column], *, limits: Limits) -> OpenText:
    """Return a delimited text, its delimiter found by the titles of ``columns``; ``BadFile`` as ``read_table``."""
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    encoding, digest = detect_encoding(file, limits.bytes)
    with _text(file, encoding) as text:
        delimiter, skipped = _delimiter(text, columns)
        if delimiter is None:
            raise BadFile([Problem(Rule.SPACED, skipped)])
    separator = delimiter

    def read() -> Generator[tuple[int, list[str]]]:
        with _text(file, encoding) as text:
            yield from _records(text, separator, skipped)

    return OpenText(encoding, digest, read)


@contextmanager
def _text(file: BinaryIO, encoding: str) -> Iterator[io.TextIOWrapper]:
    """Open the file as text from its beginning, line ends unchanged, and leave it open afterwards."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        yield text
    finally:
        # Unfinished iterators may be collected after the file was closed.
        if not file.closed:
            text.detach()


def _records(text: Iterable[str], delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Yield each record that is not blank, its cells cleaned, with the line it begins on."""
    reader = csv.reader(_unmarked(text), delimiter=delimiter, strict=True)
    line = 1
    try:
        for record in reader:
            if line > skipped:
                joined = "\x1e".join(record)
                if not joined.isascii() or _UNCLEAN.search(joined) is not None:
                    record = [unquote(as_typed(cell)) for cell in record]  # noqa: PLW2901
                while record and not record[-1]:
                    record.pop()
                if record:
                    _check(line, record, len(joined))
                    yield line, record
            line = reader.line_num + 1
    except csv.Error as error:
        rule = Rule.CELL_TOO_LONG if "field limit" in str(error) else Rule.BROKEN_QUOTES
        fact = f"{MOST_CHARACTERS:,}" if rule is Rule.CELL_TOO_LONG else None
        raise BadFile([Problem(rule, line, fact=fact)]) from None


def _check(line: int, record: list[str], length: int) -> None:
    if len(record) > MAX_COLUMNS:
        raise BadFile([Problem(Rule.TOO_MANY_COLUMNS, line, fact=str(MAX_COLUMNS))])
    if length > MOST_CHARACTERS and any(len(cell) > MOST_CHARACTERS for cell in record):
        raise BadFile([Problem(Rule.CELL_TOO_LONG, line, fact=f"{MOST_CHARACTERS:,}")])


def _unmarked(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines without the byte order mark of an appended file and without DOS's end-of-file mark."""
    for line in lines:
        if line.startswith(_MARK):
            yield line.lstrip(_MARK)
        elif line.startswith(_END) and not line.strip(f"{_END}\r\n\0"):
            continue
        else:
            yield line


def _delimiter(text: io.TextIOWrapper, columns: Sequence[Column]) -> tuple[str | None, int]:
    """Return the delimiter, and how many lines at the top only declare it.

    It is the one with which the first records show most of our titles; else that which most of them have. None, and the
    first such line, for columns that blanks keep apart: where a cell is blank, nobody knows which one it is.
    """
    start = text.read(_START)
    lines = start.splitlines(keepends=True)
    for number, line in enumerate(lines, start=1):
        bare = line.strip("\r\n \ufeff")
        if bare.lower().startswith("sep=") and len(bare) == 5:
            return bare[4], number
        if bare:
            break
    best, most = None, 0
    for delimiter in DELIMITERS:
        found = max(
            (
                sum(match_title(cell, columns) is not None for cell in record if cell)
                for record in _first_records(lines, delimiter)
            ),
            default=0,
        )
        if found > most:
            best, most = delimiter, found
    if best is not None and most > 1:
        return best, 0
    spaced = _find_spaced_line(lines)
    if spaced is not None:
        return None, spaced
    plain = _QUOTED.sub("", start).splitlines()[: 2 * LINES_ABOVE]
    spread = {each: sum(each in line for line in plain) for each in DELIMITERS}
    # A report's title may have a comma or a bar; the rows below it decide.
    return max(DELIMITERS, key=lambda each: spread[each]) if any(spread.values()) else best or ";", 0


def _find_spaced_line(lines: Sequence[str]) -> int | None:
    """Return the first line with a day and a figure behind it that only blanks keep apart; None without two of them."""
    found = [number for number, line in enumerate(lines[: 2 * LINES_ABOVE], start=1) if _is_spaced(line)]
    return found[0] if len(found) > 1 else None


def _is_spaced(line: str) -> bool:
    if any(delimiter in line for delimiter in ";\t|"):
        return False
    said = as_typed(line).split()
    return len(said) > 2 and FIGURE.fullmatch(said[-1]) is not None and any(map(is_day, said[:-1]))


def _first_records(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    reader = csv.reader(_unmarked(lines), delimiter=delimiter)
    records: list[list[str]] = []
    try:
        records.extend(itertools.islice(reader, 2 * LINES_ABOVE))
    except csv.Error:
        # The records before the error are evidence enough.
        return records
    return records


BLOCK = 1024 * 1024
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# Windows, DOS in Western Europe (850 spells Spanish as 437 does), and old Macintoshes.
_SINGLE = ("cp1252", "cp850", "mac_roman")
_LETTERS = "áéíóúüñÁÉÍÓÚÜÑ"
# Characters that stand alone: marks of units and ordinals, quotation marks, blanks, dashes.
_MARKS = "³²°ºª¿¡«»“”‘’–—…·€£\N{NO-BREAK SPACE}"
_HIGH = re.compile(rb"[A-Za-z]?[\x80-\xff]+[A-Za-z]?")
_MOST_SAMPLES = 20_000


def detect_encoding(file: BinaryIO, most_bytes: int) -> tuple[str, bytes]:
    """Return the encoding of the file, and the SHA-256 of its bytes; ``BadFile`` if it is no text, or too long.

    UTF-8 with or without mark, UTF-16 with mark; otherwise the single-byte page in which every letter beyond ASCII is
    Spanish, Windows-1252 first. If there is none, the file is refused: letters of a reason would be lost.
    """
    file.seek(0)
    start = file.read(START)
    if start.startswith((ZIP, COMPOUND)):
        raise BadFile([Problem(Rule.WORKBOOK)])
    other = detect_text_format(start)
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
    """Pass over the blocks of a file to test an encoding; ``decoder`` is None once it does not fit."""

    def __init__(self, encoding: str) -> None:
        self.decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder(encoding)()
        self.samples: set[bytes] = set()
        self.zeros = False

    def see(self, block: bytes) -> None:
        """Test the next block; an empty one is the end."""
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
    """Return the single-byte page in which every sample is Spanish."""
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
    """Tell whether the letters beyond ASCII are plausible in Spanish, given their neighbours."""
    for at, letter in enumerate(text):
        if letter.isascii():
            continue
        before, after = text[at - 1 : at], text[at + 1 : at + 2]
        if letter in _LETTERS:
            # A capital letter never follows a small one.
            if letter.isupper() and before.islower():
                return False
        elif letter in _MARKS:
            # No mark but the apostrophe occurs inside of a word.
            if before.isalpha() and after.isalpha() and letter not in "’\N{NO-BREAK SPACE}":
                return False
        else:
            return False
    return True
