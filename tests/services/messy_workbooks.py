"""Workbooks as people and machines send them, built here, each with its expected problem or content."""

from __future__ import annotations

import datetime as dt
import io
import re
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import openpyxl
import xlsxwriter
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from portal.services.files.problems import Rule


def workbook(*rows: tuple[Any, ...]) -> bytes:
    """A workbook of one sheet."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """The bytes of a workbook."""
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """The workbook with one more part."""
    body = io.BytesIO(content)
    with zipfile.ZipFile(body, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, part)
    return body.getvalue()


@dataclass(frozen=True)
class MessyWorkbook:
    """A workbook, and what its first problem must be, as (row, rule)."""

    name: str
    content: bytes
    row: int | None
    rule: Rule


HEAD = ("punto", "fecha", "cantidad")
DAY = dt.date(2026, 11, 22)
POINT = "TOP-01"


def _rows(
    name: str, row: int | None, rule: Rule, *rows: tuple[Any, ...], head: tuple[Any, ...] = HEAD
) -> MessyWorkbook:
    return MessyWorkbook(name, workbook(head, *rows), row, rule)


def _sparse() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(HEAD)
    book.active["XFD1048576"] = "x"
    return saved(book)


def merged(cells: str, *rows: tuple[Any, ...]) -> bytes:
    """A workbook with merged cells."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for each in cells.split():
        book.active.merge_cells(each)
    return saved(book)


def _merged_figure() -> bytes:
    return merged("C2:C3", HEAD, (POINT, DAY, 5), (POINT, dt.date(2026, 11, 19), None))


def _second_sheet() -> bytes:
    book = openpyxl.Workbook()
    for row in (HEAD, (POINT, DAY, 5)):
        book.create_sheet().append(row)
    return saved(book)


def _error_cell() -> bytes:
    body = io.BytesIO()
    with xlsxwriter.Workbook(body) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEAD)
        page.write_row(1, 0, (POINT, DAY.isoformat()))
        page.write_formula(1, 2, "=NA()", value="#N/A")
    return body.getvalue()


