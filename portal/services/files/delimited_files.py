"""Delimited text as other systems write it: encoding, delimiter and header are found out, never guessed silently."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import itertools
import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from portal.domain.searched import comparable
from portal.domain.typed_text import as_typed

from .cells import unquoted
from .formats import COMPOUND, START, ZIP, format_of_text
from .problems import BadFile, Problem, Rule
from .questions import NOTHING_KNOWN, Answers
from .sheet_headers import LINES_ABOVE
from .sheet_tables import MAX_COLUMNS, UPLOAD, Column, Limits, Origin, Seen, Table, table_of

# A comma may also stand inside of figures, so it is the last to be believed.
DELIMITERS = (";", "\t", "|", ",")
# No cell that somebody reads is longer; Excel holds 32,767 characters.
MOST_CHARACTERS = 2_000
# The end of a file as DOS marks it, and the mark of a file that was joined to another.
_END, _MARK = "\x1a", "\ufeff"
# So much of a file tells its delimiter.
_START = 256 * 1024
# What no cell keeps as it is: ends of it that are blanks or marks, and what a spreadsheet was kept from calculating.
_UNCLEAN = re.compile(r"(?:^|[\x1e])[\s'=]|\s(?:[\x1e]|$)|[\x00-\x1d\x1f\x7f]|  ")

# A cell that holds more than this is no cell of ours, but it is told from a quote that was never closed.
csv.field_size_limit(1 << 20)


def read_table(
    source: bytes | BinaryIO,
    columns: Sequence[Column],
    *,
    limits: Limits = UPLOAD,
    listed: str | None = None,
    answers: Answers = NOTHING_KNOWN,
    keeps_extra: bool = False,
    lenient: bool = False,
) -> Table:
    """Return a delimited text file as a table, after one look at all of it; a file is never held in memory whole.

    Taken: UTF-8 with or without mark, UTF-16 with mark, Windows-1252, the pages of DOS and old Macintoshes; ``;``, tab,
    ``|`` or ``,``; a first line ``sep=``; a header among the first thirty records whose titles are among those of
    ``columns``, or none: then the columns stand in their order. Blank lines are passed over. Raises ``BadFile`` for
    everything else, above ``limits``, 60 columns and 2,000 characters of a cell; ``Unanswered`` for what has to be
    asked. The table ``listed`` holds every text of the column so called.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    encoding, digest = encoding_of(file, limits.bytes)
    with _text(file, encoding) as text:
        delimiter, skipped = _delimiter(text, columns)

    def read() -> Generator[tuple[int, list[str]]]:
        with _text(file, encoding) as text:
            yield from _records(text, delimiter, skipped)

    seen = Seen(encoding=encoding)
    return table_of(
        read,
        digest,
        columns,
        origin=Origin(seen),
        limits=limits,
        listed=listed,
        answers=answers,
        keeps_extra=keeps_extra,
        lenient=lenient,
    )


@contextmanager
def _text(file: BinaryIO, encoding: str) -> Iterator[io.TextIOWrapper]:
    """Open the file as text from its beginning, every line with its own end, and leave it open afterwards."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        yield text
    finally:
        # Rows that nobody read to their end may be forgotten after the file was closed.
        if not file.closed:
            text.detach()


def _records(text: Iterable[str], delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Give each record that is not blank, its cells cleaned, with the line it begins on."""
    reader = csv.reader(_unmarked(text), delimiter=delimiter, strict=True)
    line = 1
    try:
        for record in reader:
            if line > skipped:
                joined = "\x1e".join(record)
                if not joined.isascii() or _UNCLEAN.search(joined) is not None:
                    record = [unquoted(as_typed(cell)) for cell in record]  # noqa: PLW2901
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
    """Give the lines without the mark that a joined file brings along, and without the end that DOS marks."""
    for line in lines:
        if line.startswith(_MARK):
            yield line.lstrip(_MARK)
        elif line.startswith(_END) and not line.strip(f"{_END}\r\n\0"):
            continue
        else:
            yield line


def _delimiter(text: io.TextIOWrapper, columns: Sequence[Column]) -> tuple[str, int]:
    """Return the delimiter, and how many lines at the top only say which it is.

    It is the one by which the first records show most of our titles; without any, the first one that stands outside of
    quotes in the first record.
    """
    start = text.read(_START)
    lines = start.splitlines(keepends=True)
    for number, line in enumerate(lines, start=1):
        bare = line.strip("\r\n \ufeff")
        if bare.lower().startswith("sep=") and len(bare) == 5:
            return bare[4], number
        if bare:
            break
    known = {title for column in columns for title in (*column.titles, *column.elsewhere)}
    best, most = None, 0
    for delimiter in DELIMITERS:
        found = max(
            (sum(comparable(cell) in known for cell in record) for record in _first_records(lines, delimiter)),
            default=0,
        )
        if found > most:
            best, most = delimiter, found
    if best is not None and most > 1:
        return best, 0
    for record in _first_records(lines, "\x1e"):
        if "".join(record).strip():
            bare = re.sub('"(?:[^"]|"")*"', "", "".join(itertools.takewhile(bool, _first_lines(lines))))
            return next((each for each in DELIMITERS if each in bare), best or ";"), 0
    return best or ";", 0


def _first_lines(lines: Sequence[str]) -> Iterator[str]:
    """Give the lines of the first record that is not blank: quotes hold line ends together."""
    quotes = 0
    begun = False
    for line in lines:
        if not begun and not line.strip("\r\n \ufeff"):
            continue
        begun = True
        quotes += line.count('"')
        yield line
        if quotes % 2 == 0:
            return


def _first_records(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    reader = csv.reader(_unmarked(lines), delimiter=delimiter)
    records: list[list[str]] = []
    try:
        records.extend(itertools.islice(reader, 2 * LINES_ABOVE))
    except csv.Error:
        # What was read before the mistake tells as much.
        return records
    return records


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
