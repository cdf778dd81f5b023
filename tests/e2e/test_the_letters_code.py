"""The QR code of a letter, as a telephone's camera opens it, with a session, without one, and with nonsense."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from portal.domain.accounts import Role
from portal.domain.keys import normalise_web_key, print_web_key
from tests.e2e.fixtures import NewTab
from tests.e2e.server import LiveServer
from tests.e2e.stage import Point, account_of, letter_of
from tests.e2e.test_the_24_steps import sign_in, submit

pytestmark = pytest.mark.e2e


def test_the_code_of_a_letter_writes_the_web_key_and_leaves_the_address(
    new_tab: NewTab, live_server: LiveServer
) -> None:
    contract, _point = letter_of(live_server.instance, Point.SHEET)
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
    contract, _point = letter_of(live_server.instance, Point.SHEET)
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
