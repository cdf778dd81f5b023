"""The sheet as files: the page's figures, in a form that spreadsheets read right."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from portal.blueprints.balances.exports import as_csv, file_name
from portal.domain.quantities import Unit
from portal.models import Holiday
from portal.services.transactions import transaction
from tests import factories
from tests.services.ledger_rows import day

from .conftest import Sheet, opened_by
from .test_sheet_page import FIELDS, values

# The columns of the files that stand in the page too, by the names of the page.
COLUMNS = dict(zip(FIELDS, (2, 3, 4, 6, 7, 9, 10), strict=True))


@pytest.fixture(params=[Unit.M3, Unit.MBTU])
def filled(request: pytest.FixtureRequest, portal: Any, example: dict[str, tuple[str | None, str | None]]) -> Sheet:
    with portal.session() as session, transaction(session):
        session.merge(Holiday(day=date(2026, 11, 6), name="=HYPERLINK(1)"))
    sheet = opened_by(portal, unit=request.param, maximum_micro=20_000 * 10**6)
    with portal.session() as session, transaction(session):
        factories.adjustment(session, sheet.customer.way.point, day("2026-11-05"), "12.5")
    sheet.fill(example)
    return sheet


def rows_of_csv(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig")), delimiter=";"))


def test_the_csv_says_what_the_page_says(filled: Sheet) -> None:
    answer = filled.bytes_of("hoja.csv", "?mes=11&anio=2026")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.get_data().startswith(b"\xef\xbb\xbf")
    head, *rows, totals = rows_of_csv(answer.get_data())
    page = filled.open()
    assert {len(row) for row in (head, *rows, totals)} == {14}
    assert [row[0] for row in rows] == [str(row["data-gas-day"]) for row in page.select("tr[data-gas-day]")]
    for row in rows:
        assert [row[COLUMNS[field]] for field in FIELDS] == [each.replace(".", ",") for each in values(page, row[0])]
    shown = [str(cell["data-total"]) for cell in page.select("td[data-total]")]
    assert [totals[column].replace(",", ".") for column in (2, 3, 4, 6, 7, 9)] == shown


def test_the_workbook_holds_the_pages_figures_as_numbers_and_dates(filled: Sheet) -> None:
    answer = filled.bytes_of("hoja.xlsx", "?mes=11&anio=2026")
    book = openpyxl.load_workbook(io.BytesIO(answer.get_data()))
    table = book["2026-11"]
    page = filled.open()
    assert table.freeze_panes == "B5"
    days = [row for row in table.iter_rows(min_row=5) if isinstance(row[0].value, datetime)]
    assert len(days) == 23
    for row in days:
        gas_day = row[0].value.date().isoformat()
        for field, shown in zip(FIELDS, values(page, gas_day), strict=True):
            cell = row[COLUMNS[field]]
            assert cell.data_type == "n"
            exact = "" if cell.value is None else Decimal(repr(cell.value)).normalize()
            assert exact == ("" if not shown else Decimal(shown).normalize())
    assert days[0][0].number_format == "[$-es-CO]ddd d mmm yyyy"
    expected = "#,##0" if filled.customer.way.point.unit is Unit.M3 else "#,##0.00"
    assert days[0][2].number_format == expected


def test_text_never_becomes_a_formula(filled: Sheet) -> None:
    notes = [row[13] for row in rows_of_csv(filled.bytes_of("hoja.csv").get_data())]
    assert "Festivo: =HYPERLINK(1); Sin nominación; Sin medición" in notes
    assert not [note for note in notes if note.startswith(("=", "+", "-", "@"))]
    with zipfile.ZipFile(io.BytesIO(filled.bytes_of("hoja.xlsx").get_data())) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_a_cell_of_text_that_begins_like_a_formula_is_disarmed(monkeypatch: pytest.MonkeyPatch, filled: Sheet) -> None:
    from portal.blueprints.balances import exports

    monkeypatch.setattr(exports, "_notes", lambda _day, _sheet: "@SUM(A1)")
    notes = {row[13] for row in rows_of_csv(filled.bytes_of("hoja.csv").get_data())[1:-1]}
    assert notes == {"'@SUM(A1)"}
    assert as_csv is exports.as_csv


def test_file_names_speak(portal: Any) -> None:
    sheet = opened_by(portal)
    with portal.session() as session, transaction(session):
        session.merge(sheet.customer.way.point).name = "EDS Ñandú & Cía. «La 4.ª»"
    for kind in ("csv", "xlsx"):
        answer = sheet.bytes_of(f"hoja.{kind}", "?mes=11&anio=2026")
        assert (
            answer.headers["Content-Disposition"] == f"attachment; filename=balance-eds-nandu-cia-la-4-a-2026-11.{kind}"
        )
        assert answer.headers["Cache-Control"] == "no-store"
    assert file_name.__doc__


def test_the_page_leads_to_the_files_of_its_month(portal: Any) -> None:
    sheet = opened_by(portal, starts_on=day("2026-10-01"))
    page = sheet.open("?mes=10&anio=2026")
    links = [str(link["href"]) for link in page.select(".files a")]
    assert links == [f"{sheet.url}/hoja.{kind}?mes=10&anio=2026" for kind in ("csv", "xlsx")]
    assert page.click("Descargar CSV").headers["Content-Disposition"].endswith("2026-10.csv")
    assert page.click("Nominar para este punto").url.startswith(f"/nominacion/{sheet.customer.modality}/nueva")
    assert page.click("Ver otro punto").url == f"/cuentas-de-balance/{sheet.customer.modality}"
