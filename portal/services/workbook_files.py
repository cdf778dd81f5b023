"""Workbooks as people hand them over: looked at before they are unpacked, then read by a process of its own."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Generator, Sequence
from pathlib import Path

from .delimited_files import (
    BLOCK,
    MAX_COLUMNS,
    UPLOAD,
    WORKBOOKS,
    Column,
    Limits,
    Table,
    read_table,
    stripped,
    table_of,
)
from .file_problems import BadFile, Problem, Rule
from .workbook_child import SECONDS

ZIP, COMPOUND = WORKBOOKS
# What it may unpack to, all told, and how many times its size a part of it.
MOST_UNPACKED, MOST_RATIO = 64 * BLOCK, 100
CHILD = Path(__file__).with_name("workbook_child.py")


def read_any(content: bytes, columns: Sequence[Column], *, limits: Limits = UPLOAD, listed: str | None = None) -> Table:
    """Return a file as a table whether it is a workbook (.xlsx) or delimited text; ``BadFile`` as ``read_table``.

    Of a workbook the first sheet is read, lines are its rows. Refused before anything is unpacked: one above
    ``limits``, of the old form or with a password, with macros, and one that unpacks to more than 64 MiB or a
    hundredfold. Formulas count with the value that was saved; a cell in error is empty.
    """
    if content.startswith(COMPOUND):
        raise BadFile([Problem(Rule.WORKBOOK_LOCKED)])
    if not content.startswith(ZIP):
        return read_table(content, columns, limits=limits, listed=listed)
    if len(content) > limits.bytes:
        raise BadFile([Problem(Rule.FILE_TOO_LARGE, fact=f"{limits.bytes // BLOCK} MiB")])
    _look_inside(content)
    rows = _rows(content, limits)

    def read() -> Generator[tuple[int, list[str]]]:
        yield from rows

    return table_of(read, hashlib.sha256(content).digest(), columns, limits=limits, listed=listed)


def _look_inside(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError):
        raise BadFile([Problem(Rule.WORKBOOK_BROKEN)]) from None
    if any(part.filename.lower().endswith("vbaproject.bin") for part in parts):
        raise BadFile([Problem(Rule.WORKBOOK_MACROS)])
    unpacked = sum(part.file_size for part in parts)
    swollen = any(part.file_size > BLOCK and part.file_size > MOST_RATIO * part.compress_size for part in parts)
    if unpacked > MOST_UNPACKED or swollen:
        raise BadFile([Problem(Rule.WORKBOOK_TOO_LARGE, fact=f"{MOST_UNPACKED // BLOCK} MiB")])


def _rows(content: bytes, limits: Limits) -> list[tuple[int, list[str]]]:
    """Return the rows that are not blank, each with its number in the sheet."""
    try:
        # One row more than allowed, so that the table can say that there are too many; one is the header.
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-I", str(CHILD), str(limits.rows + 1)],
            input=content,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode:
            raise BadFile([Problem(Rule.WORKBOOK_BROKEN)])
        found = [list(map(str, json.loads(line))) for line in done.stdout.splitlines()]
    except (subprocess.TimeoutExpired, ValueError):
        raise BadFile([Problem(Rule.WORKBOOK_BROKEN)]) from None
    rows: list[tuple[int, list[str]]] = []
    for number, texts in enumerate(found, start=1):
        while texts and not stripped(texts[-1]):
            texts.pop()
        if len(texts) > MAX_COLUMNS:
            raise BadFile([Problem(Rule.TOO_MANY_COLUMNS, number, fact=str(MAX_COLUMNS))])
        if any(map(stripped, texts)):
            rows.append((number, texts))
    return rows
