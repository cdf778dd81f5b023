"""A standing order in Chromium: found from the start page, signed, seen by the operator, ended with one tap."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay
from tests.e2e.fixtures import NewTab, StartServer
from tests.e2e.server import LiveServer
from tests.e2e.stage import NINE, Point, employ, letter_of, set_the_stage, sign_in
from tests.e2e.test_one_tap import open_point
from tests.e2e.test_the_24_steps import sign_in as customer_signs_in

pytestmark = pytest.mark.e2e
TODAY = GasDay.of(NINE)


@pytest.fixture(scope="module")
def own_server(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> LiveServer:
    """A portal of its own: an order would nominate for the points of other tests."""
    return start_server(environment=set_the_stage(tmp_path_factory.mktemp("orders"), NINE))


@pytest.mark.parametrize("width", [360, 1280])
def test_a_standing_order_is_signed_seen_by_the_operator_and_ended_with_one_tap(
    new_tab: NewTab, own_server: LiveServer, width: int
):
    whose = Point.NOT_ARRIVED if width == 360 else Point.ONE_TAP_WIDE
    contract, point = letter_of(own_server.instance, whose)
    tab = new_tab(base_url=own_server.url, width=width, height=800)
    page = tab.page
    customer_signs_in(tab, own_server)
    open_point(tab, contract, point)
    tab.goto("/inicio")
    tab.judge()
    page.locator(f"section.contract:has([data-delivery-point='{point['id']}']) a[href*=ordenes-permanentes]").click()
    tab.judge()
    page.locator(f"tr[data-delivery-point='{point['id']}'] a").click()
    page.fill("#every_day", "300" if point["unit"] == "MBTU" else "9.000")
    page.get_by_role("button", name="Revisar la orden").click()
    tick = page.locator("#confirm_unusual")
    if tick.count():
        tick.check()
        page.get_by_role("button", name="Revisar la orden").click()
    tab.judge()
    page.fill("#security_code", point["numeric_key"])
    page.get_by_role("button", name="Firmar la orden permanente").click()
    expect(page.locator("[data-standing-order]")).to_be_visible()
    tab.goto("/inicio")
    row = page.locator(f"li[data-delivery-point='{point['id']}']")
    expect(row).to_contain_text("Por su orden permanente")
    tab.judge()
    tab.shot(f"inicio-orden-permanente-{width}")
    desk = new_tab(base_url=own_server.url, width=width)
    book = f"/consola/libro/{TODAY.plus(1).isoformat()}?estado=sin-nominacion&q={point['carrier_code']}"
    desk.goto(book)
    sign_in(desk.page, employ(own_server.instance, Role.OPERATOR, f"orden{width}"))
    desk.goto(book)
    expect(desk.page.locator(f"#faltan tr[data-point='{point['id']}']")).to_contain_text("Orden permanente: ")
    desk.judge()
    row.get_by_role("link", name="Ver o terminar la orden permanente").click()
    # One tap: no code, no second page.
    page.get_by_role("button", name="Terminar la orden").click()
    expect(page.locator("main")).to_contain_text("Este punto no tiene una orden permanente.")
    tab.goto("/inicio")
    expect(row).to_contain_text("Sin nominar")
    desk.page.reload()
    expect(desk.page.locator(f"#faltan tr[data-point='{point['id']}']")).to_contain_text("Sin nominación")
