"""The guide's 24 steps in a real browser with htmx: no error in it, no violation of the policy, axe clean."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from playwright.sync_api import expect

from portal.domain.accounts import Role
from tests.e2e.chromium import Tab
from tests.e2e.fixtures import NewTab
from tests.e2e.server import LiveServer
from tests.e2e.stage import Point, account_of, letter_of

pytestmark = pytest.mark.e2e
PASSWORD = "un-caballo-cruza-el-ariari"


def link_in_mail(server: LiveServer, path: str) -> str:
    """The newest link of a mail, which development shows in the log."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        if found := re.findall(rf"https?://[^/\s]+({path}[^\s]+)", server.log.read_text(errors="replace")):
            return str(found[-1])
        time.sleep(0.1)
    raise AssertionError("no mail with such a link in the log")


def sign_in(tab: Tab, server: LiveServer, account: dict[str, Any] | None = None) -> None:
    """Sign a customer in by the page: the demonstration's first unless told."""
    account = account or account_of(server.instance, Role.CUSTOMER)
    tab.goto("/ingreso")
    tab.page.fill("[name=email]", account["email"])
    tab.page.fill("[name=password]", account["password"])
    tab.page.click("main button[type=submit]")
    tab.page.wait_for_url("**/inicio")


def submit(tab: Tab) -> None:
    tab.page.locator("main form button[type=submit]").first.click()


@pytest.mark.parametrize(("width", "email"), [(1280, "ancho@example.com"), (360, "angosto@example.com")])
def test_a_new_customer_walks_the_whole_guide(new_tab: NewTab, live_server: LiveServer, width: int, email: str) -> None:
    tab = new_tab(width=width, height=800)
    page = tab.page
    contract, point = letter_of(live_server.instance, Point.GUIDE)

    tab.goto("/")  # steps 1 to 3
    tab.judge()
    page.get_by_role("link", name="Cuentas de balance").first.click()  # step 4
    page.wait_for_url("**/ingreso**")
    tab.judge()

    tab.goto("/registro")  # step 5
    submit(tab)
    expect(page.locator("#resumen-errores")).to_be_focused()
    tab.judge()
    for name, value in {"name": "Marta Rey", "email": email, "company": "Gas", "password": PASSWORD}.items():
        page.fill(f"[name={name}]", value)
    page.check("[name=consent]")
    submit(tab)
    page.wait_for_load_state()
    tab.judge()
    tab.goto(link_in_mail(live_server, "/verificar/"))
    tab.judge()
    submit(tab)
    page.wait_for_load_state()

    tab.goto("/ingreso?siguiente=/cuentas-de-balance")  # steps 6 and 7
    page.fill("[name=email]", email)
    page.fill("[name=password]", "una clave que no es la suya")
    submit(tab)
    expect(page.locator("#resumen-errores")).to_be_focused()
    tab.judge()
    page.fill("[name=password]", PASSWORD)
    submit(tab)
    page.wait_for_url("**/cuentas-de-balance")  # step 8
    tab.judge()

    page.click(f"a[data-modality={contract['modality']}]")  # step 9
    page.wait_for_url("**/clave-web")
    page.fill("[name=web_key]", "AAAA-BBBB-CCCC")
    submit(tab)
    expect(page.locator("#resumen-errores")).to_contain_text("Clave incorrecta")
    tab.judge()
    page.fill("[name=web_key]", contract["web_key"])  # step 10
    submit(tab)
    page.wait_for_selector(f"a[data-delivery-point='{point['id']}']")  # step 11
    assert page.locator("a[data-delivery-point]").count() == len(contract["delivery_points"])
    tab.judge()

    page.click(f"a[data-delivery-point='{point['id']}']")  # step 12
    page.wait_for_url("**/clave")
    page.fill("[name=numeric_key]", "123 456 789")
    submit(tab)
    expect(page.locator("#resumen-errores")).to_contain_text("Código incorrecto")
    tab.judge()
    page.fill("[name=numeric_key]", point["numeric_key"])
    submit(tab)
    page.wait_for_selector("table#hoja-de-balance")  # step 13
    tab.judge()
    page.select_option("select[name=mes]", "10")  # step 14
    page.wait_for_selector("tr[data-gas-day='2026-10-15']")
    assert "mes=10" in page.url
    tab.judge()
    sheet = page.url

    tab.goto("/nominacion")  # step 15
    page.click(f"a[data-modality={contract['modality']}]")  # steps 16 and 17: the web key is not asked again
    page.wait_for_selector("a#nominar")
    tab.judge()
    page.click("a#nominar")  # step 18
    submit(tab)
    expect(page.locator("#resumen-errores")).to_be_focused()
    tab.judge()
    page.check(f"[name=delivery_point][value='{point['id']}']")
    submit(tab)
    page.wait_for_url("**/tipo")  # step 19
    tab.judge()
    page.check("[name=kind][value=nominacion]")
    submit(tab)
    page.wait_for_url("**/fecha")  # step 20
    tab.judge()
    page.fill("[name=gas_day]", "31/02/2026")
    submit(tab)
    expect(page.locator("#resumen-errores")).to_be_focused()
    page.fill("[name=gas_day]", "26/11/2026")
    submit(tab)
    page.wait_for_url("**/cantidad")  # step 21
    tab.judge()
    page.fill("[name=quantity]", "1.25")
    submit(tab)
    expect(page.locator("#resumen-errores")).to_be_focused()
    assert page.input_value("[name=quantity]") == "1.25"
    page.fill("[name=quantity]", str(int(float(contract["max_daily"]) / 8)))
    submit(tab)
    page.wait_for_url("**/firma")  # step 22
    tab.judge()
    page.fill("[name=security_code]", "123 456 789")
    submit(tab)
    expect(page.locator("#resumen-errores")).to_contain_text("Código incorrecto")
    tab.judge()
    page.fill("[name=security_code]", point["numeric_key"])
    submit(tab)
    page.wait_for_url("**/comprobantes/**")  # steps 23 and 24
    assert page.locator("#radicado").inner_text().startswith("N-2026-")
    assert page.locator("[data-field=gas_day]").get_attribute("data-value") == "2026-11-26"
    tab.judge()

    tab.goto(sheet.split("?")[0])
    nominated = page.locator("tr[data-gas-day='2026-11-26'] td[data-field=nominated]")
    assert nominated.get_attribute("data-value") == str(int(float(contract["max_daily"]) / 8))
    tab.goto(f"/nominacion/{contract['modality']}/historial")
    tab.judge()
    page.get_by_role("button", name="Salir").click()
    page.wait_for_url(re.compile(r"/$"))


