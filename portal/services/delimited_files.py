"""Delimited text as other systems write it: encoding, delimiter and header are found out, never guessed silently."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .file_problems import BadFile, Problem, Rule
from .names import comparable

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 60

# In this order: a comma may also stand inside of figures, so it is the last to be believed.
DELIMITERS = (";", "\t", "|", ",")
# An Excel workbook is a zip archive, its older form a compound file.
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Column:
    """A column a file may have: our name for it, the titles others give it, and whether it must be there."""

    name: str
    titles: frozenset[str]
    required: bool = False


def titles(*spellings: str) -> frozenset[str]:
    """Return the titles of a column as they are compared, each also with ``_`` between its words."""
    return frozenset(comparable(each) for title in spellings for each in (title, title.replace(" ", "_")))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file: the line it begins on, and its texts by our column names, blanks around dropped."""

    line: int
    texts: dict[str, str]

    def text(self, column: str) -> str:
        """Return the text of the column, empty when the file has no such column."""
        return self.texts.get(column, "")


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file and the titles its columns go by there."""

    rows: tuple[Row, ...]
    titles: dict[str, str]

    def has(self, column: str) -> bool:
        """Tell whether the file has the column."""
        return column in self.titles

    def problem(self, rule: Rule, row: Row, column: str, fact: str | None = None) -> Problem:
        """Return the problem of one value of the table."""
        position = list(self.titles).index(column) if self.has(column) else len(self.titles)
        return Problem(rule, row.line, self.titles.get(column, column), row.text(column), fact, position)


def read_table(content: bytes, columns: Sequence[Column]) -> Table:
    """Return the rows of a delimited text file.

    Taken: UTF-8 with or without mark, UTF-16 with mark, Windows-1252; ``;``, tab, ``|`` or ``,``; a first line
    ``sep=``; a header whose titles are among those of ``columns``, or none: then the columns stand in their order.
    Blank lines are passed over. Raises ``BadFile`` for everything else, and above 10 MiB, 50,000 rows, 60 columns.
    """
    lines = list(_records(_decoded(content)))
    if not lines:
        raise BadFile([Problem(Rule.NO_ROWS)])
    first_line, first = lines[0]
    named = {title: column for column in columns for title in column.titles}
    if any(comparable(text) in named for text in first):
        layout = _by_header(first_line, first, columns, named)
        lines = lines[1:]
    else:
        layout = list(columns[: max(len(texts) for _, texts in lines)])
        if len(layout) < sum(column.required for column in columns):
            raise BadFile([Problem(Rule.MISSING_COLUMN, first_line, layout[-1].name, fact=_required(columns))])
        first = [column.name for column in layout]
    if not lines:
        raise BadFile([Problem(Rule.NO_ROWS)])
    if len(lines) > MAX_ROWS:
        raise BadFile([Problem(Rule.TOO_MANY_ROWS, lines[MAX_ROWS][0], fact=f"{MAX_ROWS:,}")])
    shown = {column.name: title for column, title in zip(layout, first, strict=False)}
    too_long = [
        Problem(Rule.TOO_MANY_VALUES, line, value=texts[len(layout)], fact=str(len(layout)))
        for line, texts in lines
        if any(texts[len(layout) :])
    ]
    if too_long:
        raise BadFile(too_long)
    names = [column.name for column in layout]
    return Table(tuple(Row(line, dict(zip(names, texts, strict=False))) for line, texts in lines), shown)


def _decoded(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise BadFile([Problem(Rule.FILE_TOO_LARGE, fact=f"{MAX_BYTES // 1024 // 1024} MiB")])
    if content.startswith(WORKBOOKS):
        raise BadFile([Problem(Rule.WORKBOOK)])
    encodings = ("utf-16",) if content.startswith(UTF16_MARKS) else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeError:
            continue
        if "\0" not in text:
            return text
    raise BadFile([Problem(Rule.NOT_TEXT)])


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Give each record that is not blank, with the line it begins on."""
    delimiter, skipped = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line, rows = 1, 0
    try:
        for record in reader:
            texts = [_stripped(value) for value in record]
            if line > skipped and any(texts):
                rows += 1
                if rows > MAX_ROWS + 1:
                    raise BadFile([Problem(Rule.TOO_MANY_ROWS, line, fact=f"{MAX_ROWS:,}")])
                if len(texts) > MAX_COLUMNS:
                    raise BadFile([Problem(Rule.TOO_MANY_COLUMNS, line, fact=str(MAX_COLUMNS))])
                yield line, texts
            line = reader.line_num + 1
    except csv.Error:
        raise BadFile([Problem(Rule.BROKEN_QUOTES, line)]) from None


def _delimiter(text: str) -> tuple[str, int]:
    """Return the delimiter, and how many lines at the top only say which it is."""
    for number, line in enumerate(io.StringIO(text), start=1):
        stripped = line.strip("\r\n \ufeff")
        if stripped.lower().startswith("sep=") and len(stripped) == 5:
            return stripped[4], number
        if line.strip():
            bare = re.sub('"[^"]*"', "", line)
            return next((each for each in DELIMITERS if each in bare), ";"), 0
    return ";", 0


def _stripped(value: str) -> str:
    return value.strip(" \t\r\n\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\ufeff")


def _by_header(line: int, header: Sequence[str], columns: Sequence[Column], named: dict[str, Column]) -> list[Column]:
    """Return the columns in the order of the header; refuse a title nobody knows: it would be lost unread."""
    while header and not header[-1]:
        header = header[:-1]
    layout: list[Column] = []
    problems: list[Problem] = []
    for title in header:
        column = named.get(comparable(title))
        if column is None:
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


def _required(columns: Sequence[Column]) -> str:
    return ", ".join(column.name for column in columns if column.required)
