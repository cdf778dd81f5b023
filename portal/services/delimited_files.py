"""Delimited text as other systems write it: encoding, delimiter and header are found out, never guessed silently."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import itertools
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from .file_problems import BadFile, Problem, Rule
from .names import comparable

MAX_COLUMNS = 60
BLOCK = 1024 * 1024
# A comma may also stand inside of figures, so it is the last to be believed.
DELIMITERS = (";", "\t", "|", ",")
# An Excel workbook is a zip archive, its older form a compound file.
WORKBOOKS, UTF16_MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"), (b"\xff\xfe", b"\xfe\xff")
BLANKS = " \t\r\n\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\ufeff"


class Limits(NamedTuple):
    """How much a file may hold: bytes, and rows below the header."""

    bytes: int
    rows: int


# What a person hands over on a page, and what the telemetry keeps of many years (trust.md §5).
UPLOAD = Limits(10 * BLOCK, 50_000)
HISTORY = Limits(1024 * BLOCK, 20_000_000)


@dataclass(frozen=True, slots=True)
class Column:
    """A column a file may have: our name for it, the titles others give it, and whether it must be there.

    ``elsewhere`` are titles that name another unit than ``unit``, in which the column is.
    """

    name: str
    titles: frozenset[str]
    required: bool = False
    elsewhere: frozenset[str] = frozenset()
    unit: str | None = None


def titles(*spellings: str) -> frozenset[str]:
    """Return the titles of a column as they are compared, each also with ``_`` between its words."""
    return frozenset(comparable(each) for title in spellings for each in (title, title.replace(" ", "_")))


def stripped(text: str) -> str:
    """Return a text of a file without the blanks around it."""
    return text.strip(BLANKS)


class Row(NamedTuple):
    """A row of the file: the line it begins on, its texts as they stand there, and the ``places`` of our columns."""

    line: int
    texts: list[str]
    places: dict[str, int]

    def text(self, column: str) -> str:
        """Return the text of the column, blanks around dropped; empty when the file has no such column."""
        place = self.places.get(column, len(self.texts))
        return stripped(self.texts[place]) if place < len(self.texts) else ""


class Table:
    """A file whose form is known and right: the titles its columns go by there, and its rows, read when asked for."""

    def __init__(self, read: Callable[[], Iterator[tuple[int, list[str]]]], shown: dict[str, str], survey: _Survey):
        self.titles = shown
        self.length = survey.rows
        self.listed = survey.listed
        self.digest = survey.digest
        self._read = read
        self._header = survey.has_header
        self._places = {name: place for place, name in enumerate(shown)}

    @property
    def rows(self) -> Iterator[Row]:
        """The rows from the first, however many; the file is read anew."""
        places = self._places
        for line, texts in itertools.islice(self._read(), int(self._header), None):
            yield Row(line, texts, places)

    def place(self, column: str) -> int:
        """Return where the column stands in each row, -1 when the file has none."""
        return self._places.get(column, -1)

    def has(self, column: str) -> bool:
        """Tell whether the file has the column."""
        return column in self.titles

    def problem(self, rule: Rule, row: Row, column: str, fact: str | None = None) -> Problem:
        """Return the problem of one value of the table."""
        position = self._places.get(column, len(self.titles))
        return Problem(rule, row.line, self.titles.get(column, column), row.text(column), fact, position)


@dataclass(slots=True)
class _Survey:
    """What one look at the whole file tells."""

    digest: bytes
    has_header: bool
    rows: int
    width: int
    listed: set[str]


def read_table(
    source: bytes | BinaryIO, columns: Sequence[Column], *, limits: Limits = UPLOAD, listed: str | None = None
) -> Table:
    """Return a delimited text file as a table, after one look at all of it; a file is never held in memory whole.

    Taken: UTF-8 with or without mark, UTF-16 with mark, Windows-1252; ``;``, tab, ``|`` or ``,``; a first line
    ``sep=``; a header whose titles are among those of ``columns``, or none: then the columns stand in their order.
    Blank lines are passed over. Raises ``BadFile`` for everything else, and above ``limits`` and 60 columns. The table
    ``listed`` holds every text of the column so called.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    encoding, digest = _encoding(file, limits)
    with _text(file, encoding) as text:
        delimiter, skipped = _delimiter(text)

    def read() -> Generator[tuple[int, list[str]]]:
        with _text(file, encoding) as text:
            yield from _records(text, delimiter, skipped)

    return table_of(read, digest, columns, limits=limits, listed=listed)


def table_of(
    read: Callable[[], Generator[tuple[int, list[str]]]],
    digest: bytes,
    columns: Sequence[Column],
    *,
    limits: Limits = UPLOAD,
    listed: str | None = None,
) -> Table:
    """Return records as a table, as ``read_table``; ``read`` gives each with its line, from the first, each time."""
    records = read()
    first_line, first = next(records, (0, None))
    records.close()
    if first is None:
        raise BadFile([Problem(Rule.NO_ROWS)])
    first = list(map(stripped, first))
    named = {title: column for column in columns for title in column.titles}
    has_header = any(_is_title(comparable(text), columns) for text in first)
    layout = _by_header(first_line, first, columns, named) if has_header else list(columns)
    survey = _Survey(digest, has_header, 0, 0, set())
    _look(itertools.islice(read(), int(has_header), None), survey, layout, limits, listed)
    if not has_header:
        layout = layout[: survey.width]
        if len(layout) < sum(column.required for column in columns):
            raise BadFile([Problem(Rule.MISSING_COLUMN, first_line, layout[-1].name, fact=_required(columns))])
        first = [column.name for column in layout]
    if not survey.rows:
        raise BadFile([Problem(Rule.NO_ROWS)])
    return Table(read, {column.name: title for column, title in zip(layout, first, strict=False)}, survey)


