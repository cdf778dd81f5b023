"""A year and the whole history in one file: the months in a row, nothing between them, sent in pieces."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from portal.services.store.transactions import transaction
from tests import factories
from tests.services.ledger_rows import day

from .conftest import Sheet, after, opened_by
from .test_sheet_files import COLUMNS, SECOND, book_of, days_of, days_of_csv, rows_of_csv, sums_of_csv

FIRST = "2025-11-29"


@pytest.fixture
def lived(portal: Any) -> Sheet:
    """A point since 29 November 2025: four days around the turn of the gas year, four around that of the year."""
    sheet = opened_by(portal, starts_on=day(FIRST))
    turns = (FIRST, "2025-12-30")
    days = {after(turn, each): (f"{5000 + each}", f"{4900 + 10 * each}") for turn in turns for each in range(4)}
    with portal.session() as session, transaction(session):
        for each, amount in (("2025-11-30", "40"), ("2025-12-31", "-250")):
            factories.adjustment(session, sheet.customer.way.point, day(each), amount)
    sheet.fill(days)
    return sheet


def exact(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


@pytest.mark.parametrize(
    ("path", "first", "last"),
    [
        ("anio.csv?anio=2025", FIRST, "2025-12-31"),
        ("anio.csv?anio=2025&tipo=gas", FIRST, "2025-11-30"),
        ("anio.csv?anio=2026&tipo=gas", "2025-12-01", "2026-11-23"),
        ("anio.csv?anio=2026&tipo=calendario", "2026-01-01", "2026-11-23"),
        ("historia.csv", FIRST, "2026-11-23"),
    ],
)
def test_every_day_stands_once(lived: Sheet, path: str, first: str, last: str) -> None:
    body = lived.bytes_of(path).get_data()
    days = [row[0] for row in days_of_csv(body)]
    assert (days[0], days[-1]) == (first, last)
    assert all(after(one, 1) == other for one, other in pairwise(days))
    # Both days of November 2025 are measured.
    whole = path == "anio.csv?anio=2025&tipo=gas"
    assert sums_of_csv(body)["total"][0].startswith("Total del mes" if whole else "Total de ")


def test_the_account_goes_on_from_month_to_month(lived: Sheet) -> None:
    body = lived.bytes_of("historia.csv").get_data()
    days, ends = days_of_csv(body), sums_of_csv(body)["total"]
    for columns, moved in ((COLUMNS, 8), (SECOND, 19)):
        total, previous = columns["total_to_date"], Decimal(0)
        for row in days:
            previous += exact(row[columns["imbalance"]] or "0") + exact(row[moved])
            assert exact(row[total]) == previous, row[0]
        assert exact(ends[total]) == previous
        assert exact(ends[moved]) == sum(exact(row[moved]) for row in days)
        # Of several months there is no sum "of the month".
        assert ends[columns["month_to_date"]] == ""


def test_each_month_of_a_year_reads_as_its_own_file(lived: Sheet) -> None:
    whole = days_of_csv(lived.bytes_of("historia.csv").get_data())
    apart = []
    for month in ("11&anio=2025", "12&anio=2025", "1&anio=2026", "2&anio=2026"):
        apart += days_of_csv(lived.bytes_of("hoja.csv", f"?mes={month}").get_data())
    assert whole[: len(apart)] == apart


def test_the_workbook_of_a_year_begins_with_its_months(lived: Sheet) -> None:
    book = book_of(lived.bytes_of("anio.xlsx?anio=2026&tipo=gas"))
    assert book.sheetnames == ["Meses", "Días m³", "Días MBTU"]
    months = list(book["Meses"].iter_rows(min_row=5, values_only=True))
    assert [row[0] for row in months[:2]] == ["diciembre 2025", "enero 2026"]
    assert len(months) == 13
    assert months[-1][0] == "Total de 6 días con medición"
    consumed = [row[3].value for row in days_of(book["Días m³"]) if row[3].value is not None]
    assert sum(consumed) == months[-1][3] == sum(row[3] for row in months[:-1])
    assert (months[0][13], months[0][14]) == (4, 27)
    assert (months[-1][13], months[-1][14]) == (6, 351)
    # What passed without a reading is a gap; today and the days to come are to be measured too.
    assert [row[18] - row[14] for row in months] == [*[0] * 11, 1, 1]
    assert book["Meses"]["S4"].value == "Días por medir"
    assert {row[16] for row in months} == {"no"}
    assert "Saldo anterior: 231 m³ a favor y 9,22 MBTU a favor." in book["Meses"]["A2"].value


def test_a_year_in_the_other_unit_begins_with_it(lived: Sheet) -> None:
    head = rows_of_csv(lived.bytes_of("anio.csv?anio=2026&unidad=MBTU").get_data())[0]
    assert (head[2], head[14]) == ("Nominación (MBTU)", "Nominación (m³)")
    assert book_of(lived.bytes_of("anio.xlsx?anio=2026&unidad=MBTU")).sheetnames[1] == "Días MBTU"


def test_a_history_is_sent_in_pieces(portal: Any) -> None:
    sheet = opened_by(portal, starts_on=day("2014-12-01"))
    for name in ("historia.csv", "historia.xlsx"):
        answer = sheet.bytes_of(name)
        assert answer.is_streamed
        assert len([*answer.iter_encoded()]) > 1
    assert sheet.customer.browser.client.head(f"{sheet.url}/historia.xlsx").status_code == 200


@pytest.mark.parametrize(
    "path", ["anio.csv?anio=2013", "anio.xlsx?anio=x", "anio.csv?tipo=lunar", "historia.csv?unidad=gal"]
)
def test_what_is_not_there_is_refused_in_words(lived: Sheet, path: str) -> None:
    page = lived.open(f"/{path}")
    assert page.status == 422
    assert "elija" in page.text


def test_a_point_that_begins_tomorrow_has_empty_files(portal: Any) -> None:
    sheet = opened_by(portal, starts_on=day("2026-11-24"))
    for path in ("hoja.csv", "historia.csv", "anio.csv?anio=2026"):
        rows = rows_of_csv(sheet.bytes_of(path).get_data())
        assert [len(row) for row in rows] == [23, 23]
    assert len(days_of(book_of(sheet.bytes_of("historia.xlsx"))["Días m³"])) == 0
    assert sheet.bytes_of("estado.pdf").get_data().startswith(b"%PDF-")
