"""The year of an account as a page: twelve months, totals, worst days, either kind of year, either unit."""

from __future__ import annotations

from typing import Any

import pytest

from portal.domain.gas_day import Month
from portal.models import DeliveryPoint
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Page
from tests.services.ledger_rows import counted, day

from .conftest import Sheet, opened_by

FIELDS = ("nominated", "authorised", "consumed", "imbalance", "adjustment", "closing", "measured_days", "days_out")
DAYS: dict[str, tuple[str | None, str | None]] = {
    "2025-12-01": ("100", "90"),
    "2025-12-02": ("100", "104"),
    "2026-01-15": ("1000", "1100"),
    "2026-11-22": ("200", "200"),
}


@pytest.fixture
def account(portal_on_each: RunningPortal) -> Sheet:
    sheet = opened_by(portal_on_each, starts_on=day("2025-12-01"))
    with sheet.portal.session() as session, transaction(session):
        factories.adjustment(session, sheet.customer.way.point, day("2026-01-15"), "30")
    sheet.fill(DAYS)
    return sheet


@pytest.fixture
def quick(portal: RunningPortal) -> Sheet:
    sheet = opened_by(portal, starts_on=day("2014-12-01"))
    sheet.fill(DAYS)
    return sheet


def open_year(sheet: Sheet, query: str = "", *, htmx: bool = False) -> Page:
    return sheet.customer.browser.open(f"{sheet.url}/anio{query}", htmx=htmx)


def figures(page: Page, month: str) -> list[str]:
    return [page.value(f'tr[data-month="{month}"] td[data-field={field}]') for field in FIELDS]


def text(tag: Any) -> str:
    return " ".join(tag.get_text(" ").split())


def test_the_words_of_a_month_s_bar_give_its_balance_without_a_sign_and_none_where_nothing_was_measured(
    quick: Sheet,
) -> None:
    quick.fill({"2026-12-01": ("100", None)})
    spots = [each.get_text() for each in open_year(quick, "?anio=2026&tipo=calendario").select(".chart-spots li")]
    assert "enero de 2026: consumo 1.100 m³, desbalance 100 m³ en contra" in spots
    assert "diciembre de 2026: sin mediciones" in spots


def test_a_gas_year_shows_its_twelve_months_their_sum_and_the_way_to_each(account: Sheet) -> None:
    page = open_year(account, "?anio=2026&tipo=gas")
    assert page.h1 == f"{account.customer.way.point.name}, año de gas 2025–2026"
    assert page.title == f"{page.h1} – Llanogas"
    assert "Del 1 de diciembre de 2025 al 30 de noviembre de 2026" in page.text
    months = [str(row["data-month"]) for row in page.select("#cuenta-del-anio tr[data-month]")]
    assert months == ["2025-12", *[f"2026-{number:02}" for number in range(1, 12)]]
    assert figures(page, "2025-12") == ["200", "0", "194", "6", "0", "6", "2", "1"]
    assert figures(page, "2026-01") == ["1000", "0", "1100", "-100", "30", "-64", "1", "1"]
    assert figures(page, "2026-02") == ["0", "0", "0", "0", "0", "-64", "0", "0"]
    totals = [str(cell["data-total"]) for cell in page.select("#cuenta-del-anio tfoot [data-total]")]
    assert totals == ["1400", "0", "1494", "-94", "30", "-64", "4", "2"]
    assert text(page.one('tr[data-month="2025-12"] td[data-field=measured_days]')) == "2 faltan 29"
    assert text(page.one('tr[data-month="2025-12"] td[data-field=closed]')) == "abierto"
    assert page.click("enero de 2026").url == f"{account.url}?mes=1&anio=2026"


def test_the_worst_days_lead_to_their_rows(quick: Sheet) -> None:
    page = open_year(quick, "?anio=2026&tipo=gas")
    worst = page.select("#dias-mas-fuera tr[data-gas-day]")
    assert [str(row["data-gas-day"]) for row in worst] == ["2025-12-01", "2026-01-15"]
    assert text(worst[0]) == "lun 1 dic 100 90 10 a favor fuera: 10,00 %"
    assert worst[0].select("a")[0]["href"] == f"{quick.url}?mes=12&anio=2025#d01"
    largest = page.select("#desbalances-mas-grandes tr[data-gas-day]")
    assert [str(row["data-gas-day"]) for row in largest] == ["2026-01-15", "2025-12-01", "2025-12-02"]
    assert text(largest[2]) == "mar 2 dic 100 104 4 en contra dentro: 4,00 %"


