"""Workbooks and joined exports as they come: which sheet, what is hidden, what was left out."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from portal.services.files.formats import FileFormat
from portal.services.files.problems import BadFile, Rule
from portal.services.files.questions import Answers, Question, Unanswered
from portal.services.files.row_filters import Skipped
from portal.services.files.sheet_tables import Limits, Table
from portal.services.files.workbook_files import read_any
from portal.services.measures import readings
from tests.services.messy_workbooks import DAY, HEAD, POINT, saved, with_part, workbook


def read(content: bytes, **given: Any) -> Table:
    return read_any(content, readings.COLUMNS, listed="delivery point", **given)


def figures(content: bytes, **given: Any) -> list[tuple[int, str]]:
    return [(row.line, row.text("quantity")) for row in read(content, **given).rows]


def book(*sheets: tuple[str, str, list[tuple[Any, ...]]]) -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, state, rows in sheets:
        sheet = made.create_sheet(name)
        sheet.sheet_state = state
        for row in rows:
            sheet.append(row)
    return made


ROW, OTHER = (POINT, DAY, 5320.75), (POINT, DAY, 111)


def test_rows_far_below_blank_ones_are_read():
    made = book(("Datos", "visible", [HEAD, ROW]))
    for place, value in zip("ABC", OTHER, strict=True):
        made["Datos"][f"{place}60000"] = value
        made["Datos"][f"{place}1048576"] = value
    assert figures(saved(made)) == [(2, "5320.750000"), (60_000, "111"), (1_048_576, "111")]


def test_too_many_rows_are_refused_never_cut():
    made = book(("Datos", "visible", [HEAD, *[ROW] * 300]))
    with pytest.raises(BadFile) as bad:
        read(saved(made), limits=Limits(10**7, 299))
    assert [each.rule for each in bad.value.problems] == [Rule.TOO_MANY_ROWS]
    assert len(figures(saved(made), limits=Limits(10**7, 300))) == 300


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_passed_over_and_said(state: str):
    table = read(saved(book(("Listas", state, [HEAD, OTHER]), ("Datos", "visible", [HEAD, ROW]))))
    assert [row.text("quantity") for row in table.rows] == ["5320.750000"]
    assert (table.seen.sheet, table.seen.hidden_sheets) == ("Datos", ("Listas",))


def test_a_cover_is_passed_over_and_a_sheet_that_is_hidden_with_the_data_is_refused():
    cover = [("Llanogas",), ("Informe de noviembre",)]
    table = read(saved(book(("Portada", "visible", cover), ("Datos", "visible", [HEAD, ROW]))))
    assert (table.seen.sheet, table.length) == ("Datos", 1)
    with pytest.raises(BadFile) as bad:
        read(saved(book(("Portada", "visible", cover), ("Datos", "hidden", [HEAD, ROW]))))
    assert [(each.rule, each.fact) for each in bad.value.problems] == [(Rule.SHEETS_HIDDEN, "Datos")]


def test_two_sheets_with_the_columns_are_asked_about():
    content = saved(book(("Enero", "visible", [HEAD, OTHER]), ("Febrero", "visible", [HEAD, ROW])))
    with pytest.raises(Unanswered) as open_:
        read(content)
    assert (open_.value.question, open_.value.choices) == (Question.SHEET, ("hoja-1", "hoja-2"))
    assert figures(content, answers=Answers().plus("hoja-2")) == [(2, "5320.750000")]


def test_hidden_rows_are_asked_about():
    made = book(("Datos", "visible", [HEAD, OTHER, ROW]))
    made["Datos"].row_dimensions[2].hidden = True
    content = saved(made)
    with pytest.raises(Unanswered) as open_:
        read(content)
    assert (open_.value.question, open_.value.facts) == (Question.HIDDEN, {"rows": "1", "columns": ""})
    assert figures(content, answers=Answers(hidden=True)) == [(2, "111"), (3, "5320.750000")]
    assert figures(content, answers=Answers(hidden=False)) == [(3, "5320.750000")]


def test_a_hidden_column_of_ours_is_asked_about_and_another_is_not():
    made = book(("Datos", "visible", [(*HEAD, "cantidad", "alarma"), (*OTHER, 5320.75, "x")]))
    made["Datos"].column_dimensions["C"].hidden = True
    made["Datos"].column_dimensions["E"].hidden = True
    content = saved(made)
    with pytest.raises(Unanswered) as open_:
        read(content)
    assert open_.value.facts == {"rows": "0", "columns": "cantidad"}
    assert figures(content, answers=Answers(hidden=False)) == [(2, "5320.750000")]


def test_a_hidden_column_of_a_point_across_is_asked_about():
    made = book(("Datos", "visible", [("fecha", POINT, "TOP-02"), (DAY, 5320.75, 111)]))
    made["Datos"].column_dimensions["C"].hidden = True
    content = saved(made)
    with pytest.raises(Unanswered) as open_:
        read(content)
    assert open_.value.facts == {"rows": "0", "columns": "TOP-02"}
    assert figures(content, answers=Answers(hidden=False)) == [(2, "5320.750000")]


def test_what_was_left_out_is_said():
    rows = [
        ("Llanogas", None, None, None),
        ("punto", "fecha", "cantidad", "presión"),
        (None, "dd/mm/aaaa", "m3", "psi"),
        (POINT, DAY, 5320.75, 60),
        ("punto", "fecha", "cantidad", "presión"),
        ("TOTAL", None, 5320.75, None),
        ("Fin del reporte", None, None, None),
    ]
    seen = read(workbook(*rows)).seen
    assert (seen.rows, seen.lines_above, seen.left_out) == (1, 1, ("presión",))
    assert seen.skipped == {
        Skipped.UNITS: [3],
        Skipped.HEADER_AGAIN: [5],
        Skipped.TOTAL: [6],
        Skipped.BELOW: [7],
    }


def test_a_row_of_units_that_are_not_ours_is_refused():
    with pytest.raises(BadFile) as bad:
        read(workbook(HEAD, (None, None, "GBTU"), ROW))
    assert [(each.rule, each.line) for each in bad.value.problems] == [(Rule.WRONG_UNIT, 2)]


def test_a_day_shown_with_its_hour_says_so_and_another_does_not():
    content = workbook(HEAD, (POINT, datetime(2026, 11, 28), 1), (POINT, DAY, 2))  # noqa: DTZ001
    assert [row.text("gas day") for row in read(content).rows] == ["2026-11-28 00:00:00", "2026-11-22"]


@pytest.mark.parametrize(
    ("content", "known"),
    [
        (b"<html><table><tr><td>Punto</td></tr></table></html>", FileFormat.WEB_PAGE),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE html><p>", FileFormat.WEB_PAGE),
        ("<table>".encode("utf-16"), FileFormat.WEB_PAGE),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', FileFormat.XML),
        (b"MIME-Version: 1.0\r\n", FileFormat.WEB_ARCHIVE),
        (b"%PDF-1.7", FileFormat.PDF),
        (b"\xff\xd8\xff\xe0", FileFormat.IMAGE),
        (b"{\\rtf1", FileFormat.RICH_TEXT),
        (b'{"punto": 1}', FileFormat.JSON),
        (b"\x1f\x8b\x08", FileFormat.COMPRESSED),
        (b"Rar!\x1a\x07", FileFormat.COMPRESSED),
        (b"\x09\x08\x10\x00\x00\x06", FileFormat.OLD_WORKBOOK),
        (b"\xd0\xcf\x11\xe0" + "Workbook".encode("utf-16-le"), FileFormat.OLD_WORKBOOK),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), FileFormat.LOCKED_WORKBOOK),
        (with_part(b"", "datos.csv", b"punto;fecha;cantidad\n"), FileFormat.ZIP),
        (with_part(b"", "xl/workbook.bin", b"x"), FileFormat.BINARY_WORKBOOK),
        (with_part(b"", "mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), FileFormat.OPEN_DOCUMENT),
        (with_part(b"", "word/document.xml", b"x"), FileFormat.OTHER_DOCUMENT),
    ],
)
def test_what_is_no_sheet_is_refused_as_what_it_is(content: bytes, known: FileFormat):
    with pytest.raises(BadFile) as bad:
        read(content)
    assert [(each.rule, each.fact) for each in bad.value.problems] == [(Rule.OTHER_FORMAT, known.value)]


def test_one_text_in_many_cells_is_refused_by_cell_and_in_all():
    for length, rule in ((20_000, Rule.CELL_TOO_LONG), (1_900, Rule.WORKBOOK_TOO_MUCH)):
        body = io.BytesIO()
        with xlsxwriter.Workbook(body) as made:
            sheet = made.add_worksheet()
            for place in range(24_000):
                sheet.write_string(place // 40, place % 40, "x" * length)
        content = body.getvalue()
        assert len(content) < 2**20
        with pytest.raises(BadFile) as bad:
            read(content)
        assert [each.rule for each in bad.value.problems] == [rule]


def test_a_reader_that_was_cut_is_no_reader_that_finished(monkeypatch: pytest.MonkeyPatch):
    from portal.services.files import workbook_files

    def cut(*_args: object, stdout: io.BufferedRandom, **_given: object) -> object:
        stdout.write(b'{"sheets": [["Datos", "visible"]], "whole": 0, "from_1904": false}\n[1, 0, ["punto"]]\n')
        return type("Done", (), {"returncode": 0})

    monkeypatch.setattr(workbook_files.subprocess, "run", cut)
    with pytest.raises(BadFile) as bad:
        read(workbook(HEAD, ROW))
    assert [each.rule for each in bad.value.problems] == [Rule.WORKBOOK_BROKEN]