def test_every_public_page_is_clean_wide_narrow_and_dark(new_tab: NewTab) -> None:
    for options in ({"width": 1280}, {"width": 320}, {"width": 360, "color_scheme": "dark"}):
        tab = new_tab(**options)
        for path in (
            "/",
            "/guia",
            "/contrato",
            "/tarifas",
            "/tarifas/2024-05/cabuyaro",
            "/tarifas/calculadora?mercado=villavicencio&uso=estrato-1&m3=30",
            "/poder-calorifico",
            "/calendario",
            "/pqr",
            "/pqr/nueva",
            "/avisos",
            "/privacidad",
            "/ingreso",
            "/registro",
            "/olvido",
        ):
            tab.goto(path)
            tab.judge()
        tab.expect_status(404)
        tab.goto("/no-existe")
        tab.judge()


def test_the_wizard_is_walked_by_keyboard_alone(new_tab: NewTab, live_server: LiveServer) -> None:
    tab = new_tab()
    page = tab.page
    contract, point = letter_of(live_server.instance, Point.KEYBOARD)
    sign_in(tab, live_server)
    tab.goto("/nominacion/industrial/clave-web")
    page.focus("[name=web_key]")
    page.keyboard.type(contract["web_key"])
    page.keyboard.press("Enter")
    page.wait_for_selector("a#nominar")
    page.focus("a#nominar")
    page.keyboard.press("Enter")
    page.wait_for_url("**/nueva")
    page.focus(f"[name=delivery_point][value='{point['id']}']")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tipo")
    page.focus("[name=kind][value=nominacion]")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/fecha")
    page.focus("[name=gas_day]")
    page.keyboard.press("Control+a")
    page.keyboard.type("27/11/2026")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cantidad")
    page.focus("[name=quantity]")
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    page.wait_for_url("**/firma")
    page.focus("[name=security_code]")
    page.keyboard.type(point["numeric_key"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/comprobantes/**")


def test_a_double_click_on_sign_is_one_nomination(new_tab: NewTab, live_server: LiveServer) -> None:
    tab = new_tab()
    page = tab.page
    contract, point = letter_of(live_server.instance, Point.DOUBLE_CLICK)
    sign_in(tab, live_server)
    tab.goto("/nominacion/gnv-atr/clave-web")
    page.fill("[name=web_key]", contract["web_key"])
    submit(tab)
    page.wait_for_selector("a#nominar")
    tab.goto(f"/nominacion/gnv-atr/nueva?punto={point['id']}")
    submit(tab)
    page.wait_for_url("**/tipo")
    page.check("[name=kind][value=nominacion]")
    submit(tab)
    page.wait_for_url("**/fecha")
    page.click("button[name=pick][value='2026-11-28']")
    page.wait_for_url("**/cantidad")
    page.fill("[name=quantity]", "0")
    submit(tab)
    page.wait_for_url("**/firma")
    page.fill("[name=security_code]", point["numeric_key"])
    page.locator("main form button[type=submit]").first.dblclick()
    expect(page.locator("#radicado")).to_be_visible()
    tab.goto("/nominacion/gnv-atr/historial")
    assert page.locator("[data-gas-day='2026-11-28'] [data-revision]").count() == 1