def _look(
    records: Iterator[tuple[int, list[str]]],
    survey: _Survey,
    layout: Sequence[Column],
    limits: Limits,
    listed: str | None,
) -> None:
    """Look at every record once: how many, how wide, and what stands in the column ``listed``."""
    width = len(layout)
    place = next((at for at, column in enumerate(layout) if column.name == listed), None)
    too_long, listed_texts = list[Problem](), set[str]()
    for line, texts in records:
        survey.rows += 1
        if survey.rows > limits.rows:
            raise BadFile([Problem(Rule.TOO_MANY_ROWS, line, fact=f"{limits.rows:,}")])
        length = len(texts)
        if length > survey.width:
            survey.width = length
        if length > width and any(map(stripped, texts[width:])):
            too_long.append(Problem(Rule.TOO_MANY_VALUES, line, value=stripped(texts[width]), fact=str(width)))
        if place is not None and place < length:
            listed_texts.add(texts[place])
    survey.listed = set(map(stripped, listed_texts))
    if too_long:
        raise BadFile(too_long)


def _encoding(file: BinaryIO, limits: Limits) -> tuple[str, bytes]:
    """Return how the file spells its text, and the SHA-256 of its bytes."""
    file.seek(0)
    start = file.read(4)
    if start.startswith(WORKBOOKS):
        raise BadFile([Problem(Rule.WORKBOOK)])
    candidates = ("utf-16",) if start.startswith(UTF16_MARKS) else ("utf-8-sig", "cp1252")
    decoders = {encoding: codecs.getincrementaldecoder(encoding)() for encoding in candidates}
    file.seek(0)
    digest, size, block = hashlib.sha256(), 0, b"-"
    while block:
        block = file.read(BLOCK)
        size += len(block)
        if size > limits.bytes:
            raise BadFile([Problem(Rule.FILE_TOO_LARGE, fact=f"{limits.bytes // BLOCK} MiB")])
        digest.update(block)
        for encoding, decoder in list(decoders.items()):
            try:
                if "\0" in decoder.decode(block, final=not block):
                    del decoders[encoding]
            except UnicodeError:
                del decoders[encoding]
    if not decoders:
        raise BadFile([Problem(Rule.NOT_TEXT)])
    return next(iter(decoders)), digest.digest()


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


def _records(text: io.TextIOWrapper, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Give each record that is not blank, with the line it begins on."""
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    line = 1
    try:
        for record in reader:
            if "".join(record).strip(BLANKS) and line > skipped:
                if len(record) > MAX_COLUMNS:
                    raise BadFile([Problem(Rule.TOO_MANY_COLUMNS, line, fact=str(MAX_COLUMNS))])
                yield line, record
            line = reader.line_num + 1
    except csv.Error:
        raise BadFile([Problem(Rule.BROKEN_QUOTES, line)]) from None


def _delimiter(text: io.TextIOWrapper) -> tuple[str, int]:
    """Return the delimiter, and how many lines at the top only say which it is."""
    for number, line in enumerate(text, start=1):
        stripped = line.strip("\r\n \ufeff")
        if stripped.lower().startswith("sep=") and len(stripped) == 5:
            return stripped[4], number
        if line.strip():
            bare = re.sub('"[^"]*"', "", line)
            return next((each for each in DELIMITERS if each in bare), ";"), 0
    return ";", 0


def _by_header(line: int, header: Sequence[str], columns: Sequence[Column], named: dict[str, Column]) -> list[Column]:
    """Return the columns in the order of the header; refuse a title nobody knows: it would be lost unread."""
    while header and not header[-1]:
        header = header[:-1]
    layout, problems = list[Column](), list[Problem]()
    for title in header:
        column = named.get(comparable(title))
        foreign = next((each for each in columns if comparable(title) in each.elsewhere), None)
        if foreign is not None:
            problems.append(Problem(Rule.WRONG_UNIT, line, title, fact=foreign.unit))
            layout.append(foreign)
        elif column is None:
            problems.append(Problem(Rule.UNKNOWN_COLUMN, line, title, fact=", ".join(each.name for each in columns)))
        elif column in layout:
            problems.append(Problem(Rule.REPEATED_COLUMN, line, title))
        else:
            layout.append(column)
    problems += [
        Problem(Rule.MISSING_COLUMN, line, column.name, fact=_required(columns))
        for column in columns
        if column.required and column not in layout
    ]
    if problems:
        raise BadFile(problems)
    return layout


def _is_title(text: str, columns: Sequence[Column]) -> bool:
    return any(text in column.titles or text in column.elsewhere for column in columns)


def _required(columns: Sequence[Column]) -> str:
    return ", ".join(column.name for column in columns if column.required)
