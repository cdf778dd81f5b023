"""Tariffs for everybody: a month, a market with its formulas, files with validators, and the calculator."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from portal.services.market.tariffs import FOLDER
from tests.application import RunningPortal
from tests.tariffs import MAY_2024

CALCULATOR = "/tarifas/calculadora"


def ask(portal: RunningPortal, mercado: str = "villavicencio", uso: str = "estrato-3", m3: str = "30", **more: str):
    """Fill in the form of the calculator as a person does."""
    form = portal.browser().open(CALCULATOR).form(CALCULATOR)
    return form.fill(mercado=mercado, uso=uso, m3=m3, **more).submit("Calcular")


def test_the_month_shows_every_market_and_range_and_the_charges(portal: RunningPortal):
    page = portal.browser().open("/tarifas")
    assert page.value("[data-field=vehicular_distribution]") == "473.65"
    assert len(page.select("#tarifas .tariff-card")) == 16
    assert len(page.select("#tarifas tbody tr")) == 57
    last = [cell.get_text(strip=True) for cell in page.select("#tarifas tbody")[0].find_all("tr")[-1].children]
    assert [text for text in last if text] == ["60.001 o más", "1.747,86", "404,97"]
    assert page.value("[data-field=conexion]") == "818941.00"
    assert "20 % en los estratos 5 y 6, 8,9 % en comercio e industria" in page.text


def test_the_newest_month_is_the_page_of_its_month(portal: RunningPortal):
    browser = portal.browser()
    assert browser.open("/tarifas").one("main").get_text() == browser.open("/tarifas/2024-05").one("main").get_text()


def test_a_market_shows_each_variable_charge_in_its_formula(portal: RunningPortal):
    page = portal.browser().open("/tarifas").click("a[href$='/villavicencio']")
    formula = page.one("[data-formula='0']").get_text(strip=True)
    assert formula == "(1.102,52 + 249,10)/(1 + 0,0065) + 509,32 = 1.852,21"
    assert page.select("#rangos [data-field=variable]")[0]["data-value"] == "1852.21"
    assert "Restrepo" in page.text


@pytest.mark.parametrize("market", MAY_2024.markets, ids=lambda each: each.slug)
def test_every_market_has_a_page_with_all_its_figures(portal: RunningPortal, market):
    page = portal.browser().open(f"/tarifas/2024-05/{market.slug}")
    assert [Decimal(str(tag["data-value"])) for tag in page.select("#rangos [data-field=variable]")] == [
        band.variable for band in market.ranges
    ]
    for tag, band in zip(page.select("[data-formula]"), market.ranges, strict=True):
        result = tag.get_text().split(" = ")[1].split(" ")[0].replace(".", "").replace(",", ".")
        assert abs(Decimal(result) - band.variable) <= Decimal("0.02")
    assert len(page.select("#estratos tbody tr")) == 4


def test_a_market_that_gets_its_gas_by_road_says_how_its_transport_adds_up(portal: RunningPortal):
    page = portal.browser().open("/tarifas/2024-05/cabuyaro")
    said = "249,10 por tubería hasta Villavicencio + 259,85 de compresión + 175,69 de almacenamiento + 836,18"
    assert said in page.text
    assert "por carretera" not in portal.browser().open("/tarifas/2024-05/acacias").text


def test_a_town_leads_to_its_market(portal: RunningPortal):
    assert "Puerto López y Fuente de Oro: tarifas" in portal.browser().open("/tarifas/2024-05/fuente-de-oro").text


@pytest.mark.parametrize("month", ["2023-01", "2024-13", "mayo", "2024-5"])
def test_an_unknown_month_names_those_there_are(portal: RunningPortal, month: str):
    page = portal.browser().open(f"/tarifas/{month}")
    assert page.status == 404
    assert month in page.text
    assert [tag["href"] for tag in page.select("main li a")] == ["/tarifas/2024-05"]
    assert portal.browser().open(f"/tarifas/{month}/granada").status == 404


def test_an_unknown_market_names_those_there_are(portal: RunningPortal):
    page = portal.browser().open("/tarifas/2024-05/bogota")
    assert page.status == 404
    assert "bogota" in page.text
    assert len(page.select("main li a")) == 16


def test_the_month_as_json_is_what_the_contract_promises(portal: RunningPortal):
    answer = portal.app.test_client().get("/tarifas/2024-05.json")
    found = json.loads(answer.data)
    assert (found["month"], found["gm"], len(found["markets"])) == ("2024-05", "1102.52", 16)
    villavicencio = found["markets"][0]
    assert villavicencio["name"] == "Villavicencio"
    assert "Restrepo" in villavicencio["towns"]
    assert (villavicencio["tm"], villavicencio["tvm"], villavicencio["cm"]) == ("249.10", None, "2733.49")
    assert (villavicencio["p"], villavicencio["fixed"]) == ("-0.0065", "2733.49")
    assert villavicencio["ranges"][-1] | {"dm_pleno": 0} == {
        "from": 60001,
        "to": None,
        "variable": "1747.86",
        "dm": "404.97",
        "dm_pleno": 0,
        "dm_subsidiado": None,
    }
    assert found["charges"]["trm"] == "3873.44"


def test_the_month_as_csv_is_the_published_file(portal: RunningPortal):
    answer = portal.app.test_client().get("/tarifas/2024-05.csv")
    lines = answer.data.decode("utf-8-sig").splitlines()
    assert lines == (FOLDER / "2024-05.csv").read_text(encoding="utf-8").splitlines()
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("address", ["/tarifas/2024-05.json", "/tarifas/2024-05.csv"])
def test_who_has_the_file_already_is_told_so(portal: RunningPortal, address: str):
    client = portal.app.test_client()
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("address", ["/tarifas/2023-01.json", "/tarifas/2023-01.csv", "/tarifas/x.json"])
def test_there_is_no_file_of_an_unknown_month(portal: RunningPortal, address: str):
    assert portal.app.test_client().get(address).status_code == 404


def test_the_calculator_adds_up_line_by_line_at_an_address_that_can_be_shared(portal: RunningPortal):
    page = ask(portal, uso="estrato-1")
    fields = {name: page.value(f"[data-field={name}]") for name in ("fixed", "variable", "subsidy", "contribution")}
    assert {name: Decimal(value) for name, value in fields.items()} == {
        "fixed": Decimal(0),
        "variable": Decimal("61567.30"),
        "subsidy": Decimal("20429.25"),
        "contribution": Decimal(0),
    }
    assert page.value("[data-field=total]") == "41138.05"
    assert "20 m³ × 2.152,26 $/m³" in page.text
    assert "43.045,20 × 47,46 %" in page.text
    assert portal.browser().open(page.url).value("[data-field=total]") == "41138.05"


def test_the_calculator_says_that_it_is_no_invoice_and_not_for_non_regulated_customers(portal: RunningPortal):
    text = portal.browser().open(CALCULATOR).text
    assert "No es una factura" in text
    assert "A un cliente no regulado estas tarifas no se le aplican por sí solas" in text


@pytest.mark.parametrize(
    ("m3", "words"), [("60", "Rango de 0 a 60 m³"), ("60,5", "Rango de 61 a 130 m³"), ("61", "Rango de 61 a 130 m³")]
)
def test_the_edges_of_a_range_are_exact(portal: RunningPortal, m3: str, words: str):
    page = ask(portal, mercado="acacias", m3=m3)
    assert words in page.text


def test_a_town_and_a_bare_stratum_are_understood_in_an_address(portal: RunningPortal):
    page = portal.browser().open(f"{CALCULATOR}?mercado=Restrepo&uso=5&m3=60.5")
    assert page.one("select[name=mercado] option[selected]")["value"] == "restrepo"
    assert "Restrepo (mercado de Villavicencio)" in page.text
    assert page.one("select[name=uso] option[selected]")["value"] == "estrato-5"
    assert Decimal(page.value("[data-field=variable]")) == Decimal("112058.71")


def test_the_tariff_option_counts_where_it_is_chosen_and_the_page_says_where_it_does_not_apply(portal: RunningPortal):
    assert ask(portal, uso="estrato-1", m3="10", norma="048").value("[data-field=total]") == "10881.60"
    page = ask(portal, mercado="barranca-de-upia", uso="estrato-1", m3="10", norma="048")
    assert "La otra norma no se aplica en este mercado" in page.text


@pytest.mark.parametrize(
    ("m3", "words"),
    [
        ("-5", "«-5» es menos que cero"),
        ("mucho", "«mucho» no es una cantidad de m³"),
        ("1e9", "«1e9» no es una cantidad de m³"),
        ("1000000000", "«1000000000» pasa de 10.000.000 m³"),
        ("1,2345", "más de tres decimales"),
        ("", "Escriba el consumo del mes"),
    ],
)
def test_what_is_no_consumption_is_said_and_kept(portal: RunningPortal, m3: str, words: str):
    page = ask(portal, m3=m3)
    assert page.status == 422
    assert words in page.text
    assert page.one("[name=m3]").get("value", "") == m3
    assert not page.select("[data-field=total]")


def test_whoever_comes_from_a_market_finds_it_chosen_and_is_told_of_no_error(portal: RunningPortal):
    page = portal.browser().open("/tarifas/2024-05/acacias").click("Calcular un consumo aquí")
    assert page.status == 200
    assert page.one("select[name=mercado] option[selected]")["value"] == "acacias"
    assert not page.select(".error-summary")
    assert not page.select("[data-field=total]")
    assert portal.browser().open(f"{CALCULATOR}?mercado=bogota").status == 422


def test_an_unknown_market_or_use_in_an_address_is_said(portal: RunningPortal):
    page = portal.browser().open(f"{CALCULATOR}?mercado=bogota&uso=rural&m3=5")
    assert page.status == 422
    assert "No hay un mercado «bogota»" in page.text
    assert "«rural» no es un uso de la lista" in page.text


def test_whoever_sells_gas_for_vehicles_pays_the_network(portal: RunningPortal):
    page = ask(portal, uso="vehicular", m3="1.000")
    assert page.value("[data-field=total]") == "473650.00"
    assert "igual en todos los mercados" in page.text


def test_a_month_said_as_other_pages_say_it_leads_to_its_own_address(portal: RunningPortal):
    browser = portal.browser()
    assert browser.open("/tarifas?mes=5&anio=2024").url == "/tarifas/2024-05"
    for asked in ("mes=13&anio=2024", "mes=mayo", "mes=1&anio=1999"):
        page = browser.open(f"/tarifas?{asked}")
        assert page.status == 404
        assert page.select("a[href='/tarifas/2024-05']")
