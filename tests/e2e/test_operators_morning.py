"""The operator's morning with hundreds of points: the day's file, a day by hand, the cuts of a gate; each counted."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from bench.lists import grow
from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay
from tests.e2e.fixtures import NewTab, StartServer
from tests.e2e.server import LiveServer
from tests.e2e.stage import NINE, employ, set_the_stage, sign_in

pytestmark = pytest.mark.e2e
TODAY = GasDay.of(NINE)
POINTS, BY_HAND, CUTS = 700, 23, 75
MOST_CLICKS_OF_FILE, MOST_CLICKS_OF_CUTS, MOST_KEYS_OF_POINT = 4, 6, 3


class Mouse:
    """A hand at the mouse that counts its clicks."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    def click(self, what: Locator) -> None:
        what.click()
        self.clicks += 1
        self.page.wait_for_load_state()


@pytest.fixture(scope="module")
def crowd(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> LiveServer:
    """A portal whose demonstration was copied until it has hundreds of points."""
    instance = tmp_path_factory.mktemp("crowd")
    environment = set_the_stage(instance, NINE)
    with closing(sqlite3.connect(instance / "portal.db", isolation_level=None)) as database:
        grow(database, TODAY, POINTS)
    return start_server(environment=environment)


def test_the_days_file_is_taken_in_with_four_clicks(new_tab: NewTab, crowd: LiveServer, tmp_path: Path):
    tab = new_tab(base_url=crowd.url)
    page, mouse = tab.page, Mouse(tab.page)
    yesterday = TODAY.plus(-1)
    with closing(sqlite3.connect(crowd.instance / "portal.db")) as database:
        rows = database.execute(
            "SELECT carrier_code, consumed_m3 FROM daily_balances JOIN delivery_points ON delivery_points.id = "
            "delivery_point_id WHERE gas_day = ? AND consumed_m3 IS NOT NULL",
            (yesterday.isoformat(),),
        ).fetchall()
    lines = [f"{code};{yesterday.date:%d/%m/%Y};{micro // 10**6 + 1}" for code, micro in rows]
    assert len(lines) > 300
    file = tmp_path / "dia.csv"
    file.write_text("\n".join(["punto;fecha;consumo m3", *lines]))
    tab.goto("/consola")
    sign_in(page, employ(crowd.instance, Role.OPERATOR, "archivo"))
    tab.goto("/consola")
    mouse.click(page.get_by_role("link", name="Mediciones", exact=True).first)
    with page.expect_file_chooser() as chooser:
        mouse.click(page.locator("input[type=file]"))
    chooser.value.set_files(file)
    mouse.click(page.get_by_role("button", name="Revisar el archivo"))
    expect(page.locator("#entendido")).to_be_visible()
    tab.judge()
    mouse.click(page.get_by_role("button", name="Registrar lo del archivo"))
    page.wait_for_url("**/consola/tareas/*")
    assert mouse.clicks <= MOST_CLICKS_OF_FILE


def test_a_day_is_typed_with_one_key_a_point_beside_its_digits(new_tab: NewTab, crowd: LiveServer):
    tab = new_tab(base_url=crowd.url)
    page, keys = tab.page, 0
    sheet = f"/consola/mediciones/dia/{TODAY.isoformat()}"
    tab.goto(sheet)
    sign_in(page, employ(crowd.instance, Role.OPERATOR, "mano"))
    tab.goto(sheet)
    page.locator("[data-down]").first.focus()
    for place in range(BY_HAND):
        page.keyboard.type(str(5000 + place))
        page.keyboard.press("Enter")
        keys += 1
    expect(page.locator("[data-field=measured]")).to_have_attribute("data-value", str(BY_HAND))
    assert keys <= MOST_KEYS_OF_POINT * BY_HAND
    tab.goto(sheet)
    typed = [field.input_value() for field in page.locator("[data-down]").all()[: BY_HAND + 1]]
    assert typed == [f"{5000 + place:,}".replace(",", ".") for place in range(BY_HAND)] + [""]


def test_seventy_five_cuts_at_a_gate_take_six_clicks(new_tab: NewTab, crowd: LiveServer):
    tab = new_tab(base_url=crowd.url)
    page, mouse = tab.page, Mouse(tab.page)
    tab.goto("/consola")
    sign_in(page, employ(crowd.instance, Role.OPERATOR, "recortes"))
    tab.goto("/consola")
    mouse.click(page.get_by_role("link", name="Libro", exact=True).first)
    mouse.click(page.get_by_role("link", name="Registrar la respuesta del transportador"))
    asked = page.locator("tr[data-gate]").evaluate_all(
        "rows => rows.map(row => [Number(row.querySelector('[data-field=asked]').dataset.value), row.dataset.gate])"
    )
    code = max(asked)[1]
    mouse.click(page.locator(f"#confirmed-{code}"))
    page.keyboard.type("2.000")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("PCC")
    mouse.click(page.get_by_role("button", name="Registrar la respuesta"))
    mouse.click(page.get_by_role("link", name="Repartir el recorte"))
    cut = page.locator("#puntos select").evaluate_all("all => all.filter(each => each.value).length")
    assert cut >= CUTS
    tab.judge()
    mouse.click(page.get_by_role("button", name="Registrar"))
    expect(page.locator("main")).to_contain_text("Quedaron registradas")
    assert mouse.clicks <= MOST_CLICKS_OF_CUTS
    tab.judge()