def test_the_year_is_said_in_figures_words_and_a_picture(quick: Sheet) -> None:
    page = open_year(quick, "?anio=2026&tipo=calendario")
    assert [text(figure) for figure in page.select(".figure")] == [
        "Consumo del año 1.300 m³ 2 de 326 días con medición",
        "Desbalance del año 100 m³ en contra: consumió más de lo autorizado; incompleto",
        "Acumulado total 94 m³ en contra: en noviembre de 2026; incompleto",
        "Fuera de tolerancia 1 día de 2 días con medición",
    ]
    assert "consumió 1.300 m³ en 2 días con medición; 1 día quedó fuera de la tolerancia de 5 %." in page.text
    assert page.one("svg#grafico")["role"] == "img"
    assert [label.get_text() for label in page.select(".label-middle")][::11] == ["ene", "dic"]
    spots = [str(link["href"]) for link in page.select(".chart-spots a")]
    assert spots == [f"{quick.url}?mes={number}&anio=2026" for number in range(1, 12)]
    assert page.select("path.bar-estimated")


def test_a_month_that_is_only_nominated_moves_neither_the_balance_nor_its_line(quick: Sheet) -> None:
    before = open_year(quick, "?anio=2026&tipo=calendario").one("svg .line-total")["d"]
    quick.fill({"2026-12-01": ("700", None)})
    page = open_year(quick, "?anio=2026&tipo=calendario")
    assert page.select('tr[data-month="2026-12"]')
    assert text(page.select(".figure")[2]) == "Acumulado total 94 m³ en contra: en noviembre de 2026; incompleto"
    assert page.one("svg .line-total")["d"] == before


def test_a_year_without_figures_has_its_page(quick: Sheet) -> None:
    page = open_year(quick, "?anio=2016")
    assert "no tiene consumo medido en el año 2016." in page.text
    assert "Ningún día del año 2016 quedó fuera de la tolerancia de 5 %." in page.text
    assert page.select("#dias-mas-fuera, #desbalances-mas-grandes") == []


def test_years_are_chosen_without_javascript_by_arrows_and_of_either_kind(quick: Sheet) -> None:
    page = open_year(quick)
    assert page.h1.endswith("año 2026")
    assert [option.get_text() for option in page.select("#anio option")] == [str(year) for year in range(2014, 2027)]
    page = page.form(f"{quick.url}/anio").fill(anio="2015").submit("Ver")
    assert page.url == f"{quick.url}/anio?tipo=calendario&anio=2015"
    gas = page.click("Año de gas")
    assert gas.url == f"{quick.url}/anio?anio=2015&tipo=gas"
    options = [option.get_text() for option in gas.select("#anio option")]
    assert (options[0], options[-1]) == ("2014–2015", "2025–2026")
    assert gas.select("a.arrow .visually-hidden")[0].get_text() == "Año siguiente"
    assert gas.click("→ Año siguiente").h1.endswith("año de gas 2015–2016")
    assert gas.click("Mes").url == f"{quick.url}?mes=11&anio=2015"
    # December 2014 lies in the gas year of 2015: there is none of 2014.
    assert open_year(quick, "?anio=2014").click("Año de gas").url == f"{quick.url}/anio?anio=2015&tipo=gas"


def test_the_month_leads_to_its_years(quick: Sheet) -> None:
    page = quick.open("?mes=12&anio=2025")
    assert page.click("Año").url == f"{quick.url}/anio?anio=2025&tipo=calendario"
    assert page.click("Año de gas").url == f"{quick.url}/anio?anio=2026&tipo=gas"


