"""Workbooks that people hand over: read as what they say, refused before they can do harm."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from portal.services.files.problems import BadFile, Rule
from portal.services.files.sheet_tables import Column, Limits, spell_titles
from portal.services.files.workbook_files import read_any

COLUMNS = (
    Column("punto", spell_titles("punto"), required=True),
    Column("cantidad", spell_titles("cantidad"), required=True),
)


def workbook(*rows: tuple[Any, ...], title: str = "Hoja") -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    page.title = title
    for row in rows:
        page.append(row)
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()


def rows_of(content: bytes) -> list[tuple[int, str, str]]:
    return [(row.line, row.text("punto"), row.text("cantidad")) for row in read_any(content, COLUMNS).rows]


def rule_of(content: bytes, **given: Any) -> Rule:
    with pytest.raises(BadFile) as bad:
        read_any(content, COLUMNS, **given)
    return bad.value.problems[0].rule


def test_a_workbook_is_read_by_its_first_sheet_with_the_numbers_of_its_rows():
    content = workbook(("Punto", "Cantidad", None), ("T-1", 12500, None), (None, None, None), ("T-2", 250.5, None))
    assert rows_of(content) == [(2, "T-1", "12500"), (4, "T-2", "250.500000")]


def test_rows_keep_their_numbers_when_the_sheet_begins_lower():
    book = openpyxl.Workbook()
    page = book.active
    for cell, value in {"B3": "punto", "C3": "cantidad", "B4": "T-1", "C4": 1}.items():
        page[cell] = value
    body = io.BytesIO()
    book.save(body)
    assert rows_of(body.getvalue()) == [(4, "T-1", "1")]


def test_figures_dates_and_words_come_as_a_person_would_type_them():
    content = workbook(
        ("punto", "cantidad"),
        ("a", 1.234),
        ("b", 0.1 + 0.2),
        ("c", date(2026, 11, 24)),
        ("d", datetime(2026, 11, 24, 9, 30, tzinfo=UTC).replace(tzinfo=None)),
        ("e", True),
        ("f", "12.500"),
        (7, 1e15),
    )
    assert [text for _, _, text in rows_of(content)] == [
        "1.234000",
        "0.300000",
        "2026-11-24",
        "2026-11-24 09:30:00",
        "True",
        "12.500",
        "1000000000000000",
    ]


def test_text_is_read_by_the_same_door():
    assert rows_of(b"punto;cantidad\r\nT-1;5\r\n") == [(2, "T-1", "5")]


def test_an_empty_workbook_has_no_rows():
    assert rule_of(workbook()) is Rule.NO_ROWS
    assert rule_of(workbook(("punto", "cantidad"))) is Rule.NO_ROWS


def test_an_error_in_a_cell_is_told_never_taken():
    body = io.BytesIO()
    with xlsxwriter.Workbook(body) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ("punto", "cantidad"))
        page.write_string(1, 0, "T-1")
        page.write_formula(1, 1, "=1/0", value="#DIV/0!")
    with pytest.raises(BadFile) as bad:
        read_any(body.getvalue(), COLUMNS)
    assert [(each.rule, each.line, each.column, each.fact) for each in bad.value.problems] == [
        (Rule.CELL_ERROR, 2, "cantidad", "#DIV/0!")
    ]


def test_a_workbook_of_the_old_form_or_with_a_password_is_refused():
    assert rule_of(b"\xd0\xcf\x11\xe0" + bytes(600)) is Rule.WORKBOOK_LOCKED


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"PK\x03\x04" + bytes(500), workbook(("punto",))[:-40]])
def test_a_broken_workbook_is_refused(content: bytes):
    assert rule_of(content) is Rule.WORKBOOK_BROKEN


def test_an_archive_that_is_no_workbook_is_refused():
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("nada.txt", "x")
    assert rule_of(body.getvalue()) is Rule.OTHER_FORMAT


def packed(name: str, content: bytes) -> bytes:
    body = io.BytesIO(workbook(("punto", "cantidad"), ("T-1", 1)))
    with zipfile.ZipFile(body, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return body.getvalue()


def test_macros_are_refused():
    assert rule_of(packed("xl/vbaProject.bin", b"x")) is Rule.WORKBOOK_MACROS


def test_what_unpacks_to_very_much_is_refused_unread():
    assert rule_of(packed("xl/media/zeros", bytes(8 * 1024 * 1024))) is Rule.WORKBOOK_TOO_LARGE


def test_limits_of_bytes_rows_and_columns_hold():
    content = workbook(("punto", "cantidad"), *[("T", 1)] * 5)
    assert rule_of(content, limits=Limits(100, 50)) is Rule.FILE_TOO_LARGE
    assert rule_of(content, limits=Limits(10**6, 4)) is Rule.TOO_MANY_ROWS
    assert len(list(read_any(content, COLUMNS, limits=Limits(10**6, 5)).rows)) == 5
    assert rule_of(workbook(("punto", "cantidad"), tuple(range(401)))) is Rule.TOO_MANY_COLUMNS


def test_a_cell_at_the_far_corner_costs_nothing():
    book = openpyxl.Workbook()
    book.active["A1"] = "punto"
    book.active["XFD1048576"] = "x"
    body = io.BytesIO()
    book.save(body)
    assert rule_of(body.getvalue()) is Rule.TOO_MANY_COLUMNS
