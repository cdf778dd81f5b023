"""Quick ways, in Chromium: three taps from the start page to the receipt, help while typing, the code of a letter."""

from __future__ import annotations

import re
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Locator, expect

from portal.domain.accounts import Role
from portal.domain.keys import normalise_web_key, print_web_key
from tests.e2e.chromium import Tab
from tests.e2e.fixtures import NewTab
from tests.e2e.server import LiveServer
from tests.e2e.stage import NINE, Point, account_of, accounts_of, letter_of
from tests.e2e.test_the_24_steps import sign_in, submit

pytestmark = pytest.mark.e2e
MOST_TAPS = 3
TOMORROW = "2026-11-24"


# Pixels of a row of the start page on a telephone, its alarms apart: of a point to be nominated, and of one that is.
TALLEST_TO_DO, TALLEST_DONE = 420, 260


def height_of(row: Locator) -> float:
    found: float = row.evaluate(
        "row => [row, ...row.querySelectorAll('.start-alarms')].map(each => each.getBoundingClientRect().height)"
        ".reduce((whole, alarms) => whole - alarms)"
    )
    return found


class Finger:
    """Taps and counts; typing is no tap."""

    def __init__(self) -> None:
        self.taps = 0

    def tap(self, what: Locator) -> None:
        what.click()
        self.taps += 1


def open_point(tab: Tab, contract: dict[str, Any], point: dict[str, Any]) -> None:
    """Both keys, as on some day before: from then on the account has proved the point."""
    tab.goto(f"/cuentas-de-balance/{contract['modality']}/clave-web")
    tab.page.fill("[name=web_key]", contract["web_key"])
    submit(tab)
    tab.page.wait_for_selector("a[data-delivery-point]")
    tab.goto(f"/cuentas-de-balance/{contract['modality']}/{point['id']}/clave")
    tab.page.fill("[name=numeric_key]", point["numeric_key"])
    submit(tab)
    tab.page.wait_for_selector("table#hoja-de-balance")


def remember(tab: Tab, contract: dict[str, Any], point: dict[str, Any]) -> None:
    """Both keys with the tick, and once the code of one's own application."""
    page = tab.page
    tab.goto(f"/cuentas-de-balance/{contract['modality']}/clave-web")
    page.fill("[name=web_key]", contract["web_key"])
    page.check("[name=remember_device]")
    submit(tab)
    secret = page.locator("#secreto").inner_text().replace(" ", "")
    page.fill("[name=totp]", pyotp.TOTP(secret).at(NINE))
    submit(tab)
    expect(page.locator("main")).to_contain_text("Este equipo quedó recordado.")
    tab.goto(f"/cuentas-de-balance/{contract['modality']}/{point['id']}/clave")
    page.fill("[name=numeric_key]", point["numeric_key"])
    page.check("[name=remember_device]")
    submit(tab)
    page.wait_for_selector("table#hoja-de-balance")


def nominate(tab: Tab, point: dict[str, Any], basis: str) -> int:
    """From the start page to the receipt; return the taps."""
    page = tab.page
    finger = Finger()
    row = page.locator(f"[data-delivery-point='{point['id']}']")
    button = row.locator(f"button[value={basis}]")
    expect(button.locator("small")).to_contain_text(re.compile(r"habría acertado \d+ de \d+ días, error medio"))
    expect(row.locator(".is-best em")).to_have_count(1)
    tab.judge()
    offered = button.get_attribute("data-value")
    finger.tap(button)
    page.wait_for_url("**/firma")
    expect(page.locator(".effects")).to_contain_text("Al ritmo de siempre cerraría noviembre de 2026 con")
    tab.judge()
    finger.tap(page.locator("[name=security_code]"))
    page.keyboard.type(point["numeric_key"])
    finger.tap(page.get_by_role("button", name="Firmar y enviar la nominación"))
    page.wait_for_url("**/comprobantes/**")
    assert page.locator("[data-field=quantity]").get_attribute("data-value") == offered
    assert page.locator("[data-field=gas_day]").get_attribute("data-value") == TOMORROW
    return finger.taps


def test_from_a_sign_in_on_a_remembered_telephone_three_taps_lead_to_the_receipt(
    new_tab: NewTab, live_server: LiveServer
) -> None:
    tab = new_tab(width=360, height=800)
    contract, point = letter_of(live_server.instance, Point.ONE_TAP_NARROW)
    person = accounts_of(live_server.instance, Role.CUSTOMER)[1]
    sign_in(tab, live_server, person)
    remember(tab, contract, point)
    tab.page.get_by_role("button", name="Salir").click()
    tab.page.wait_for_url(lambda url: "/inicio" not in url)
    # A new session: e-mail and password, and no key.
    sign_in(tab, live_server, person)
    row = tab.page.locator(f"[data-delivery-point='{point['id']}']")
    assert height_of(row) <= TALLEST_TO_DO
    assert nominate(tab, point, "semana-pasada") <= MOST_TAPS
    tab.goto("/inicio")
    assert height_of(row) <= TALLEST_DONE


def test_on_a_wide_screen_it_takes_as_few_taps(new_tab: NewTab, live_server: LiveServer) -> None:
    tab = new_tab(width=1280, height=800)
    contract, point = letter_of(live_server.instance, Point.ONE_TAP_WIDE)
    sign_in(tab, live_server)
    open_point(tab, contract, point)
    tab.goto("/inicio")
    assert nominate(tab, point, "sugerida") <= MOST_TAPS