def test_the_year_in_the_other_unit_keeps_it_on_every_way(quick: Sheet) -> None:
    page = open_year(quick, "?anio=2026&tipo=gas&unidad=MBTU")
    assert figures(page, "2026-01")[2].startswith("43.89")
    for link in page.select(".looks a.arrow, nav[aria-label=Período] a, #hoja th a, .chart-spots a"):
        assert "unidad=MBTU" in str(link["href"])
    asked = page.form(f"{quick.url}/anio").fill(anio="2025").submit("Ver")
    assert asked.url == f"{quick.url}/anio?unidad=MBTU&tipo=gas&anio=2025"
    assert page.click("m³").url == f"{quick.url}/anio?anio=2026&tipo=gas"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?anio=2013", "va de diciembre de 2014 a noviembre de 2026: elija un año de la lista"),
        ("?anio=2027&tipo=gas", "elija un año de la lista"),
        ("?anio=2014&tipo=gas", "elija un año de la lista"),
        ("?anio=20260", "Ese año no existe"),
        ("?anio=0000", "Ese año no existe"),
        ("?anio=dos", "Ese año no existe"),
        ("?anio=2026&tipo=fiscal", "Ese tipo de año no existe"),
        ("?anio=2026&unidad=gal", "Esa unidad no existe"),
    ],
)
def test_a_bad_year_is_refused_and_the_selector_stays(quick: Sheet, query: str, said: str) -> None:
    for htmx in (False, True):
        page = open_year(quick, query, htmx=htmx)
        assert page.status == 422
        assert said in page.text
        assert page.select("table") == []
        assert len(page.select("#anio option")) >= 12
    assert open_year(quick, query).title.startswith("Error: ")


def test_a_closed_month_names_its_statement(quick: Sheet) -> None:
    open_year(quick, "?anio=2026")
    with quick.portal.session() as session, transaction(session):
        point = quick.customer.way.point
        first = factories.month_closing(session, point, Month(2026, 1), "4")
        again = factories.month_closing(session, point, Month(2026, 1), "5", version=2, reason="Acta 3")
    page = open_year(quick, "?anio=2026")
    cell = page.one('tr[data-month="2026-01"] td[data-field=closed]')
    assert cell["data-value"] == again.statement_number
    assert text(cell) == f"{again.statement_number} cambió después del cierre; antes {first.statement_number}"


def test_htmx_gets_the_overview_alone_with_the_windows_title(quick: Sheet) -> None:
    whole, fragment = open_year(quick, "?anio=2026"), open_year(quick, "?anio=2026", htmx=True)
    assert fragment.is_fragment
    assert str(fragment.one("#hoja")) == str(whole.one("#hoja"))
    assert fragment.title == whole.title


def test_a_year_costs_five_questions_and_a_kept_one_four(quick: Sheet) -> None:
    engine = quick.portal.app.extensions["portal.engine"]
    open_year(quick, "?anio=2026")
    asked = []
    for change in (False, True):
        if change:
            quick.fill({"2026-11-06": ("10", "10")})
        with counted(engine) as statements:
            open_year(quick, "?anio=2026")
        asked.append([statement for statement in statements if not statement.startswith("BEGIN")])
    assert [len(statements) for statements in asked] == [4, 5]
    assert figures(open_year(quick, "?anio=2026"), "2026-11")[2] == "210"


def test_a_strangers_year_is_not_there_and_keys_come_first(quick: Sheet) -> None:
    stranger = quick.portal.customer()
    mine = quick.customer.browser
    assert mine.open(f"/cuentas-de-balance/{stranger.modality}/{stranger.point}/anio").status == 404
    other = f"/cuentas-de-balance/{stranger.modality}/{stranger.point}"
    assert stranger.open(f"{other}/anio").url.endswith("/clave-web")
    stranger.open_contract("cuentas-de-balance")
    assert stranger.open(f"{other}/anio").url == f"{other}/clave"
    assert stranger.open_point().status == 200


def test_days_after_the_end_of_the_point_are_marked_as_on_the_sheet(quick: Sheet) -> None:
    with quick.portal.session() as session, transaction(session):
        point = session.get_one(DeliveryPoint, quick.customer.way.point.id)
        point.ends_on = day("2026-01-15")
    page = open_year(quick, "?anio=2026&tipo=calendario")
    assert "1 después del fin" in text(page.one('tr[data-month="2026-01"] td[data-field=measured_days]'))
    worst = page.one('#dias-mas-fuera tr[data-gas-day="2026-01-15"] td[data-field=consumed]')
    assert text(worst) == "1.100 después del fin"
    assert "después del fin" not in text(page.one('tr[data-month="2026-10"]'))
