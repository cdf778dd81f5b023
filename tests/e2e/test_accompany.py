"""An agent follows a customer's page in Chromium, each in a browser of their own, wide and narrow."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from portal.domain.accounts import Role
from tests.e2e.fixtures import NewTab
from tests.e2e.server import LiveServer
from tests.e2e.stage import Point, employ, letter_of, sign_in
from tests.e2e.test_one_tap import open_point
from tests.e2e.test_the_24_steps import sign_in as customer_signs_in

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(("width", "whose"), [(1280, Point.FOLLOWED_WIDE), (360, Point.FOLLOWED_NARROW)])
def test_an_agent_follows_the_page_and_the_customer_signs_what_was_prepared(
    new_tab: NewTab, live_server: LiveServer, width: int, whose: Point
) -> None:
    contract, point = letter_of(live_server.instance, whose)
    theirs = new_tab(width=width)
    customer_signs_in(theirs, live_server)
    open_point(theirs, contract, point)
    theirs.goto("/cuenta/codigo-de-llamada")
    theirs.page.get_by_role("button", name="Hacer un código").or_(
        theirs.page.get_by_role("button", name="Hacer otro código")
    ).click()
    code = theirs.page.locator("#codigo").get_attribute("data-value") or ""

    agent = employ(live_server.instance, Role.AGENT, f"acompana{width}")
    tab = new_tab(width=width)
    page = tab.page
    tab.goto("/ingreso")
    sign_in(page, agent)
    tab.goto(f"/llamadas?punto={point['id']}")
    page.fill("[name=caller]", "Marta Rincón")
    page.fill("[name=telephone]", "310 555 0143")
    page.keyboard.press("Enter")
    page.wait_for_url("**/llamadas/*")
    page.fill("[name=code]", code)
    page.keyboard.press("Enter")
    expect(page.locator("#verificada")).to_be_visible()
    expect(page.locator("#acompanado")).to_contain_text("Aún no abre otra página")
    # The customer's page says so by itself.
    banner = theirs.page.locator("#quien-acompana")
    expect(banner).to_contain_text("ve en qué página está usted, nunca lo que escribe")
    theirs.judge()
    theirs.shot(f"acompanado-codigo-{width}")

    theirs.goto(f"/nominacion/{contract['modality']}/nueva?punto={point['id']}")
    # By the poll alone: nobody loads the agent's page anew.
    with page.expect_response("**/pagina?visto=*"):
        pass
    expect(page.locator("#acompanado")).to_contain_text("Paso 1 de 5")
    expect(page.locator("#acompanado .followed-path")).to_have_text(f"/nominacion/{contract['modality']}/nueva")
    tab.judge()
    tab.shot(f"acompanar-llamada-{width}")

    page.locator("#preparar").click()
    page.wait_for_url("**/preparar?*")
    page.fill("[name=gas_day]", "24/11/2026")
    page.fill("[name=quantity]", str(page.locator("[name=quantity]").input_value() or "9000"))
    tab.judge()
    tab.shot(f"acompanar-preparar-{width}")
    page.get_by_role("button", name="Preparar").click()
    page.wait_for_url("**/llamadas/*")
    expect(page.locator("#preparada")).to_contain_text("Preparada para que la firme")
    expect(theirs.page.locator("#revisar-preparada")).to_be_visible()
    theirs.judge()
    theirs.shot(f"acompanado-preparada-{width}")
    theirs.page.locator("#revisar-preparada").click()
    theirs.page.wait_for_url("**/firma")
    expect(page.locator("#acompanado")).to_contain_text("Está escribiendo una clave")
    theirs.shot(f"acompanado-firma-{width}")
    theirs.page.fill("[name=security_code]", point["numeric_key"])
    theirs.page.get_by_role("button", name="Firmar y enviar la nominación").click()
    theirs.page.wait_for_url("**/comprobantes/**")
    expect(page.locator("#preparada")).to_contain_text("El cliente firmó lo que usted preparó")
    theirs.page.get_by_role("button", name="Terminar").click()
    expect(banner).to_have_count(0)
    expect(page.locator("#acompanado")).to_contain_text("lo terminó el cliente")
    tab.judge()
    tab.shot(f"acompanar-terminado-{width}")
