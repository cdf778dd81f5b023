"""The sheet in the unit that is not the point's own: every figure, every way on, and the factor of each day."""

from __future__ import annotations

import pytest

from portal.domain.quantities import Unit
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.services.ledger_rows import day

from .conftest import HHV, Sheet, opened_by
from .test_sheet_files import COLUMNS, rows_of_csv
from .test_sheet_page import FIELDS, values, words

Example = dict[str, tuple[str | None, str | None]]


@pytest.fixture
def measured(portal: RunningPortal, example: Example) -> Sheet:
    """The worked example from October on; a heating value of their own have the days from 1 November to the 3rd."""
    sheet = opened_by(portal, starts_on=day("2026-10-31"))
    with portal.session() as session, transaction(session):
        for number in (1, 2, 3):
            factories.heating_value(session, sheet.customer.way.point.exit_point_id, day(f"2026-11-0{number}"), HHV)
    sheet.fill({"2026-10-31": ("100", "100")} | example)
    return sheet


def test_the_worked_example_stands_in_the_table_in_mbtu(measured: Sheet) -> None:
    page = measured.open("?unidad=MBTU")
    assert [value[:8] for value in values(page, "2026-11-01")[2:4]] == ["212.2976", "-12.7697"]
    assert words(page, "2026-11-01", "imbalance") == "12,77 en contra"
    assert words(page, "2026-11-02", "imbalance") == "3,99 a favor"
    assert words(page, "2026-11-04", "imbalance") == "2,00 en contra"
    assert "cantidades en MBTU" in page.one("caption").get_text()
    assert {unit.get_text() for unit in page.select(".figure-unit")} == {"MBTU"}
    assert "MBTU por día" in page.one(".chart-axis").get_text()
    assert [cell["data-total"] for cell in page.select("tfoot td[data-total]")][2].startswith("409.83")


def test_each_converted_day_names_its_heating_value(measured: Sheet) -> None:
    page = measured.open("?unidad=MBTU")
    assert page.value('tr[data-gas-day="2026-11-01"] td[data-field=heating_value]') == "1130"
    assert words(page, "2026-11-01", "heating_value") == "1.130"
    assert words(page, "2026-11-04", "heating_value") == "1.130 provisional"
    assert words(page, "2026-11-04", "consumed") == "50".replace("50", "2,00") + " C PC"
    assert measured.open().select("td[data-field=heating_value]") == []


def test_every_way_on_keeps_the_unit(measured: Sheet) -> None:
    page = measured.open("?mes=11&anio=2026&unidad=MBTU")
    # The statement is in both units, so it needs none named.
    for link in page.select(".looks a.arrow, .files dl a:not([href*='estado.pdf']), nav[aria-label=Período] a"):
        assert "unidad=MBTU" in str(link["href"])
    figures = page.select("#hoja-de-balance td[data-field] > a")
    assert {("unidad=MBTU" in str(link["href"])) for link in figures} == {True}
    before = page.click("← Mes anterior")
    assert "cantidades en MBTU" in before.one("caption").get_text()
    asked = page.form(measured.url).fill(mes="10", anio="2026").submit("Ver")
    assert asked.url == f"{measured.url}?unidad=MBTU&mes=10&anio=2026"
    back = page.click("m³")
    assert back.url == f"{measured.url}?mes=11&anio=2026"
    assert back.one("nav[aria-label=Unidad] [aria-current]").get_text() == "m³"


def test_the_files_are_in_the_unit_that_is_shown(measured: Sheet) -> None:
    query = "?mes=11&anio=2026&unidad=MBTU"
    page, body = measured.open(query), measured.bytes_of("hoja.csv", query).get_data()
    head, first, *_ = rows_of_csv(body)
    assert head[4] == "Consumo (MBTU)"
    assert [first[COLUMNS[field]] for field in FIELDS] == [
        value.replace(".", ",") for value in values(page, "2026-11-01")
    ]
    assert measured.bytes_of("hoja.xlsx", query).status_code == 200


@pytest.mark.parametrize("query", ["?unidad=m3", "?unidad=", "?unidad=M3", "?unidad=mbtu"])
def test_a_unit_is_taken_however_it_is_capitalised(measured: Sheet, query: str) -> None:
    assert measured.open(query).status == 200


@pytest.mark.parametrize("query", ["?unidad=gal", "?unidad=m3%20", "?mes=11&anio=2026&unidad=MBTU%3B"])
def test_another_unit_is_refused_in_words(measured: Sheet, query: str) -> None:
    page = measured.open(query)
    assert page.status == 422
    assert "Esa unidad no existe: elija m³ o MBTU." in page.text
    for name in ("hoja.csv", "hoja.xlsx"):
        assert measured.bytes_of(name, query).status_code == 422


def test_a_day_at_the_edge_of_its_tolerance_is_within_in_both_units(portal: RunningPortal) -> None:
    sheet = opened_by(portal)
    # Of 5,000 m³ exactly 5 % more; in MBTU the rounding of both makes it a hair more than 5 %.
    edge = {f"2026-11-{number:02}": (f"{5000 + number * 20}", f"{5250 + number * 21}") for number in range(1, 21)}
    sheet.fill(edge)
    for unit in Unit:
        page = sheet.open(f"?unidad={unit.value}")
        assert {words(page, each, "variation") for each in edge} == {"dentro: 5,00 %"}