def _replaced(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one part said otherwise."""
    body = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.infolist():
            held = old.read(each)
            new.writestr(each.filename, change(held) if each.filename == part else held)
    return body.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
SOUND = workbook(HEAD, (POINT, DAY, 5320.75))


def _with_entity(system: str, reference: str) -> bytes:
    """The workbook whose sheet declares an entity and puts it in the place of the point."""

    def change(sheet: bytes) -> bytes:
        _, _, rest = sheet.rpartition(b"?>")
        text = f'<?xml version="1.0"?><!DOCTYPE x [{system}]>'.encode() + rest
        told = f'<c r="A2" t="inlineStr"><is><t>{reference}</t></is></c>'.encode()
        return re.sub(rb'<c r="A2".*?</c>', told, text, count=1, flags=re.DOTALL)

    return _replaced(SOUND, SHEET, change)


def lying() -> bytes:
    """A bomb of 80 MB whose directory says that each part is small."""
    bomb = _replaced(SOUND, SHEET, lambda sheet: sheet.replace(b"<sheetData", b" " * 80_000_000 + b"<sheetData"))
    with zipfile.ZipFile(io.BytesIO(bomb)) as archive:
        size = archive.getinfo(SHEET).file_size
    return bomb.replace(struct.pack("<L", size), struct.pack("<L", 1000))


LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ja"}">' for n in range(10))

WORKBOOKS = [
    MessyWorkbook("one cell in the far corner", _sparse(), 1048576, Rule.TOO_MANY_COLUMNS),
    MessyWorkbook("a bomb of zeros", with_part(SOUND, "xl/media/0", bytes(8 << 20)), None, Rule.WORKBOOK_TOO_LARGE),
    MessyWorkbook("macros", with_part(SOUND, "xl/vbaProject.bin", b"x"), None, Rule.WORKBOOK_MACROS),
    MessyWorkbook("a password", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024), None, Rule.WORKBOOK_LOCKED),
    MessyWorkbook("cut short", SOUND[:-40], None, Rule.WORKBOOK_BROKEN),
    MessyWorkbook("an archive of something else", with_part(b"", "nada.txt", b"x"), None, Rule.OTHER_FORMAT),
    MessyWorkbook(
        "a sheet that is no XML", _replaced(SOUND, SHEET, lambda _: b"\0\xff<<<"), None, Rule.WORKBOOK_BROKEN
    ),
    MessyWorkbook(
        "an entity that reads a file",
        _with_entity('<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;"),
        None,
        Rule.WORKBOOK_BROKEN,
    ),
    MessyWorkbook("entities of entities", _with_entity(LAUGHS, "&a9;"), None, Rule.WORKBOOK_BROKEN),
    MessyWorkbook("a figure of two days in a merged cell", _merged_figure(), 2, Rule.MERGED_FIGURE),
    MessyWorkbook(
        "a figure of two days across in a merged cell",
        merged("B2:C2", ("punto", dt.date(2026, 11, 19), DAY), (POINT, 5, None)),
        2,
        Rule.MERGED_FIGURE,
    ),
    MessyWorkbook("rows on the second sheet", _second_sheet(), None, Rule.NO_ROWS),
    MessyWorkbook("an error in a cell", _error_cell(), 2, Rule.CELL_ERROR),
    _rows("N/A in words", 2, Rule.EMPTY, (POINT, DAY, "N/A")),
    _rows("a blank that is no zero", 2, Rule.EMPTY, (POINT, DAY, None)),
    _rows("blanks in a cell", 2, Rule.EMPTY, (POINT, DAY, " \u00a0 ")),
    _rows("1e308", 2, Rule.TOO_LARGE, (POINT, DAY, 1e308)),
    _rows("less than nothing", 2, Rule.NEGATIVE, (POINT, DAY, -5)),
    _rows("yes or no", 2, Rule.NOT_A_NUMBER, (POINT, DAY, True)),
    _rows("figures kept as text", 2, Rule.AMBIGUOUS_NUMBER, (POINT, DAY, "5.320")),
    _rows("a formula nobody computed", 2, Rule.FORMULA_UNSAVED, (POINT, DAY, "=1+1")),
    _rows("a formula for a point", 2, Rule.FORMULA_UNSAVED, ("=1+1", DAY, 5)),
    _rows("the same day twice", 3, Rule.REPEATED_ROW, (POINT, DAY, 5), (POINT, DAY.isoformat(), 6)),
    _rows("a moment of a day", 2, Rule.DAY_WITH_HOUR, (POINT, dt.datetime(2026, 11, 22, 9, 30), 5)),  # noqa: DTZ001
    _rows("a number that is no day", 2, Rule.DAY_OUT_OF_RANGE, (POINT, 12345, 5)),
    _rows("a day shown with its hour", 2, Rule.STAMP_UNSAID, (POINT, dt.datetime(2026, 11, 22), 5)),  # noqa: DTZ001
    _rows("tomorrow", 2, Rule.FUTURE_DAY, (POINT, dt.date(2026, 11, 24), 5)),
    _rows("a header alone", None, Rule.NO_ROWS),
    _rows("four hundred and one columns", 2, Rule.TOO_MANY_COLUMNS, tuple(range(401))),
    _rows("a title twice", 1, Rule.REPEATED_COLUMN, (POINT, DAY, 5, 5), head=(*HEAD, "cantidad")),
    _rows("another unit", 1, Rule.WRONG_UNIT, (POINT, DAY, 5), head=("punto", "fecha", "Consumo (GBTU)")),
]


def in_1904() -> bytes:
    """A workbook of a Macintosh, whose days are counted from 1904."""
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    for row in (HEAD, (POINT, DAY, 5320.75)):
        book.active.append(row)
    return saved(book)
