"""Published heating values: the exit points, a month with its gaps, the CSV, and the converter."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal.domain.gas_day import Month
from portal.domain.quantities import HeatingValue
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.factories import TODAY

PAGE = "/poder-calorifico"
MONTH = Month.of(TODAY)


@pytest.fixture
def gate(portal: RunningPortal) -> str:
    """An exit point with values from ten days ago on, one of them missing and one corrected."""
    with portal.session() as session, transaction(session):
        gate = factories.exit_point(session, code="PE-0042", name="Catama")
        for ago in range(10, 0, -1):
            if ago != 4:
                factories.heating_value(session, gate.id, TODAY.plus(-ago), HeatingValue.of(f"{1120 + ago}.5"))
        factories.heating_value(session, gate.id, TODAY.plus(-2), HeatingValue.of("1130"), version=2)
        factories.exit_point(session, code="PE-0043", name="Ocoa")
    return "PE-0042"


def ask(portal: RunningPortal, **fields: str):
    form = portal.browser().open(PAGE).form(PAGE)
    return form.fill(**{"salida": "PE-0042", "fecha": f"{TODAY.plus(-2).date:%d/%m/%Y}", **fields}).submit("Convertir")


def test_each_exit_point_shows_its_newest_value(portal: RunningPortal, gate: str):
    page = portal.browser().open(PAGE)
    assert page.value(f"[data-gate={gate}] [data-field=newest]") == "1121.500"
    assert "Sin valores todavía" in page.one("[data-gate=PE-0043]").get_text()


def test_a_month_shows_each_day_its_gap_and_what_was_corrected(portal: RunningPortal, gate: str):
    page = portal.browser().open(PAGE).click(f"[data-gate={gate}] a")
    rows = {str(row["data-gas-day"]): row.get_text() for row in page.select("#dias tbody tr")}
    assert list(rows) == [TODAY.plus(-ago).isoformat() for ago in range(10, 0, -1)]
    assert "falta" in rows[TODAY.plus(-4).isoformat()]
    assert "1.130" in rows[TODAY.plus(-2).isoformat()]
    assert "corregido" in rows[TODAY.plus(-2).isoformat()]
    assert "9 días con valor; 1 día por publicar" in page.text
    assert len(page.select(".line-chart polyline")) == 2, "the line is broken where a day is missing"
    assert len(page.select(".line-chart circle")) == 9


def test_another_month_is_chosen_and_one_without_values_says_so(portal: RunningPortal, gate: str):
    before = MONTH.previous
    page = portal.browser().open(f"{PAGE}/{gate}?mes={before.number}&anio={before.year}")
    assert "Ese mes no tiene valores: los de este punto van del" in page.text
    assert page.status == 200


@pytest.mark.parametrize("query", ["mes=13&anio=2026", "mes=x&anio=2026", "mes=1&anio=99999", "mes=5", "mes=&anio="])
def test_a_month_that_is_none_is_said_and_that_of_the_newest_value_shown(portal: RunningPortal, gate: str, query: str):
    page = portal.browser().open(f"{PAGE}/{gate}?{query}")
    is_asked = query != "mes=&anio="
    assert page.status == (404 if is_asked else 200)
    assert ("No hay un mes «" in page.text) is is_asked
    assert len(page.select("#dias tbody tr")) == 10


def test_an_unknown_exit_point_names_those_there_are(portal: RunningPortal, gate: str):
    for address in (f"{PAGE}/PE-9999", f"{PAGE}/PE-9999.csv"):
        page = portal.browser().open(address)
        assert page.status == 404
        assert "PE-9999" in page.text
        assert [tag["href"] for tag in page.select("main li a")] == [f"{PAGE}/PE-0042", f"{PAGE}/PE-0043"]


def test_the_csv_has_every_value_once_and_a_validator(portal: RunningPortal, gate: str):
    client = portal.app.test_client()
    answer = client.get(f"{PAGE}/{gate}.csv")
    lines = answer.data.decode("utf-8-sig").splitlines()
    assert lines[0] == "punto_de_salida;dia_de_gas;poder_calorifico_btu_ft3;version"
    assert len(lines) == 10
    assert f"PE-0042;{TODAY.plus(-2).isoformat()};1130,000;2" in lines
    again = client.get(f"{PAGE}/{gate}.csv", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_the_converter_says_the_three_units_the_value_and_the_formula(portal: RunningPortal, gate: str):
    page = ask(portal, cantidad="12.500", unidad="m3")
    assert Decimal(page.value("[data-field=mbtu]")) == Decimal("498.819667")
    assert Decimal(page.value("[data-field=kpc]")) == Decimal("441.433334")
    assert page.one("#formula").get_text() == "12.500 m³ × 35,3146667214886 × 1.130 / 1.000.000 = 498,819667 MBTU"
    assert "del sábado 21 de noviembre de 2026" in page.text
    assert portal.browser().open(page.url).value("[data-field=mbtu]") == page.value("[data-field=mbtu]")


def test_the_converter_goes_back_and_takes_thousands_of_cubic_feet(portal: RunningPortal, gate: str):
    page = ask(portal, cantidad="1", unidad="mbtu")
    assert Decimal(page.value("[data-field=m3]")) == Decimal("25.059156")
    page = ask(portal, cantidad="1", unidad="kpc")
    assert Decimal(page.value("[data-field=m3]")) == Decimal("28.316847")
    assert Decimal(page.value("[data-field=kpc]")) == 1


def test_a_day_without_a_value_takes_the_last_one_and_says_so(portal: RunningPortal, gate: str):
    page = ask(portal, cantidad="1000", unidad="m3", fecha=f"{TODAY.plus(-4).date:%d/%m/%Y}")
    assert "el último conocido antes de ese día (provisional)" in page.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"cantidad": "-1"}, "«-1» es menos que cero"),
        ({"cantidad": "5 m3"}, "Escriba «5 m3» sin la unidad"),
        ({"cantidad": "1e9"}, "«1e9» no es una cantidad"),
        ({"cantidad": ""}, "Escriba la cantidad"),
        ({"cantidad": "1", "fecha": "ayer"}, "«ayer» no es un día"),
        (
            {"cantidad": "1", "fecha": "30/11/2014"},
            "El portal tiene datos desde el lunes 1 de diciembre de 2014, hasta hoy",
        ),
        ({"cantidad": "1", "fecha": "31/12/2099"}, "todavía no llega"),
        ({"cantidad": "1", "fecha": "01/01/2015"}, "todavía no tiene poder calorífico hasta ese día"),
    ],
)
def test_what_cannot_be_converted_is_said_and_kept(portal: RunningPortal, gate: str, fields: dict, words: str):
    page = ask(portal, **fields)
    assert page.status == 422
    assert words in page.text
    assert page.one("[name=cantidad]").get("value", "") == fields["cantidad"]


def test_without_any_exit_point_the_page_says_so(portal: RunningPortal):
    assert "Los puntos de salida están por registrarse" in portal.browser().open(PAGE).text
