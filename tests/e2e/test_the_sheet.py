"""The sheet and the year in a real browser: both units and themes, keyboard, phone, paper, without script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.chromium import Tab
from tests.e2e.fixtures import NewTab
from tests.e2e.server import LiveServer
from tests.e2e.stage import Point, letter_of
from tests.e2e.test_the_24_steps import sign_in, submit

pytestmark = pytest.mark.e2e
OCTOBER = "?mes=10&anio=2026"
PAGE = re.compile(rb"/Type\s*/Page\b")
# Columns of a page that stand beside another and are wide enough to be read.
FILLED = """() => {
  const main = document.querySelector("main")
  const style = getComputedStyle(main)
  const left = main.getBoundingClientRect().left + parseFloat(style.paddingLeft)
  const room = main.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)
  const columns = [...document.querySelectorAll(".two-columns > *")].map(each => each.getBoundingClientRect())
  return columns.filter(each => each.left - left > room / 3 && each.width > room / 3).length
}"""


def opened(tab: Tab, server: LiveServer) -> str:
    """Sign in and open a point with both keys; return the address of its sheet."""
    contract, point = letter_of(server.instance, Point.SHEET)
    sign_in(tab, server)
    tab.goto("/cuentas-de-balance/gnv-suministro/clave-web")
    tab.page.fill("[name=web_key]", contract["web_key"])
    submit(tab)
    tab.page.wait_for_selector("[data-delivery-point]")
    address = f"/cuentas-de-balance/gnv-suministro/{point['id']}"
    tab.goto(f"{address}/clave")
    tab.page.fill("[name=numeric_key]", point["numeric_key"])
    submit(tab)
    tab.page.wait_for_selector("#hoja-de-balance")
    return address


@pytest.mark.parametrize(("width", "scheme"), [(1216, "dark"), (320, "light")])
def test_month_and_year_are_clean_in_every_width(
    new_tab: NewTab, live_server: LiveServer, width: int, scheme: str
) -> None:
    tab = new_tab(width=width, height=800, color_scheme=scheme)
    address = opened(tab, live_server)
    for path in (OCTOBER, f"{OCTOBER}&unidad=MBTU", "/anio?anio=2026&tipo=gas", "/anio?anio=2026&unidad=MBTU"):
        tab.goto(f"{address}{path}")
        tab.judge()
        tab.shot(f"hoja-{width}-{scheme}-{re.sub('[^a-z0-9]+', '-', path.lower())}")
    tab.expect_status(422)
    tab.goto(f"{address}{OCTOBER}&unidad=gal")
    tab.judge()


def test_a_telephone_shows_a_line_a_day_and_its_page_says_the_rest(new_tab: NewTab, live_server: LiveServer) -> None:
    tab = new_tab(width=360, height=780)
    address = opened(tab, live_server)
    tab.goto(f"{address}{OCTOBER}")
    assert tab.page.evaluate("document.documentElement.scrollHeight") <= 3_300
    assert tab.page.evaluate("document.documentElement.scrollWidth") == 360
    row = tab.page.locator("tr[data-gas-day='2026-10-06']")
    box = row.bounding_box()
    assert box is not None
    assert box["height"] < 30
    shown = [each.get_attribute("data-field") for each in row.locator("td:visible").all()]
    assert shown == ["consumed", "imbalance", "variation"]
    skip = tab.page.get_by_role("link", name="Pasar a la tabla")
    skip.focus()
    assert skip.locator("xpath=..").bounding_box()["height"] > 30, "what has the focus is seen"  # type: ignore[index]
    row.locator("th a").click()
    panel = tab.page.locator("#por-que")
    expect(panel.get_by_role("link", name="Reclamar por este día")).to_be_visible()
    tab.page.get_by_label("Ver todas las columnas").check()
    expect(row.locator("[data-field=nominated]")).to_be_visible()
    tab.judge()


@pytest.mark.parametrize("unit", ["", "&unidad=MBTU"])
def test_a_month_of_31_days_is_printed_on_one_page(new_tab: NewTab, live_server: LiveServer, unit: str) -> None:
    tab = new_tab()
    address = opened(tab, live_server)
    tab.goto(f"{address}{OCTOBER}{unit}")
    assert tab.page.locator("tr[data-gas-day]").count() == 31
    assert len(PAGE.findall(tab.page.pdf(prefer_css_page_size=True))) == 1
    # Room is left for what another month may have besides: adjustments, claims, a statement.
    tab.page.evaluate("""() => {
      const row = document.querySelector('tr[data-gas-day]')
      for (let line = 0; line < 6; line++) {
        const note = row.parentNode.insertRow(5)
        note.className = 'is-note'
        note.innerHTML = '<th colspan="9">Ajuste de la cuenta, cruce: 771 m³ en contra. Acta 12</th>'
      }
    }""")
    assert len(PAGE.findall(tab.page.pdf(prefer_css_page_size=True))) == 1


def test_the_days_of_the_chart_are_within_reach_of_the_keyboard(new_tab: NewTab, live_server: LiveServer) -> None:
    tab = new_tab()
    page = tab.page
    tab.goto(f"{opened(tab, live_server)}{OCTOBER}")
    page.focus("nav[aria-label=Unidad] a")
    page.keyboard.press("Tab")
    # The files are far below: one step leads there.
    expect(page.locator(".files-link")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(".chart-skip")).to_be_focused()
    expect(page.locator(".chart-skip")).to_be_in_viewport()
    page.keyboard.press("Tab")
    expect(page.locator("[href='#d01']")).to_be_focused()
    said = page.locator("[href='#d01'] span")
    box = said.bounding_box()
    assert box is not None
    assert box["width"] > 100, "what the day says is to be seen"
    tab.axe()
    page.keyboard.press("Enter")
    page.wait_for_url("**#d01")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('tr').id") == "d01"
    page.focus(".chart-skip")
    page.keyboard.press("Enter")
    expect(page.locator("caption")).to_be_focused()


def test_a_figure_is_explained_in_place_and_closing_leads_back(new_tab: NewTab, live_server: LiveServer) -> None:
    tab = new_tab()
    page = tab.page
    tab.goto(f"{opened(tab, live_server)}{OCTOBER}&unidad=MBTU")
    before = page.url
    figure = page.locator("#d05 [data-field=consumed] a")
    figure.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#por-que-titulo")).to_be_focused()
    expect(page.locator("#por-que")).to_contain_text("MBTU")
    assert page.url == before
    tab.judge()
    page.keyboard.press("Escape")
    expect(figure).to_be_focused()


def test_unit_month_and_year_are_switched_in_place(new_tab: NewTab, live_server: LiveServer) -> None:
    tab = new_tab()
    page = tab.page
    address = opened(tab, live_server)
    tab.goto(f"{address}{OCTOBER}")
    page.get_by_role("link", name="MBTU").click()
    page.wait_for_url(f"**{OCTOBER}&unidad=MBTU")
    expect(page.locator("#hoja-de-balance caption")).to_contain_text("cantidades en MBTU")
    # A link that was swapped away with the rest leads to the heading of what came; a list keeps the focus and is told.
    expect(page.locator("h1")).to_be_focused()
    page.get_by_role("link", name="Mes anterior").press("Enter")
    expect(page.locator("h1")).to_contain_text("septiembre de 2026")
    expect(page.locator("h1")).to_be_focused()
    page.select_option("#mes", "8")
    expect(page.locator("#anuncios")).to_contain_text("agosto de 2026")
    page.select_option("#mes", "9")
    page.wait_for_url("**mes=9**")
    expect(page.locator("#hoja-de-balance caption")).to_contain_text("septiembre de 2026: cantidades en MBTU")
    page.get_by_role("link", name="Año de gas", exact=True).click()
    page.wait_for_url("**/anio?**")
    expect(page.locator("#cuenta-del-anio caption")).to_contain_text("año de gas 2025–2026: cantidades en MBTU")
    # Swapped in place, the links of days must still begin at the sheet's own address.
    page.get_by_role("link", name="septiembre de 2026", exact=True).click()
    page.wait_for_url("**mes=9**")
    page.locator("#d20 [data-field=consumed] a").click()
    expect(page.locator("#por-que-titulo")).to_be_focused()


def test_everything_is_there_without_script(new_tab: NewTab, live_server: LiveServer) -> None:
    tab = new_tab(java_script_enabled=False)
    page = tab.page
    with_script = new_tab()
    address = opened(with_script, live_server)
    tab.context.add_cookies(with_script.context.cookies())
    page.goto(f"{address}{OCTOBER}")
    page.locator("#d05 [data-field=imbalance] a").click()
    expect(page.locator("h1")).to_contain_text("¿Por qué")
    page.goto(f"{address}/anio")
    page.select_option("#anio", "2026")
    page.get_by_role("button", name="Ver").click()
    expect(page.locator("h1")).to_contain_text("año 2026")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1024, "dark"), (360, "light")])
def test_account_consumption_and_day_stand_in_two_columns_where_there_is_room(
    new_tab: NewTab, live_server: LiveServer, width: int, scheme: str
) -> None:
    tab = new_tab(width=width, color_scheme=scheme)
    sheet, page = opened(tab, live_server), tab.page
    for path in ("/cuenta", f"{sheet}/consumo", f"{sheet}/dias/2026-11-17"):
        tab.goto(path)
        beside = page.evaluate(FILLED)
        assert bool(beside) is (width >= 1024), path
        tab.judge()
    tab.goto("/nominacion/gnv-suministro/historial")
    rows = page.locator("#historial tbody tr")
    assert rows.count() > 15
    if width == 360:
        # One line, and two where a quantity was cut.
        heights = rows.evaluate_all("all => all.map(each => each.offsetHeight)")
        assert sorted(heights)[len(heights) // 2] <= 72
        more = page.locator(".history-more").first
        assert not more.is_visible()
        page.check("#todo")
        assert more.is_visible()
        tab.judge()
    tab.judge()
