"""Reader of a workbook (.xlsx) in a process of its own: bytes on its input, a line of JSON per row on its output.

A workbook of a few kilobytes can demand all the memory there is; then only this process ends (docs/security.md,
"Files").

Arguments: the most rows with content, the most characters of a cell and of the whole answer, and the sheet from 0, or
``-`` for the first rows of each. The answer begins with the names of the sheets and ends with ``end`` or with the
refusal: an answer without either was cut.
"""

from __future__ import annotations

import json
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator
from typing import Any
from xml.parsers import expat

from .workbook_parts import UNCOMPUTED, Limits, Refused, Sheet, Workbook, make_parser

SECONDS, MEMORY, MOST_FILE = 10, 1024**3, 64 * 1024**2
MOST_COLUMNS, PEEKED, MOST_MERGED = 400, 40, 20_000
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BROKEN = (
    *(expat.ExpatError, zipfile.BadZipFile, LookupError, ValueError, ArithmeticError),
    *(OSError, EOFError, MemoryError, RuntimeError),
)


def main() -> None:
    """Run the command line."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_FILE, MOST_FILE))
    limits, wanted = Limits(*map(int, sys.argv[1:4])), sys.argv[4]
    written = 0

    def write(said: dict[str, Any] | list[Any]) -> None:
        nonlocal written
        line = json.dumps(said, ensure_ascii=True) + "\n"
        written += len(line)
        if written > limits.answer:
            raise Refused("too-large")
        sys.stdout.write(line)

    try:
        read(Workbook(sys.stdin.buffer.read(), limits), wanted, limits, write)
        write({"end": True})
    except Refused as refused:
        sys.stdout.write(json.dumps({"refused": refused.rule, "row": refused.row}) + "\n")
    except (
        expat.ExpatError,
        zipfile.BadZipFile,
        LookupError,
        ValueError,
        ArithmeticError,
        OSError,
        EOFError,
        MemoryError,
    ):
        sys.stdout.write('{"refused": "broken", "row": null}\n')


def read(book: Workbook, wanted: str, limits: Limits, write: Callable[[dict[str, Any] | list[Any]], None]) -> None:
    """Write the rows of one sheet, or the first ones of each if there are several."""
    chosen = [int(wanted)] if wanted != "-" else list(range(len(book.sheets)))
    whole = len(chosen) == 1
    write(
        {
            "sheets": [[each.name, each.state] for each in book.sheets],
            "whole": chosen[0] if whole else None,
            "from_1904": book.from_1904,
        }
    )
    for number in chosen:
        write({"sheet": number})
        for row in read_rows(book, book.sheets[number], limits, None if whole else PEEKED):
            write(row)


def read_rows(book: Workbook, sheet: Sheet, limits: Limits, most: int | None) -> Iterator[Any]:
    """Yield the hidden columns, then each row with content: its number, whether it is hidden, its texts."""
    reader = _SheetReader(book, limits)
    told = False
    with book.open(sheet) as part:
        for rows in reader.parse(part):
            if not told:
                yield {"hidden_columns": sorted(reader.hidden)}
                told = True
            for number, row in enumerate(rows):
                if most is not None and reader.found - len(rows) + number >= most:
                    return
                yield row
        if reader.merged:
            yield {"merged": reader.merged}


class _SheetReader:
    """Reader of one sheet, from its first byte to its last, holding one block of it."""

    def __init__(self, book: Workbook, limits: Limits) -> None:
        self.hidden: set[int] = set()
        self.merged: list[list[int]] = []
        self.found = 0
        self._book, self._limits = book, limits
        self._row = self._column = 0
        self._row_hidden = self._formula = self._valued = self._inside = self._phonetic = False
        self._texts: list[str] = []
        self._held: list[str] = []
        self._kind, self._style, self._size = "n", 0, 0
        self._done: list[list[Any]] = []

    def parse(self, part: Any) -> Iterator[list[list[Any]]]:
        parser = make_parser(self._begin, self._end, self._text)
        while block := part.read(1 << 16):
            parser.Parse(block)
            # The hidden columns are written before the first row.
            if self._done:
                yield self._done
                self._done = []
        parser.Parse(b"", True)
        yield self._done

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._begin_cell(attributes)
        elif tag in ("v", "t"):
            self._inside = self._valued = not self._phonetic
        elif tag == "f":
            self._formula = True
        elif tag == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._row_hidden = _is_hidden(attributes, "ht")
            self._column, self._texts = 0, []
        elif tag == "rPh":
            self._phonetic = True
        elif tag == "mergeCell" and len(self.merged) < MOST_MERGED:
            self._note_merge(attributes.get("ref", ""))
        elif tag == "col" and _is_hidden(attributes, "width"):
            first, last = int(attributes["min"]), int(attributes["max"])
            self.hidden.update(range(first - 1, min(last, MOST_COLUMNS)))

    def _note_merge(self, ref: str) -> None:
        """Note a merged cell of several rows or columns: ``A2:A4``."""
        begin, _, end = ref.partition(":")
        rows = [int(each.lstrip(_LETTERS) or 0) for each in (begin, end or begin)]
        columns = [_column_of(each) - 1 for each in (begin, end or begin)]
        self.merged.append([*rows, *columns])

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        where = attributes.get("r")
        self._column = _column_of(where) if where else self._column + 1
        self._kind, self._style = attributes.get("t", "n"), int(attributes.get("s", "0"))
        self._formula = self._valued = False
        self._held, self._size = [], 0

    def _text(self, data: str) -> None:
        if self._inside:
            self._size += len(data)
            if self._size > self._limits.characters:
                raise Refused("cell-too-long", self._row)
            self._held.append(data)

    def _end(self, tag: str) -> None:
        if tag == "c":
            self._end_cell()
        elif tag in ("v", "t"):
            self._inside = False
        elif tag == "rPh":
            self._phonetic = False
        elif tag == "row" and self._texts:
            self.found += 1
            if self.found > self._limits.rows:
                raise Refused("too-many-rows", self._row)
            self._done.append([self._row, int(self._row_hidden), self._texts])
            self._texts = []

    def _end_cell(self) -> None:
        text = "".join(self._held)
        if text or (self._valued and self._kind in ("str", "inlineStr")):
            try:
                text = self._book.text_of(self._kind, self._style, text)
            except Refused as refused:
                raise Refused(refused.rule, self._row) from None
        elif self._formula:
            text = UNCOMPUTED
        if text.strip():
            if self._column > MOST_COLUMNS:
                raise Refused("too-many-columns", self._row)
            self._texts += [""] * (self._column - 1 - len(self._texts))
            self._texts.append(text)


def _is_hidden(attributes: dict[str, str], size: str) -> bool:
    return attributes.get("hidden") in ("1", "true") or attributes.get(size) in ("0", "0.0")


def _column_of(where: str) -> int:
    """Return the number of a column from 1: for ``AB12`` it is 28."""
    number = 0
    for letter in where:
        if letter.isdigit():
            break
        number = number * 26 + ord(letter) - 64
    return number