def test_help_follows_the_typing_and_takes_neither_focus_nor_button(new_tab: NewTab, live_server: LiveServer) -> None:
    tab = new_tab(width=360, height=800)
    page = tab.page
    contract, point = letter_of(live_server.instance, Point.HELP)
    sign_in(tab, live_server)
    open_point(tab, contract, point)
    tab.goto(f"/nominacion/{contract['modality']}/nueva?punto={point['id']}")
    submit(tab)
    page.wait_for_url("**/tipo")
    page.check("[name=kind][value=nominacion]")
    submit(tab)
    page.wait_for_url("**/fecha")
    page.fill("[name=gas_day]", "01/12/2026")
    submit(tab)
    page.wait_for_url("**/cantidad")

    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/ayuda" in request.url else None)
    page.focus("[name=quantity]")
    with page.expect_response(re.compile("/cantidad/ayuda")) as answer:
        page.keyboard.type("5600", delay=30)
    expect(page.locator("#ayuda")).to_contain_text("cinco mil seiscientos m³")
    assert len(answer.value.body()) <= 8_000
    assert len(sent) < 4, "when the fingers rest, not at each of four keys"
    assert "csrf" not in sent[0]
    expect(page.locator("#anuncios")).to_contain_text("cinco mil seiscientos m³")
    expect(page.locator("[name=quantity]")).to_be_focused()
    expect(page.locator("#ayuda")).to_contain_text("Al ritmo de siempre, el desbalance de diciembre")
    tab.judge()

    tab.expect_status(503)
    page.route("**/ayuda**", lambda route: route.fulfill(status=503, body="<p>no</p>"))
    with page.expect_response(re.compile("/cantidad/ayuda")):
        page.fill("[name=quantity]", "5700")
    tab.settle()
    assert page.locator(".live-notice").count() == 0, "help that does not come is not missed"
    page.unroute("**/ayuda**")

    page.fill("[name=quantity]", "280")
    expect(page.locator("#ayuda")).to_contain_text("¿Unidad correcta?")
    tab.judge()
    page.check("[name=confirm_unusual]")
    submit(tab)
    page.wait_for_url("**/firma")
    expect(page.locator("main")).to_contain_text("Usted confirmó que es correcta")
    tab.judge()


def test_without_script_the_page_to_sign_says_it_all(new_tab: NewTab, live_server: LiveServer) -> None:
    tab = new_tab(java_script_enabled=False)
    page = tab.page
    contract, point = letter_of(live_server.instance, Point.WITHOUT_SCRIPT)
    sign_in(tab, live_server)
    open_point(tab, contract, point)
    tab.goto(f"/nominacion/{contract['modality']}")
    row = page.locator(f".point-list li:has([href*='{point['id']}'])")
    assert row.locator(".quick").count() == 0, "it has nominated for tomorrow"
    tab.goto(f"/nominacion/{contract['modality']}/nueva?punto={point['id']}")
    submit(tab)
    page.check("[name=kind][value=nominacion]")
    submit(tab)
    page.fill("[name=gas_day]", "30/11/2026")
    submit(tab)
    page.fill("[name=quantity]", "270,5")
    submit(tab)
    for words in ("doscientos setenta coma cinco MBTU", "quedan", "28 días", "Al ritmo de siempre cerraría"):
        expect(page.locator("main")).to_contain_text(words)


def test_the_code_of_a_letter_writes_the_web_key_and_leaves_the_address(
    new_tab: NewTab, live_server: LiveServer
) -> None:
    contract, _point = letter_of(live_server.instance, Point.ONE_TAP_WIDE)
    key = normalise_web_key(contract["web_key"])
    path = f"/cuentas-de-balance/{contract['modality']}/clave-web"
    tab = new_tab(width=360, height=800)
    page = tab.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    # Nobody is signed in: the sign-in comes first, and takes the key out of the address too.
    tab.goto(f"{path}#{key}")
    page.wait_for_url("**/ingreso**")
    assert "#" not in page.url
    person = account_of(live_server.instance, Role.CUSTOMER)
    page.fill("[name=email]", person["email"])
    page.fill("[name=password]", person["password"])
    page.click("main button[type=submit]")
    page.wait_for_url(f"**{path}")
    expect(page.locator("[name=web_key]")).to_have_value(print_web_key(key))
    assert page.evaluate("sessionStorage.getItem('portal-carta')") is None
    tab.judge()
    submit(tab)
    page.wait_for_selector("a[data-delivery-point]")
    assert [url for url in asked if key in url] == []


def test_with_a_session_the_field_is_written_at_once_and_nonsense_is_not(
    new_tab: NewTab, live_server: LiveServer
) -> None:
    contract, _point = letter_of(live_server.instance, Point.ONE_TAP_WIDE)
    path = f"/cuentas-de-balance/{contract['modality']}/clave-web"
    tab = new_tab(width=360, height=800)
    sign_in(tab, live_server)
    field = tab.page.locator("[name=web_key]")
    tab.goto(f"{path}#{normalise_web_key(contract['web_key'])}")
    expect(field).to_have_value(print_web_key(normalise_web_key(contract["web_key"])))
    assert "#" not in tab.page.url
    for nonsense in ("contenido", "K7QF2M9XTB4I", "%3Cscript%3E"):
        tab.goto("/cuenta")
        tab.goto(f"{path}#{nonsense}")
        expect(field).to_have_value("")
