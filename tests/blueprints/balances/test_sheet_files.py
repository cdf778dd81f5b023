"""The sheet as files: the page's figures, in a form that spreadsheets read right."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from portal.domain.gas_day import BOGOTA
from portal.domain.quantities import Unit
from portal.models import Holiday
from portal.services.files.cells import disarm
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.services.ledger_rows import counted, day

from .conftest import Sheet, opened_by
from .test_sheet_page import FIELDS, values

# The columns of the files that stand in the page too, by the names of the page.
COLUMNS = dict(zip(FIELDS, (2, 3, 4, 6, 7, 9, 10), strict=True))
SECOND = dict(zip(FIELDS[:-1], (14, 15, 16, 17, 18, 20), strict=True))
BOOK_COLUMNS = dict(zip(FIELDS, (1, 2, 3, 5, 6, 8, 9), strict=True))
OTHER = {Unit.M3: Unit.MBTU, Unit.MBTU: Unit.M3}
WORDS = {Unit.M3: "m³", Unit.MBTU: "MBTU"}


@pytest.fixture(params=[Unit.M3, Unit.MBTU])
def filled(request: pytest.FixtureRequest, portal: Any, example: dict[str, tuple[str | None, str | None]]) -> Sheet:
    with portal.session() as session, transaction(session):
        session.merge(Holiday(day=date(2026, 11, 6), name="=HYPERLINK(1)"))
    sheet = opened_by(portal, unit=request.param, maximum_micro=20_000 * 10**6)
    with portal.session() as session, transaction(session):
        factories.adjustment(session, sheet.customer.way.point, day("2026-11-05"), "12.5", note='=1+1; "acta"\n12')
    sheet.fill(example)
    return sheet


def rows_of_csv(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig")), delimiter=";"))


def days_of_csv(body: bytes) -> list[list[str]]:
    """The rows of the days, without head and sums."""
    return [row for row in rows_of_csv(body) if re.fullmatch(r"\d{4}-\d\d-\d\d", row[0])]


def sums_of_csv(body: bytes) -> dict[str, list[str]]:
    """The rows under the days by what they are over: the measured days, and those without a reading."""
    rows = rows_of_csv(body)
    ends = rows[1 + len(days_of_csv(body)) :]
    return {"pending" if row[0].endswith("por medir") else "total": row for row in ends}


def book_of(answer: Any) -> Any:
    return openpyxl.load_workbook(io.BytesIO(answer.get_data()))


def days_of(table: Worksheet) -> list[Any]:
    return [row for row in table.iter_rows(min_row=5) if isinstance(row[0].value, datetime)]


def test_the_csv_says_what_the_page_says_in_both_units(filled: Sheet) -> None:
    answer = filled.bytes_of("hoja.csv", "?mes=11&anio=2026")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.get_data().startswith(b"\xef\xbb\xbf")
    assert answer.get_data().count(b"\r\n") == answer.get_data().count(b"\n") - 1  # one in the note of an adjustment
    head, rows, sums = rows_of_csv(answer.get_data())[0], days_of_csv(answer.get_data()), sums_of_csv(answer.get_data())
    totals = sums["total"]
    assert {len(row) for row in (head, *rows, *sums.values())} == {23}
    own = filled.customer.way.point.unit
    for unit, columns in ((own, COLUMNS), (OTHER[own], SECOND)):
        page = filled.open(f"?unidad={unit.value}")
        assert head[columns["consumed"]] == f"Consumo ({WORDS[unit]})"
        assert [row[0] for row in rows] == [str(row["data-gas-day"]) for row in page.select("tr[data-gas-day]")]
        for row in rows:
            shown = dict(zip(FIELDS, values(page, row[0]), strict=True))
            assert {name: row[columns[name]] for name in columns} == {
                name: shown[name].replace(".", ",") for name in columns
            }
        shown_totals = [str(cell["data-total"]) for cell in page.select("td[data-total]")]
        placed = [columns[name] for name in FIELDS[:-1]]
        assert [totals[column].replace(",", ".") for column in placed] == shown_totals
        pending = [str(cell["data-pending"]) for cell in page.select("td[data-pending]")]
        assert [sums["pending"][column].replace(",", ".") for column in placed[:2]] == pending


def test_the_csv_adds_up_to_the_last_digit(filled: Sheet) -> None:
    body = filled.bytes_of("hoja.csv", "?mes=11&anio=2026").get_data()
    rows, sums = days_of_csv(body), sums_of_csv(body)
    totals = sums["total"]
    for column in (2, 4, 6, 8, 14, 16, 17, 19):
        # Of days without a reading no sum counts what was asked for them.
        taken = column + (2 if column in (2, 14) else 0)
        counted_days = [row for row in rows if row[taken] or column in (8, 19)]
        figures = [Decimal(row[column].replace(",", ".")) for row in counted_days if row[column]]
        assert sum(figures) == Decimal(totals[column].replace(",", "."))
    assert sums["pending"][0] == f"{sum(not row[4] for row in rows)} días por medir"
    assert Decimal(sums["pending"][2].replace(",", ".")) == sum(
        Decimal(row[2].replace(",", ".")) for row in rows if row[2] and not row[4]
    )
    for imbalance, adjustment, total in ((6, 8, 9), (17, 19, 20)):
        moved = Decimal(totals[imbalance].replace(",", ".")) + Decimal(totals[adjustment].replace(",", "."))
        assert moved == Decimal(totals[total].replace(",", "."))


def test_a_day_that_is_not_measured_yet_has_no_complete_total(portal: RunningPortal) -> None:
    sheet = opened_by(portal, starts_on=day("2026-11-20"))
    sheet.fill({f"2026-11-{each}": ("100", "90") for each in (20, 21, 22)})
    answer = sheet.bytes_of("hoja.csv", "?mes=11&anio=2026").get_data()
    rows = rows_of_csv(answer)
    # Today, the 23rd, is listed and not measured.
    assert [(row[0], row[12]) for row in rows[1:]] == [
        *[(f"2026-11-{each}", "sí") for each in (20, 21, 22)],
        ("2026-11-23", "no"),
        ("Total de 3 días con medición", "no"),
        ("1 día por medir", ""),
    ]
    table = book_of(sheet.bytes_of("hoja.xlsx", "?mes=11&anio=2026")).worksheets[0]
    assert [row[11].value for row in days_of(table)] == ["sí", "sí", "sí", "no"]


def test_the_balance_before_a_month_to_come_is_not_complete_yet(portal: RunningPortal) -> None:
    portal.clock.now = datetime(2026, 11, 30, 9, tzinfo=BOGOTA)
    sheet = opened_by(portal, starts_on=day("2026-11-29"))
    sheet.fill({"2026-11-29": ("100", "90")})
    sheet.customer.nominate("100", "2026-12-01")
    query = "?mes=12&anio=2026"
    rows = rows_of_csv(sheet.bytes_of("hoja.csv", query).get_data())
    assert (rows[1][0], rows[1][9], rows[1][12]) == ("2026-12-01", "10", "no")
    table = book_of(sheet.bytes_of("hoja.xlsx", query)).worksheets[0]
    opening = next(row for row in table.iter_rows(values_only=True) if row[0] == "Saldo anterior")
    assert (opening[8], opening[11]) == (10, "no")


def test_the_workbook_holds_the_pages_figures_as_numbers_and_dates(filled: Sheet) -> None:
    book = book_of(filled.bytes_of("hoja.xlsx", "?mes=11&anio=2026"))
    own = filled.customer.way.point.unit
    assert book.sheetnames == [f"Días {WORDS[own]}", f"Días {WORDS[OTHER[own]]}"]
    for unit in Unit:
        table, page = book[f"Días {WORDS[unit]}"], filled.open(f"?unidad={unit.value}")
        days = days_of(table)
        assert len(days) == 23
        for row in days:
            gas_day = row[0].value.date().isoformat()
            for field, shown in zip(FIELDS, values(page, gas_day), strict=True):
                cell = row[BOOK_COLUMNS[field]]
                assert cell.data_type == "n"
                exact = "" if cell.value is None else Decimal(repr(cell.value)).normalize()
                assert exact == ("" if not shown else Decimal(shown).normalize())
        assert days[0][0].number_format == "[$-240A]ddd d mmm yyyy"
        amount = "#,##0" if unit is Unit.M3 else "#,##0.00"
        assert days[0][1].number_format == amount
        # The side is said in words also where the cell holds a number alone.
        assert days[0][5].number_format == f'{amount}" a favor";-{amount}" en contra";{amount}'


def test_the_workbook_is_ready_for_paper(filled: Sheet) -> None:
    book = book_of(filled.bytes_of("hoja.xlsx"))
    for table in book:
        assert table.freeze_panes == "B5"
        assert table.print_title_rows == "$4:$4"
        setup = table.page_setup
        # One page wide is what is meant when nothing is said.
        assert (setup.orientation, setup.paperSize, setup.fitToWidth or 1, setup.fitToHeight) == ("landscape", 1, 1, 0)
        assert table.sheet_properties.pageSetUpPr.fitToPage
        assert "Página &P de &N" in table.oddFooter.right.text.replace("&[Page]", "&P").replace("&[Pages]", "&N")
        assert table["A1"].value == f"Cuenta de balance de {filled.customer.way.point.name}, noviembre de 2026"
        assert table.column_dimensions["A"].width > 15
        first = list(table.iter_rows(values_only=True))[4]
        assert (first[0], first[8], first[11]) == ("Saldo anterior", 0, "sí")
        assert table.auto_filter.ref == "A4:N28"
        assert table["L4"].value == "¿Completo?"
        assert {row[11].value for row in days_of(table)} == {"sí", "no"}
        last = [row for row in table.iter_rows(values_only=True) if row[0] == "Total de 4 días con medición"]
        ends = [row for row in table.iter_rows(values_only=True) if str(row[0]).startswith("Saldo con")]
        assert [row[0] for row in ends] == ["Saldo con mediciones hasta el 4 de noviembre de 2026"]
        assert last[0][8] is None
        consumed = sum(row[3].value for row in days_of(table) if row[3].value is not None)
        assert last[0][3] == pytest.approx(consumed, abs=1e-6)


def test_text_never_becomes_a_formula(filled: Sheet) -> None:
    notes = [row[13] for row in rows_of_csv(filled.bytes_of("hoja.csv").get_data())]
    assert "Festivo: =HYPERLINK(1); Sin nominación; Sin medición" in notes
    assert [note for note in notes if '=1+1; "acta"\n12' in note]
    assert not [note for note in notes if note.startswith(("=", "+", "-", "@"))]
    with zipfile.ZipFile(io.BytesIO(filled.bytes_of("hoja.xlsx").get_data())) as archive:
        for name in archive.namelist():
            assert b"<f>" not in archive.read(name)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_cell_of_text_that_begins_like_a_formula_is_disarmed(text: str) -> None:
    assert disarm(text) == f"'{text}"
    assert disarm(f"Acta {text}") == f"Acta {text}"


def test_what_people_wrote_is_disarmed_wherever_it_leads_a_cell(monkeypatch: pytest.MonkeyPatch, filled: Sheet) -> None:
    from portal.blueprints.balances.files import columns

    monkeypatch.setattr(columns, "notes_of", lambda _day, _unit, says_side: "@SUM(A1)")
    assert {row[13] for row in days_of_csv(filled.bytes_of("hoja.csv").get_data())} == {"'@SUM(A1)"}


def test_file_names_speak(portal: Any) -> None:
    sheet = opened_by(portal)
    with portal.session() as session, transaction(session):
        session.merge(sheet.customer.way.point).name = "EDS Ñandú & Cía. «La 4.ª»"
    named = {
        "hoja.csv?mes=11&anio=2026": "balance-eds-nandu-cia-la-4-a-2026-11.csv",
        "hoja.xlsx?mes=11&anio=2026": "balance-eds-nandu-cia-la-4-a-2026-11.xlsx",
        "estado.pdf?mes=11&anio=2026": "estado-eds-nandu-cia-la-4-a-2026-11.pdf",
        "anio.csv?anio=2026": "balance-eds-nandu-cia-la-4-a-2026.csv",
        "anio.xlsx?anio=2026&tipo=gas": "balance-eds-nandu-cia-la-4-a-ano-de-gas-2026.xlsx",
        "historia.csv": "balance-eds-nandu-cia-la-4-a-historia.csv",
    }
    for path, name in named.items():
        answer = sheet.bytes_of(path)
        assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
        assert answer.headers["Cache-Control"] == "no-store"


def test_the_page_leads_to_the_files_of_its_month_its_years_and_the_history(portal: Any) -> None:
    sheet = opened_by(portal, starts_on=day("2025-12-01"))
    page = sheet.open("?mes=12&anio=2025")
    links = [str(link["href"]).removeprefix(sheet.url) for link in page.select(".files dl a")]
    assert links == [
        "/estado.pdf?mes=12&anio=2025",
        *[f"/hoja.{kind}?mes=12&anio=2025" for kind in ("xlsx", "csv")],
        *[f"/anio.{kind}?anio=2025&tipo=calendario" for kind in ("xlsx", "csv")],
        *[f"/anio.{kind}?anio=2026&tipo=gas" for kind in ("xlsx", "csv")],
        "/historia.xlsx",
        "/historia.csv",
    ]
    assert page.click("Descargar CSV").headers["Content-Disposition"].endswith("2025-12.csv")
    assert page.click("Estado de cuenta en PDF").body.startswith(b"%PDF-")
    for link in links:
        assert sheet.bytes_of(link.removeprefix("/")).status_code == 200
    year = sheet.open("/anio?anio=2026&tipo=gas&unidad=MBTU")
    named = [link.get_text() for link in year.select(".files a")]
    assert named[0] == "Excel del año de gas 2025–2026"
    assert page.click("Nominar para este punto").url.startswith(f"/nominacion/{sheet.customer.modality}/nueva")
    assert page.click("Ver otro punto").url == f"/cuentas-de-balance/{sheet.customer.modality}"


@pytest.mark.parametrize(
    ("path", "asked"),
    [("hoja.csv", 4), ("hoja.xlsx", 4), ("anio.csv?anio=2026", 4), ("historia.xlsx", 4), ("estado.pdf", 6)],
)
def test_a_file_asks_few_questions_however_long_it_is(portal: Any, path: str, asked: int) -> None:
    sheet = opened_by(portal, starts_on=day("2014-12-01"))
    sheet.bytes_of(path)
    with counted(portal.app.extensions["portal.engine"]) as seen:
        assert sheet.bytes_of(path).status_code == 200
    questions = [text for text in seen if text.startswith("SELECT")]
    # Besides: who is signed in, and whose point it is.
    assert len(questions) == asked + 2, questions
    assert not [text for text in seen if not text.startswith(("SELECT", "BEGIN"))]
